//! Ten thousand reminders, or events, waiting, with the database on a disk: how fast they go, and whether anybody who
//! signs in meanwhile notices. `make bench`.
#![expect(clippy::unwrap_used, reason = "what a benchmark takes for granted ends it when it is not so")]
#![expect(clippy::print_stdout, reason = "what it is for")]

#[expect(dead_code, reason = "made for a test, which uses all of it")]
#[path = "../tests/support/rush.rs"]
mod rush;

use std::time::Duration;

use rush::{Mood, Rush};
use tokio::time::Instant;
use verifier::Lane;

const MAILS: u32 = 10_000;
const SIGN_INS: usize = 200;

#[tokio::main]
async fn main() {
    let folder = tempfile::tempdir().unwrap();
    let mut rush = Rush::of(MAILS, folder.path()).await;
    report("a sign-in, nothing being sent", &rush.sign_ins(SIGN_INS).await);

    let begun = Instant::now();
    rush.send(Lane::Bulk);
    report("while a quick gateway is fed", &rush.sign_ins(SIGN_INS).await);
    let (sent, seconds) = (rush.gateway.count(), begun.elapsed().as_secs_f64());
    rush.gateway.is(Mood::Slow);
    report("while a slow one is", &rush.sign_ins(SIGN_INS).await);
    rush.gateway.is(Mood::Away);
    report("while none is there", &rush.sign_ins(SIGN_INS).await);
    println!("{sent} mails in {seconds:.1} s by the quick one, sign-ins beside it");
    drop(rush);
    events().await;
}

/// As many events for a webhook that takes everything, and as many for one that takes nothing.
async fn events() {
    let folder = tempfile::tempdir().unwrap();
    let mut rush = Rush::of(0, folder.path()).await;
    rush.happens(MAILS).await;
    report("events wait, and nobody posts them", &rush.sign_ins(SIGN_INS).await);
    let begun = Instant::now();
    rush.send(Lane::Webhook);
    report("while they are posted", &rush.sign_ins(SIGN_INS).await);
    rush.until_posted(MAILS as usize).await;
    println!("{MAILS} events posted within {:.1} s", begun.elapsed().as_secs_f64());
    report("while a dead webhook has them all", &rush.sign_ins(SIGN_INS).await);
}

fn report(name: &str, times: &[Duration]) {
    let ms = |index: usize| times.get(index).map_or(0.0, |time| time.as_secs_f64() * 1000.0);
    let [median, late, last] = [times.len() / 2, times.len() * 95 / 100, times.len() - 1].map(ms);
    println!("{name:<32} median {median:>6.1} ms, 95 % {late:>6.1} ms, slowest {last:>6.1} ms");
}
