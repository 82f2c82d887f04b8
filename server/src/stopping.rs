use std::io;

use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;

/// Tells every part of the server when it is time to finish.
#[derive(Debug, Clone)]
pub struct Stopping(watch::Receiver<bool>);

/// Whoever holds this decides when.
#[derive(Debug)]
pub struct Stop(watch::Sender<bool>);

impl Stopping {
    /// A signal nobody has given yet, and the way to give it.
    #[must_use]
    pub fn new() -> (Stop, Self) {
        let (stop, stopping) = watch::channel(false);
        (Stop(stop), Self(stopping))
    }

    /// Waits until it is time.
    pub async fn wait(&mut self) {
        // An error means that whoever decides is gone: that is a decision too.
        let _ = self.0.wait_for(|stop| *stop).await;
    }
}

impl Stop {
    /// It is time.
    pub fn now(&self) {
        self.0.send_replace(true);
    }
}

/// The operator's ways of saying so: SIGTERM (systemd, containers) and SIGINT (Ctrl-C).
pub struct Signals {
    terminate: tokio::signal::unix::Signal,
    interrupt: tokio::signal::unix::Signal,
}

impl Signals {
    /// From here on they end nothing by themselves.
    ///
    /// # Errors
    /// If the system refuses the handlers.
    pub fn listen() -> io::Result<Self> {
        Ok(Self { terminate: signal(SignalKind::terminate())?, interrupt: signal(SignalKind::interrupt())? })
    }

    /// Waits for one; says which.
    pub async fn next(&mut self) -> &'static str {
        tokio::select! {
            _ = self.terminate.recv() => "SIGTERM",
            _ = self.interrupt.recv() => "SIGINT",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn all_who_wait_are_told_also_those_who_come_late() {
        let (stop, stopping) = Stopping::new();
        let (mut early, mut late) = (stopping.clone(), stopping);
        let waiting = tokio::spawn(async move { early.wait().await });

        stop.now();

        waiting.await.unwrap();
        late.wait().await;
    }

    #[tokio::test]
    async fn a_lost_stop_is_a_stop() {
        let (stop, mut stopping) = Stopping::new();

        drop(stop);

        stopping.wait().await;
    }
}
