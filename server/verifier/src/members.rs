use std::time::Duration;

use domain::{Role, Timestamp, UserId};

use crate::administration::Case;
use crate::link::{invitation_slot, reset_slot};
use crate::{Actor, Administered, Enrollment, EventKind, MessageKind, SessionChange, Standing, Verifier};

/// What became of a change to a user.
#[must_use]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChangeVerdict {
    /// It is made.
    Changed,
    /// It was so already; nothing was written.
    AsItWas,
    /// Not to the last admin who is active and protected: nobody could look after the account.
    LastAdmin,
}

/// What became of a reminder.
#[must_use]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RemindVerdict {
    /// It is on its way.
    Reminded,
    /// They have all that they need.
    NothingMissing,
    /// They have not accepted their invitation: send that again.
    Invited,
    /// They may not sign in.
    Deactivated,
    /// They were reminded within a day.
    Wait {
        /// When they may be reminded again.
        until: Timestamp,
    },
}

/// How often a user is reminded.
const AT_MOST_EVERY: Duration = Duration::from_hours(24);

impl Verifier {
    /// Makes a user an admin, or a member. It holds at their next request.
    ///
    /// # Errors
    /// [`crate::Unavailable`]: nothing changed.
    pub async fn change_role(&self, actor: Actor<'_>, user: &UserId, role: Role) -> Administered<ChangeVerdict> {
        self.administer(actor, user, |case, now| {
            if case.user().role == role {
                return Ok(Err(ChangeVerdict::AsItWas));
            }
            if role != Role::Admin && case.is_last_admin() {
                return Ok(Err(ChangeVerdict::LastAdmin));
            }
            case.user_mut().role = role;
            case.list_admin();
            self.note(case, EventKind::RoleChanged { role }, now)?;
            Ok(Ok(ChangeVerdict::Changed))
        })
        .await
    }

    /// Lets a user sign in no more. At once all their sessions and pending sign-ins end, what was begun is void, and no
    /// browser is known; their password and their factors stay for the day they are reactivated.
    ///
    /// # Errors
    /// [`crate::Unavailable`]: nothing changed.
    pub async fn deactivate(&self, actor: Actor<'_>, user: &UserId) -> Administered<ChangeVerdict> {
        self.administer(actor, user, |case, now| {
            if case.user().standing == Standing::Deactivated {
                return Ok(Err(ChangeVerdict::AsItWas));
            }
            if case.is_last_admin() {
                return Ok(Err(ChangeVerdict::LastAdmin));
            }
            case.user_mut().standing = Standing::Deactivated;
            shut_out(case);
            case.list_admin();
            self.note(case, EventKind::Deactivated, now)?;
            Ok(Ok(ChangeVerdict::Changed))
        })
        .await
    }

    /// Lets a user sign in again, with the password and the factors they had. A lock stays a lock.
    ///
    /// # Errors
    /// [`crate::Unavailable`]: nothing changed.
    pub async fn reactivate(&self, actor: Actor<'_>, user: &UserId) -> Administered<ChangeVerdict> {
        self.administer(actor, user, |case, now| {
            if case.user().standing == Standing::Active {
                return Ok(Err(ChangeVerdict::AsItWas));
            }
            case.user_mut().standing = Standing::Active;
            // A link that was asked for while they were being deactivated must not come alive.
            shut_out(case);
            case.list_admin();
            self.note(case, EventKind::Reactivated, now)?;
            Ok(Ok(ChangeVerdict::Changed))
        })
        .await
    }

    /// Removes a user with all that is known of them but what the log says. Their address is free: whoever is invited
    /// with it is another person.
    ///
    /// # Errors
    /// [`crate::Unavailable`]: nothing changed.
    pub async fn remove(&self, actor: Actor<'_>, user: &UserId) -> Administered<ChangeVerdict> {
        self.administer(actor, user, |case, now| {
            if case.is_last_admin() {
                return Ok(Err(ChangeVerdict::LastAdmin));
            }
            shut_out(case);
            case.set_listed(false);
            case.commit.removals.push((case.user().user.clone(), case.person.credential.version));
            self.note(case, EventKind::Removed, now)?;
            Ok(Ok(ChangeVerdict::Changed))
        })
        .await
    }

    /// Ends all sessions and pending sign-ins of a user. Their browsers stay known.
    ///
    /// # Errors
    /// [`crate::Unavailable`]: nothing changed.
    pub async fn end_sessions(&self, actor: Actor<'_>, user: &UserId) -> Administered<ChangeVerdict> {
        self.administer(actor, user, |case, now| {
            let user = case.user().user.clone();
            case.commit.sessions.push(SessionChange::EndAllOf { user, except: None });
            self.note(case, EventKind::SessionsEnded, now)?;
            Ok(Ok(ChangeVerdict::Changed))
        })
        .await
    }

    /// Mails a user that they have yet to set up their authenticator, or ways back in that would work today; once a day
    /// at most, whoever has it done.
    ///
    /// # Errors
    /// [`crate::Unavailable`]: nothing was mailed.
    pub async fn remind(&self, actor: Actor<'_>, user: &UserId) -> Administered<RemindVerdict> {
        self.administer(actor, user, |case, now| {
            let user = case.user();
            let protected = user.binding.is_some();
            if user.standing == Standing::Deactivated {
                return Ok(Err(RemindVerdict::Deactivated));
            }
            if user.password.is_none() {
                return Ok(Err(RemindVerdict::Invited));
            }
            if protected && case.has_way_back() {
                return Ok(Err(RemindVerdict::NothingMissing));
            }
            if let Some(until) = reminded_until(user.reminded_at, now) {
                return Ok(Err(RemindVerdict::Wait { until }));
            }
            case.user_mut().reminded_at = Some(now);
            case.commit.messages.push(self.message_to(&case.person, now, MessageKind::Reminder { protected })?);
            self.note(case, EventKind::Reminded, now)?;
            Ok(Ok(RemindVerdict::Reminded))
        })
        .await
    }
}

/// Until when who was reminded at a moment is not reminded again; none if they may be now.
pub(crate) fn reminded_until(reminded_at: Option<Timestamp>, now: Timestamp) -> Option<Timestamp> {
    reminded_at.map(|at| at.plus(AT_MOST_EVERY)).filter(|until| now < *until)
}

/// Ends whatever a user is in the middle of, wherever they are: sessions, pending sign-ins, texted codes, links, a key
/// that waits for its code; and makes every browser a stranger.
fn shut_out(case: &mut Case<'_>) {
    let record = case.user_mut();
    record.challenges.clear();
    record.known_browsers.clear();
    record.shown_codes = None;
    record.enrollment = record.enrollment.take().filter(Enrollment::is_past_binding);
    let user = record.user.clone();
    case.commit.void_links.extend([invitation_slot(&user), reset_slot(&user)]);
    case.commit.sessions.push(SessionChange::EndAllOf { user, except: None });
}
