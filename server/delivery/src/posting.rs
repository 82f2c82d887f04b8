use std::error::Error;
use std::pin::Pin;

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use tokio::time::{sleep, timeout};
use verifier::{CallVerdict, DueCall, Lane, QueuedMessage, Unavailable, WebhookAnswer};

use crate::Delivery;
use crate::worker::{LONGEST_PAUSE, PAUSE};

/// How many events are posted at once. Of each webhook there is one at a time, and whoever was just served comes last: those
/// who take their time leave places for others.
const PLACES: usize = 128;

impl Delivery {
    /// Posts events until it is time to stop. Each place is filled anew as soon as it is free, so that nobody waits for
    /// the slowest.
    pub(crate) async fn post_events(&self, mut stopping: Pin<&mut impl Future<Output = ()>>) {
        let (mut under_way, mut pause) = (FuturesUnordered::new(), PAUSE);
        loop {
            let free = u32::try_from(PLACES - under_way.len()).unwrap_or_default();
            let leased =
                if free == 0 { Ok(Vec::new()) } else { self.verifier.lease_messages(Lane::Webhook, free).await };
            let is_well = leased.is_ok();
            match leased {
                Ok(leased) => {
                    under_way.extend(leased.into_iter().map(|queued| self.post(queued)));
                    pause = PAUSE;
                }
                Err(unavailable) => {
                    tracing::error!(error = &unavailable as &dyn Error, ?pause, "events wait");
                }
            }
            tokio::select! {
                biased;
                () = &mut stopping => break,
                Some(outcome) = under_way.next() => {
                    if let Err(unavailable) = outcome {
                        // It comes back once its lease has run out.
                        tracing::error!(error = &unavailable as &dyn Error, "an event waits");
                    }
                }
                () = sleep(pause) => {
                    if !is_well {
                        pause = (pause * 2).min(LONGEST_PAUSE);
                    }
                }
            }
        }
        while under_way.next().await.is_some() {}
    }

    /// Posts one.
    async fn post(&self, queued: QueuedMessage) -> Result<(), Unavailable> {
        if !self.is_in_time(&queued) {
            return Ok(());
        }
        let Some(call) = self.verifier.due_call(&queued).await? else { return Ok(()) };
        let answer = self.posted(&call).await;
        let (message, host) = (&queued.id, call.url.host());
        match self.verifier.call_made(&queued, &call, answer).await? {
            CallVerdict::Taken => tracing::info!(%message, host, "event posted"),
            CallVerdict::Again(_) => tracing::warn!(%message, host, ?answer, "event not posted; it is tried again"),
            CallVerdict::TestFailed => tracing::warn!(%message, host, ?answer, "test not posted"),
            CallVerdict::Stopped => tracing::error!(%message, host, ?answer, "event not posted; webhook turned off"),
            CallVerdict::Moot => tracing::info!(%message, host, ?answer, "event of a webhook that is gone"),
        }
        Ok(())
    }

    async fn posted(&self, call: &DueCall) -> WebhookAnswer {
        let answer = timeout(self.deadline, self.gateways.webhook.post(call, self.verifier.now())).await;
        answer.unwrap_or(WebhookAnswer::Silent)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};
    use std::time::Duration;

    use async_trait::async_trait;
    use domain::Timestamp;
    use tokio::sync::{Notify, oneshot};
    use verifier::testing::{Human, MemoryStore, World};
    use verifier::{Actor, PrivateHosts, WebhookUrl};

    use super::*;
    use crate::{Gateways, Home, Outbox, WebhookGateway};

    const SLOW: &str = "slow.example.com";
    const QUICK: &str = "quick.example.com";

    /// Takes what goes to one host at once, and what goes to another once it may.
    #[derive(Default)]
    struct Receivers {
        asked: Mutex<Vec<String>>,
        may: Notify,
    }

    #[async_trait]
    impl WebhookGateway for Receivers {
        async fn post(&self, call: &DueCall, _: Timestamp) -> WebhookAnswer {
            self.asked.lock().unwrap().push(call.url.host().into());
            if call.url.host() == SLOW {
                self.may.notified().await;
            }
            WebhookAnswer::Status(204)
        }
    }

    impl Receivers {
        /// Waits until a host was asked so often.
        async fn until(&self, host: &str, times: usize) {
            for _ in 0..2000 {
                if self.asked.lock().unwrap().iter().filter(|asked| *asked == host).count() >= times {
                    return;
                }
                sleep(Duration::from_millis(5)).await;
            }
            panic!("{host} was asked too seldom");
        }
    }

    async fn happens(world: &World, ada: &Human, times: usize) {
        let operator = Actor::Operator { account: &ada.account };
        for _ in 0..times {
            let _ = world.verifier.end_sessions(operator, &ada.user).await.unwrap();
        }
        let _ = world.verifier.seal_events().await.unwrap();
        world.verifier.queue_all_calls().await.unwrap();
    }

    #[tokio::test]
    async fn a_receiver_that_takes_its_time_keeps_no_other_waiting() {
        let world = World::over(Arc::new(MemoryStore::new())).await;
        let ada = world.ada().await;
        let operator = Actor::Operator { account: &ada.account };
        for host in [SLOW, QUICK] {
            let url = WebhookUrl::parse(&format!("https://{host}/"), &PrivateHosts::default()).unwrap();
            let _ = world.verifier.add_webhook(operator, &url).await.unwrap();
        }
        let folder = tempfile::tempdir().unwrap();
        let outbox = Arc::new(Outbox::open(folder.path().join("outbox")).unwrap());
        let receivers = Arc::new(Receivers::default());
        let gateways = Gateways { mail: outbox.clone(), text: outbox, webhook: receivers.clone() };
        let home = Home { origin: "http://localhost:3000".into(), host: "localhost".into() };
        let delivery = Delivery::new(Arc::clone(&world.verifier), gateways, Arc::new(home));
        let (stop, stopped) = oneshot::channel::<()>();
        happens(&world, &ada, 9).await;

        let posting = tokio::spawn(delivery.run(Lane::Webhook, async { stopped.await.unwrap_or_default() }));
        receivers.until(SLOW, 1).await;
        receivers.until(QUICK, 10).await;
        assert_eq!(receivers.asked.lock().unwrap().iter().filter(|asked| *asked == SLOW).count(), 1);

        // What is under way when it is time to stop is finished.
        stop.send(()).unwrap();
        sleep(Duration::from_millis(50)).await;
        assert!(!posting.is_finished());
        receivers.may.notify_one();
        posting.await.unwrap();
        let behind = world.verifier.webhooks_of(operator).await.unwrap().unwrap();
        let [slow, quick] = &behind[..] else { panic!("{behind:?}") };
        assert!(slow.behind >= 9, "{slow:?}");
        assert_eq!(quick.behind, 0);
        assert_eq!(receivers.asked.lock().unwrap().iter().filter(|asked| *asked == SLOW).count(), 1);
    }
}
