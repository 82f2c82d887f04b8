use std::time::Duration;

use crate::members::reminded_until;
use crate::{Actor, Administered, Denied, MfaState, RemindVerdict, Show, Stopped, UserQuery, Verifier};

/// How long whoever asks is kept waiting; an answer may take half a minute.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

/// What became of reminding many.
#[derive(Debug, Default)]
pub struct Reminders {
    /// Who were reminded now.
    pub reminded: u32,
    /// Who were reminded within a day.
    pub waiting: u32,
    /// Who have all that they need by now, or may not sign in, or are gone.
    pub without_need: u32,
    /// Who have not accepted their invitation: send that again.
    pub invited: u32,
    /// Why it ended before everybody's turn. What is counted is done.
    pub stopped: Option<Stopped>,
}

impl Verifier {
    /// Reminds everybody whom a list shows, each as [`Self::remind`] does.
    ///
    /// If it ends on the way, whoever was reminded until then is counted; asking again reminds the others.
    ///
    /// # Errors
    /// [`crate::Unavailable`]: nobody was reminded. Whoever is denied has reminded nobody either.
    pub async fn remind_all(&self, actor: Actor<'_>, show: Show) -> Administered<Reminders> {
        let now = self.clock.now();
        let account = match self.acting(actor, now).await? {
            Ok(acting) => acting.account.record,
            Err(denied) => return Ok(Err(denied)),
        };
        let query = UserQuery { show: Some(show), ..UserQuery::default() };
        let lines = query.all(self.store.members_of(&account.id).await?, &account.texts);
        let mut reminders = Reminders::default();
        for line in lines {
            // Whose line says that there is nothing to do is not looked at: thousands may have been reminded before.
            if line.member.invited && line.member.mfa == MfaState::NotEnabled {
                reminders.invited = reminders.invited.saturating_add(1);
                continue;
            }
            if reminded_until(line.member.reminded_at, now).is_some() {
                reminders.waiting = reminders.waiting.saturating_add(1);
                continue;
            }
            if self.clock.now() >= now.plus(PATIENCE) {
                return Ok(Ok(reminders.stopped_by(Stopped::Late)));
            }
            let counted = match self.remind(actor, &line.member.user).await {
                Ok(Ok(RemindVerdict::Reminded)) => &mut reminders.reminded,
                Ok(Ok(RemindVerdict::Wait { .. })) => &mut reminders.waiting,
                Ok(Ok(RemindVerdict::Invited)) => &mut reminders.invited,
                Ok(Ok(RemindVerdict::NothingMissing | RemindVerdict::Deactivated) | Err(Denied::NoSuchUser)) => {
                    &mut reminders.without_need
                }
                Ok(Err(denied)) if reminders.reminded == 0 => return Ok(Err(denied)),
                Err(unavailable) if reminders.reminded == 0 => return Err(unavailable),
                Ok(Err(denied)) => return Ok(Ok(reminders.stopped_by(Stopped::Denied(denied)))),
                Err(unavailable) => return Ok(Ok(reminders.stopped_by(Stopped::Unavailable(unavailable)))),
            };
            *counted = counted.saturating_add(1);
        }
        Ok(Ok(reminders))
    }
}

impl Reminders {
    fn stopped_by(self, stopped: Stopped) -> Self {
        Self { stopped: Some(stopped), ..self }
    }
}
