use leptos::prelude::*;

use super::AdminProblem;
use crate::Problem;

/// Invites one person.
#[server(prefix = "/api", endpoint = "admin/invite")]
pub async fn invite(
    /// What they are called.
    name: String,
    /// The address they will sign in with.
    email: String,
    /// `admin` or `member`.
    role: String,
) -> Result<(), Problem<AdminProblem>> {
    use domain::{EmailAddress, Name, Role};
    use verifier::{Actor, InviteVerdict, NewUser};

    use super::AdminDone;
    use crate::site::{Call, Outcome, Typed};

    const PAGE: &str = "/admin/invite";
    let call = Call::here()?;
    let proof = call.fresh()?;
    let typed = || Typed::default().with("name", &name).with("email", &email).with("role", &role);
    let Ok(called) = name.parse::<Name>() else { return call.refuse(PAGE, AdminProblem::Name, typed()) };
    let Ok(address) = email.parse::<EmailAddress>() else { return call.refuse(PAGE, AdminProblem::Email, typed()) };
    let as_role = match role.as_str() {
        "admin" => Role::Admin,
        "member" => Role::Member,
        _ => return Err(Problem::Malformed),
    };
    let new = NewUser { name: called, email: address, role: as_role };
    let actor = Actor::Admin { proof: &proof, claimant: call.claimant() };
    match call.administered(PAGE, call.verifier().invite(actor, &new).await)? {
        InviteVerdict::Invited { .. } => {
            let typed = Typed::default().with("invited", new.email.as_str());
            call.go_with_typed(PAGE, Outcome::Administered(AdminDone::Invited), typed);
            Ok(())
        }
        InviteVerdict::EmailTaken => call.refuse(PAGE, AdminProblem::EmailTaken, typed()),
        InviteVerdict::Wait { until } => {
            call.refuse(PAGE, AdminProblem::Wait { seconds: call.seconds_until(until) }, typed())
        }
    }
}

/// Invites everybody on a list. Each line is done whole or not at all; the page it leads to says what became of each.
#[server(prefix = "/api", endpoint = "admin/invite-many")]
pub async fn invite_many(
    /// One person a line.
    list: String,
) -> Result<(), Problem<AdminProblem>> {
    use verifier::{Actor, parse_invitations};

    use super::AdminDone;
    use crate::site::{Call, InvitedLine, Outcome, Typed};

    const PAGE: &str = "/admin/invite";
    let call = Call::here()?;
    let proof = call.fresh()?;
    let read = parse_invitations(&list);
    if read.is_empty() {
        return call.refuse(PAGE, AdminProblem::NoList, Typed::default());
    }
    let people = read.iter().filter_map(|line| line.as_ref().ok().cloned()).collect();
    let actor = Actor::Admin { proof: &proof, claimant: call.claimant() };
    let invitations = call.administered(PAGE, call.verifier().invite_many(actor, people).await)?;
    let lines = InvitedLine::all(read, invitations.decided, |until| call.seconds_until(until));
    let report = call.keep_report(&proof, lines);
    call.go_with(&format!("{PAGE}?list={report}"), Outcome::Administered(AdminDone::ListRead));
    Ok(())
}
