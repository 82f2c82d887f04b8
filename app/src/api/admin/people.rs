use leptos::prelude::*;

use super::AdminProblem;
use crate::Problem;

/// The page of a user, to which everything that is done to them leads back.
#[cfg(feature = "ssr")]
fn page_of(user: &domain::UserId) -> String {
    format!("/admin/users/{user}")
}

/// What is done to one user: read who, ask the verifier, and lead to what it answers.
#[cfg(feature = "ssr")]
async fn change<T>(
    user: &str,
    ask: impl AsyncFnOnce(&verifier::Verifier, verifier::Actor<'_>, &domain::UserId) -> verifier::Administered<T>,
    answer: impl FnOnce(&crate::site::Call, T) -> Result<super::AdminDone, AdminProblem>,
) -> Result<(), Problem<AdminProblem>> {
    use verifier::Actor;

    use super::AdminDone;
    use crate::site::{Call, Outcome, Typed};

    let call = Call::here()?;
    let proof = call.fresh()?;
    let Ok(user) = user.parse::<domain::UserId>() else {
        return call.refuse("/admin/users", AdminProblem::NoSuchUser, Typed::default());
    };
    let page = page_of(&user);
    let actor = Actor::Admin { proof: &proof, claimant: call.claimant() };
    let verdict = call.administered(&page, ask(call.verifier(), actor, &user).await)?;
    match answer(&call, verdict) {
        Ok(done) => {
            let page = if done == AdminDone::Removed { "/admin/users" } else { &page };
            call.go_with(page, Outcome::Administered(done));
            Ok(())
        }
        Err(problem) => call.refuse(&page, problem, Typed::default()),
    }
}

#[cfg(feature = "ssr")]
fn changed(verdict: verifier::ChangeVerdict, what: super::AdminDone) -> Result<super::AdminDone, AdminProblem> {
    use verifier::ChangeVerdict;

    use super::AdminDone;

    match verdict {
        ChangeVerdict::Changed => Ok(what),
        ChangeVerdict::AsItWas => Ok(AdminDone::AsItWas),
        ChangeVerdict::LastAdmin => Err(AdminProblem::LastAdmin),
    }
}

/// Makes a user an admin, or a member.
#[server(prefix = "/api", endpoint = "admin/role")]
pub async fn change_role(
    /// Who.
    user: String,
    /// `admin` or `member`.
    role: String,
) -> Result<(), Problem<AdminProblem>> {
    use domain::Role;

    use super::AdminDone;

    let (role, what) = match role.as_str() {
        "admin" => (Role::Admin, AdminDone::MadeAdmin),
        "member" => (Role::Member, AdminDone::MadeMember),
        _ => return Err(Problem::Malformed),
    };
    change(
        &user,
        async |verifier, actor, user| verifier.change_role(actor, user, role).await,
        |_, verdict| changed(verdict, what),
    )
    .await
}

/// Lets a user sign in no more.
#[server(prefix = "/api", endpoint = "admin/deactivate")]
pub async fn deactivate(
    /// Who.
    user: String,
) -> Result<(), Problem<AdminProblem>> {
    use super::AdminDone;

    change(
        &user,
        async |verifier, actor, user| verifier.deactivate(actor, user).await,
        |_, verdict| changed(verdict, AdminDone::Deactivated),
    )
    .await
}

/// Lets a user sign in again.
#[server(prefix = "/api", endpoint = "admin/reactivate")]
pub async fn reactivate(
    /// Who.
    user: String,
) -> Result<(), Problem<AdminProblem>> {
    use super::AdminDone;

    change(
        &user,
        async |verifier, actor, user| verifier.reactivate(actor, user).await,
        |_, verdict| changed(verdict, AdminDone::Reactivated),
    )
    .await
}

/// Removes a user with all that is known of them.
#[server(prefix = "/api", endpoint = "admin/remove")]
pub async fn remove_user(
    /// Who.
    user: String,
) -> Result<(), Problem<AdminProblem>> {
    use super::AdminDone;

    change(
        &user,
        async |verifier, actor, user| verifier.remove(actor, user).await,
        |_, verdict| changed(verdict, AdminDone::Removed),
    )
    .await
}

/// Signs a user out everywhere.
#[server(prefix = "/api", endpoint = "admin/end-sessions")]
pub async fn end_sessions_of(
    /// Who.
    user: String,
) -> Result<(), Problem<AdminProblem>> {
    use super::AdminDone;

    change(
        &user,
        async |verifier, actor, user| verifier.end_sessions(actor, user).await,
        |_, verdict| changed(verdict, AdminDone::SessionsEnded),
    )
    .await
}

/// Opens recovery, and only that, for a user who is locked out.
#[server(prefix = "/api", endpoint = "admin/unlock")]
pub async fn unlock(
    /// Who.
    user: String,
) -> Result<(), Problem<AdminProblem>> {
    use verifier::UnlockVerdict;

    use super::AdminDone;

    change(
        &user,
        async |verifier, actor, user| verifier.unlock(actor, user).await,
        |_, verdict| match verdict {
            UnlockVerdict::Unlocked => Ok(AdminDone::Unlocked),
            UnlockVerdict::NotLockedOut => Err(AdminProblem::NotLockedOut),
            UnlockVerdict::NoWayBack => Err(AdminProblem::NoWayBack),
            UnlockVerdict::Oneself => Err(AdminProblem::Oneself),
        },
    )
    .await
}

/// Mails who was invited another link.
#[server(prefix = "/api", endpoint = "admin/resend")]
pub async fn resend_invitation(
    /// Who.
    user: String,
) -> Result<(), Problem<AdminProblem>> {
    use verifier::ResendVerdict;

    use super::AdminDone;

    change(
        &user,
        async |verifier, actor, user| verifier.resend_invitation(actor, user).await,
        |call, verdict| match verdict {
            ResendVerdict::Sent { .. } => Ok(AdminDone::Resent),
            ResendVerdict::Accepted => Err(AdminProblem::Accepted),
            ResendVerdict::Deactivated => Err(AdminProblem::DeactivatedUser),
            ResendVerdict::Wait { until } => Err(AdminProblem::Wait { seconds: call.seconds_until(until) }),
        },
    )
    .await
}

/// Mails a user that something is missing.
#[server(prefix = "/api", endpoint = "admin/remind")]
pub async fn remind(
    /// Who.
    user: String,
) -> Result<(), Problem<AdminProblem>> {
    use verifier::RemindVerdict;

    use super::AdminDone;

    change(
        &user,
        async |verifier, actor, user| verifier.remind(actor, user).await,
        |call, verdict| match verdict {
            RemindVerdict::Reminded => Ok(AdminDone::Reminded),
            RemindVerdict::NothingMissing => Err(AdminProblem::NothingMissing),
            RemindVerdict::Invited => Err(AdminProblem::NotAccepted),
            RemindVerdict::Deactivated => Err(AdminProblem::DeactivatedUser),
            RemindVerdict::Wait { until } => Err(AdminProblem::Wait { seconds: call.seconds_until(until) }),
        },
    )
    .await
}

/// Mails all who have yet to enable MFA, or have no way back in.
#[server(prefix = "/api", endpoint = "admin/remind-all")]
pub async fn remind_all(
    /// Whom: as the list of users is filtered.
    show: String,
) -> Result<(), Problem<AdminProblem>> {
    use verifier::{Actor, Show};

    use super::AdminDone;
    use crate::site::{Call, Outcome};

    const PAGE: &str = "/admin/app-center/mfa";
    let Ok(show @ (Show::NotEnabled | Show::NotRecoveryReady)) = show.parse::<Show>() else {
        return Err(Problem::Malformed);
    };
    let call = Call::here()?;
    let proof = call.fresh()?;
    let actor = Actor::Admin { proof: &proof, claimant: call.claimant() };
    let reminders = call.administered(PAGE, call.verifier().remind_all(actor, show).await)?;
    let (reminded, waiting, invited) = (reminders.reminded, reminders.waiting, reminders.invited);
    call.note_stopped(reminders.stopped.as_ref());
    let stopped = reminders.stopped.is_some();
    let done = AdminDone::AllReminded { reminded, waiting, invited, stopped };
    call.go_with(PAGE, Outcome::Administered(done));
    Ok(())
}
