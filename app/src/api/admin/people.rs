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
    answer: impl FnOnce(&crate::site::Call, &str, T) -> Result<(), Problem<AdminProblem>>,
) -> Result<(), Problem<AdminProblem>> {
    use verifier::Actor;

    use crate::site::{Call, Typed};

    let call = Call::here()?;
    let proof = call.fresh()?;
    let Ok(user) = user.parse::<domain::UserId>() else {
        return call.refuse("/admin/users", AdminProblem::NoSuchUser, Typed::default());
    };
    let page = page_of(&user);
    let actor = Actor::Admin { proof: &proof, claimant: call.claimant() };
    let verdict = call.administered(&page, ask(call.verifier(), actor, &user).await)?;
    answer(&call, &page, verdict)
}

/// Leads to the page that says what was done.
#[cfg(feature = "ssr")]
fn done(call: &crate::site::Call, page: &str, done: super::AdminDone) -> Result<(), Problem<AdminProblem>> {
    call.go_with(page, crate::site::Outcome::Administered(done));
    Ok(())
}

#[cfg(feature = "ssr")]
fn refuse(call: &crate::site::Call, page: &str, problem: AdminProblem) -> Result<(), Problem<AdminProblem>> {
    call.refuse(page, problem, crate::site::Typed::default())
}

#[cfg(feature = "ssr")]
fn changed(
    call: &crate::site::Call,
    page: &str,
    verdict: verifier::ChangeVerdict,
    what: super::AdminDone,
) -> Result<(), Problem<AdminProblem>> {
    use verifier::ChangeVerdict;

    use super::AdminDone;

    match verdict {
        ChangeVerdict::Changed => done(call, page, what),
        ChangeVerdict::AsItWas => done(call, page, AdminDone::AsItWas),
        ChangeVerdict::LastAdmin => refuse(call, page, AdminProblem::LastAdmin),
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
        |call, page, verdict| changed(call, page, verdict, what),
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
        |call, page, verdict| changed(call, page, verdict, AdminDone::Deactivated),
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
        |call, page, verdict| changed(call, page, verdict, AdminDone::Reactivated),
    )
    .await
}

/// Removes a user with all that is known of them.
#[server(prefix = "/api", endpoint = "admin/remove")]
pub async fn remove_user(
    /// Who.
    user: String,
) -> Result<(), Problem<AdminProblem>> {
    use verifier::ChangeVerdict;

    use super::AdminDone;

    change(
        &user,
        async |verifier, actor, user| verifier.remove(actor, user).await,
        |call, page, verdict| {
            let page = if verdict == ChangeVerdict::Changed { "/admin/users" } else { page };
            changed(call, page, verdict, AdminDone::Removed)
        },
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
        |call, page, verdict| changed(call, page, verdict, AdminDone::SessionsEnded),
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
        |call, page, verdict| match verdict {
            UnlockVerdict::Unlocked => done(call, page, AdminDone::Unlocked),
            UnlockVerdict::NotLockedOut => refuse(call, page, AdminProblem::NotLockedOut),
            UnlockVerdict::NoWayBack => refuse(call, page, AdminProblem::NoWayBack),
            UnlockVerdict::Oneself => refuse(call, page, AdminProblem::Oneself),
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
        |call, page, verdict| match verdict {
            ResendVerdict::Sent { .. } => done(call, page, AdminDone::Resent),
            ResendVerdict::Accepted => refuse(call, page, AdminProblem::Accepted),
            ResendVerdict::Deactivated => refuse(call, page, AdminProblem::DeactivatedUser),
            ResendVerdict::Wait { until } => {
                refuse(call, page, AdminProblem::Wait { seconds: call.seconds_until(until) })
            }
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
        |call, page, verdict| match verdict {
            RemindVerdict::Reminded => done(call, page, AdminDone::Reminded),
            RemindVerdict::NothingMissing => refuse(call, page, AdminProblem::NothingMissing),
            RemindVerdict::Invited => refuse(call, page, AdminProblem::NotAccepted),
            RemindVerdict::Deactivated => refuse(call, page, AdminProblem::DeactivatedUser),
            RemindVerdict::Wait { until } => {
                refuse(call, page, AdminProblem::Wait { seconds: call.seconds_until(until) })
            }
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
    use crate::site::Call;

    const PAGE: &str = "/admin/apps/mfa";
    let show = match show.parse::<Show>() {
        Ok(show @ (Show::NotEnabled | Show::NotRecoveryReady)) => show,
        Ok(_) | Err(_) => return Err(Problem::Malformed),
    };
    let call = Call::here()?;
    let proof = call.fresh()?;
    let actor = Actor::Admin { proof: &proof, claimant: call.claimant() };
    let reminders = call.administered(PAGE, call.verifier().remind_all(actor, show).await)?;
    let (reminded, waiting, invited) = (reminders.reminded, reminders.waiting, reminders.invited);
    let stopped = reminders.stopped.is_some();
    done(&call, PAGE, AdminDone::AllReminded { reminded, waiting, invited, stopped })
}
