//! The queue under stress, on a database on a disk: nothing lost, nothing knowingly sent twice, order kept.
#![expect(clippy::unwrap_used, reason = "what a test takes for granted fails it when it is not so")]

#[path = "support/rush.rs"]
mod rush;

use rush::{EACH, Mood, Rush};
use verifier::Lane;

const MAILS: u32 = 1200;

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_lost_or_out_of_order_though_the_gateway_and_the_process_die_in_the_middle() {
    let folder = tempfile::tempdir().unwrap();
    let mut rush = Rush::of(MAILS, folder.path()).await;
    let all = usize::try_from(MAILS).unwrap();

    rush.send(Lane::Bulk);
    rush.until(all / 6).await;
    rush.gateway.is(Mood::Slow);
    rush.until(all / 4).await;
    // Away for a while: what is put off waits its turn, and what follows it behind it.
    rush.gateway.is(Mood::Away);
    let before = rush.gateway.count();
    rush.sign_ins(10).await;
    assert!(rush.gateway.count() <= before + usize::try_from(EACH * 8).unwrap());
    rush.gateway.is(Mood::Quick);
    rush.until(all / 2).await;
    rush.gateway.is(Mood::Hanging);
    while rush.gateway.hangs_on() == 0 {
        tokio::task::yield_now().await;
    }

    let (mut rush, under_way) = rush.ends_and_starts_again().await;
    rush.gateway.is(Mood::Quick);
    rush.send(Lane::Bulk);
    rush.until_nothing_waits().await;

    rush.gateway.has_all_in_order(all, &under_way);
    assert!(under_way.len() <= 24, "{} were under way", under_way.len());
}

const EVENTS: u32 = 300;

#[tokio::test(flavor = "multi_thread")]
async fn no_event_is_lost_or_out_of_order_though_the_process_ends_in_the_middle_and_another_webhook_is_dead() {
    let folder = tempfile::tempdir().unwrap();
    let mut rush = Rush::of(0, folder.path()).await;
    rush.happens(EVENTS).await;

    rush.send(Lane::Webhook);
    rush.until_posted(100).await;
    let (mut rush, under_way) = rush.ends_and_starts_again().await;
    rush.send(Lane::Webhook);
    rush.until_posted(usize::try_from(EVENTS).unwrap()).await;

    rush.gateway.has_all_events_in_order(EVENTS);
    assert!(under_way.len() <= 2, "{} were under way", under_way.len());
}
