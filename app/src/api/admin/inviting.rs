use leptos::prelude::*;

use super::AdminProblem;
use crate::Problem;

/// Where people are typed in to be invited.
#[cfg(feature = "ssr")]
const PAGE: &str = "/admin/invite";

/// Looks at one person who is to be invited, and leads to the page that asks whether to. Nothing is sent.
#[server(prefix = "/api", endpoint = "admin/review-invitation")]
pub async fn review_invitation(
    /// What they are called.
    name: String,
    /// The address they will sign in with.
    email: String,
    /// `admin` or `member`.
    role: String,
) -> Result<(), Problem<AdminProblem>> {
    use domain::{EmailAddress, Name, Role};
    use verifier::{Actor, InvitationList, NewUser};

    use crate::site::{Call, ListSource, Typed, TypedList};

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
    let here = call.administered(PAGE, call.verifier().already_here(actor, std::slice::from_ref(&new)).await)?;
    if here.contains(&new.email) {
        return call.refuse(PAGE, AdminProblem::EmailTaken, typed());
    }
    let list = TypedList { source: ListSource::One(typed()), list: InvitationList::of(vec![Ok(new)], &here) };
    let name = call.keep_list(&proof, list);
    call.go(&format!("{PAGE}/{name}"));
    Ok(())
}

/// Looks at everybody on a list, and leads to the page that says what would become of each, and asks whether to send
/// them. Nothing is sent.
#[server(prefix = "/api", endpoint = "admin/review-invitations")]
pub async fn review_invitations(
    /// One person a line.
    list: String,
) -> Result<(), Problem<AdminProblem>> {
    use verifier::{Actor, InvitationList, NewUser, parse_invitations};

    use crate::site::{Call, ListSource, Typed, TypedList};

    let call = Call::here()?;
    let proof = call.fresh()?;
    let read = parse_invitations(&list);
    if read.is_empty() {
        return call.refuse(PAGE, AdminProblem::NoList, Typed::default());
    }
    let people: Vec<NewUser> = read.iter().filter_map(|line| line.as_ref().ok().cloned()).collect();
    let actor = Actor::Admin { proof: &proof, claimant: call.claimant() };
    let here = call.administered(PAGE, call.verifier().already_here(actor, &people).await)?;
    let list = TypedList { source: ListSource::Many(list), list: InvitationList::of(read, &here) };
    let name = call.keep_list(&proof, list);
    call.go(&format!("{PAGE}/{name}"));
    Ok(())
}

/// Invites those of a list who can be. Each is invited wholly or not at all; the list's page says what became of each,
/// and whoever was not tried can be sent theirs again from there.
#[server(prefix = "/api", endpoint = "admin/send-invitations")]
pub async fn send_invitations(
    /// The list, as its page is called.
    list: String,
) -> Result<(), Problem<AdminProblem>> {
    use verifier::{Actor, LineFate, ListLine};

    use super::AdminDone;
    use crate::site::{Call, ListName, ListSource, Outcome, Typed};

    let call = Call::here()?;
    let proof = call.fresh()?;
    let gone = || call.refuse(PAGE, AdminProblem::ListGone, Typed::default());
    let Ok(name) = list.parse::<ListName>() else { return gone() };
    let Some(turn) = call.list_turn(&proof, name) else { return gone() };
    let _turn = turn.lock().await;
    let Some(before) = call.find_list(&proof, name) else { return gone() };
    let page = format!("{PAGE}/{name}");
    let ready: Vec<_> = before.list.ready().cloned().collect();
    if ready.is_empty() {
        // It was sent a moment ago.
        call.go(&page);
        return Ok(());
    }
    let actor = Actor::Admin { proof: &proof, claimant: call.claimant() };
    let settle = |new, verdict| call.settle_list(&proof, name, &new, &verdict);
    let stopped = call.administered(&page, call.verifier().invite_many(actor, ready, settle).await)?;
    call.note_stopped(stopped.as_ref());
    let Some(after) = call.find_list(&proof, name) else { return gone() };
    // One person is told of where the next can be typed in.
    let (ListSource::One(typed), [ListLine::Person { new, fate }]) = (after.source, after.list.lines()) else {
        call.go(&page);
        return Ok(());
    };
    match fate {
        LineFate::Invited => {
            let typed = Typed::default().with("invited", new.email.as_str());
            call.go_with_typed(PAGE, Outcome::Administered(AdminDone::Invited), typed);
            Ok(())
        }
        LineFate::EmailTaken | LineFate::Here => call.refuse(PAGE, AdminProblem::EmailTaken, typed),
        LineFate::Wait { until } => {
            call.refuse(PAGE, AdminProblem::Wait { seconds: call.seconds_until(*until) }, typed)
        }
        LineFate::Ready => {
            call.go(&page);
            Ok(())
        }
    }
}
