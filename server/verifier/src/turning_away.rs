use crate::verifier::Outcome;
use crate::{Admission, Allowance, Claimant, Commit, EventKind, TURNED_AWAY, Unavailable, Verifier};

impl Verifier {
    /// Notes that a member asked for what only admins may see: once a minute for each of them, so that a flood does not
    /// fill the disk.
    ///
    /// # Errors
    /// [`Unavailable`]: nothing was noted.
    pub async fn turn_away(&self, admission: &Admission, claimant: &Claimant) -> Result<(), Unavailable> {
        let now = self.clock.now();
        let person = &admission.signed_in().person;
        let user = &person.credential.record.user;
        let mut rounds = self.rounds_for(user).await;
        loop {
            rounds.begin().await?;
            let mut commit = Commit::default();
            if self.count(TURNED_AWAY, user.as_str(), now, &mut commit).await? != Allowance::Open {
                return Ok(());
            }
            commit.events.push(self.event(now, Some(person), Some(claimant), EventKind::NotAllowed)?);
            if self.try_commit(commit).await? == Outcome::Committed {
                return Ok(());
            }
        }
    }
}
