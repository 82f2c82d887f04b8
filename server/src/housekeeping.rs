use std::sync::Arc;
use std::time::Duration;

use tokio::time::sleep;
use verifier::{AUDIT_KEPT, AuditChain, AuditRound, Clock, ResealFrom, Store, Unavailable, Verifier};

use crate::stopping::Stopping;

/// How often what has expired is deleted. Whether something still serves is decided when it is read; this only keeps
/// the database from growing.
const EVERY: Duration = Duration::from_mins(10);

/// Deletes what has expired, now and then, until it is time to stop.
pub async fn run(store: Arc<dyn Store>, clock: Arc<dyn Clock>, mut stopping: Stopping) {
    loop {
        if let Err(error) = store.sweep(clock.now()).await {
            tracing::error!(error = &error as &dyn std::error::Error, "what has expired was not deleted");
        }
        tokio::select! {
            () = stopping.wait() => return,
            () = sleep(EVERY) => {}
        }
    }
}

/// How often it is looked for sign-ins that stopped at the code.
const LOOK_EVERY: Duration = Duration::from_secs(10);

/// Tells people that somebody knows their password, until it is time to stop.
pub async fn warn(verifier: Arc<Verifier>, mut stopping: Stopping) {
    loop {
        if let Err(error) = verifier.warn_of_stalled_sign_ins().await {
            tracing::error!(error = &error as &dyn std::error::Error, "sign-ins that stopped were not told");
        }
        tokio::select! {
            () = stopping.wait() => return,
            () = sleep(LOOK_EVERY) => {}
        }
    }
}

/// How often what has happened is sealed: whoever has the database and not the keys can change what is younger.
const SEAL_EVERY: Duration = Duration::from_secs(5);
/// How often what is too old is removed from the audit log, counted in rounds of sealing: every 6 hours.
const PRUNE_EVERY: u32 = 6 * 60 * 60 / 5;

/// How often it is looked for events of all accounts that wait for their webhooks, in rounds of sealing: every minute.
const QUEUE_ALL_EVERY: u32 = 12;

/// Seals the audit log, puts what was sealed on its way to webhooks, and removes from the log what is too old, until it is
/// time to stop.
pub async fn audit(verifier: Arc<Verifier>, mut stopping: Stopping) {
    let (mut round, mut refused) = (0, Vec::new());
    loop {
        let sealed = tell_refused(verifier.seal_events().await, &mut refused, "the audit log was not sealed");
        if let Err(error) = queue_calls(&verifier, &sealed, round % QUEUE_ALL_EVERY == 0).await {
            tracing::error!(error = &error as &dyn std::error::Error, "events wait for their webhooks");
        }
        if round == 0 {
            // What it refuses, sealing refuses too once there is something to seal; `stepgate doctor` says all of it.
            let _ =
                tell_refused(verifier.prune_events(AUDIT_KEPT).await, &mut Vec::new(), "the audit log was not pruned");
        }
        round = (round + 1) % PRUNE_EVERY;
        tokio::select! {
            () = stopping.wait() => return,
            () = sleep(SEAL_EVERY) => {}
        }
    }
}

/// Puts what was sealed on its way to webhooks; now and then also what was left when something went wrong.
async fn queue_calls(verifier: &Verifier, sealed: &[AuditChain], all: bool) -> Result<(), Unavailable> {
    if all {
        return verifier.queue_all_calls().await;
    }
    for chain in sealed {
        if let AuditChain::Account(account) = chain {
            verifier.queue_calls(account).await?;
        }
    }
    Ok(())
}

/// Logs what went wrong; a chain that stays broken once, not every few seconds. Says which chains changed.
fn tell_refused(
    outcome: Result<AuditRound, Unavailable>,
    known: &mut Vec<AuditChain>,
    what: &'static str,
) -> Vec<AuditChain> {
    match outcome {
        Ok(round) => {
            for chain in round.refused.iter().filter(|chain| !known.contains(chain)) {
                tracing::error!(%chain, "{what}: this chain is broken; run stepgate doctor");
            }
            *known = round.refused;
            round.changed
        }
        Err(error) => {
            tracing::error!(error = &error as &dyn std::error::Error, "{what}");
            Vec::new()
        }
    }
}

/// How often it is looked for what still lies under an older key, as long as there is one: a rotation does it at once,
/// this finds what was left when one was interrupted, or when the keys file was changed by hand.
const RESEAL_EVERY: Duration = Duration::from_hours(24);
/// Users, accounts with webhooks, or messages of one step.
const RESEAL_BATCH: u32 = 100;

/// Re-encrypts what lies under an older key, until it is time to stop.
pub async fn reseal(verifier: Arc<Verifier>, mut stopping: Stopping) {
    loop {
        if verifier.keyring().reading().len() > 1 {
            tokio::select! {
                () = stopping.wait() => return,
                done = reseal_all(&verifier) => match done {
                    Ok(Tallied { values, unreadable: 0 }) => tracing::info!(values, "all secrets lie under the new key"),
                    Ok(Tallied { unreadable, .. }) => tracing::error!(unreadable, "secrets don't open with the keys"),
                    Err(error) => {
                        tracing::error!(error = &error as &dyn std::error::Error, "secrets stay under an older key");
                    }
                },
            }
        }
        tokio::select! {
            () = stopping.wait() => return,
            () = sleep(RESEAL_EVERY) => {}
        }
    }
}

/// What came of going over all secrets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tallied {
    /// How many were re-encrypted.
    pub values: u64,
    /// How many don't open.
    pub unreadable: u64,
}

/// Goes over all secrets once, and re-encrypts those under an older key.
///
/// # Errors
/// [`Unavailable`]: what was done is done.
pub async fn reseal_all(verifier: &Verifier) -> Result<Tallied, Unavailable> {
    let (mut from, mut all) = (Some(ResealFrom::BEGINNING), Tallied { values: 0, unreadable: 0 });
    while let Some(at) = from {
        let step = verifier.reseal(at, RESEAL_BATCH).await?;
        all.values += step.values;
        all.unreadable += step.unreadable;
        from = step.next;
    }
    Ok(all)
}
