use domain::Role;
use leptos::prelude::*;
use leptos::server_fn::ServerFn;
use verifier::{MfaState, UnlockVerdict, UserDetail, UserLine};

use crate::Words;
use crate::api::{ChangeRole, Deactivate, EndSessionsOf, Reactivate, Remind, RemoveUser, ResendInvitation, Unlock};
use crate::parts::{Notice, Tone};
use crate::site::confirm::Confirm;

/// A mail for who has something yet to do.
#[derive(Clone, Copy)]
pub(super) enum Nudge {
    /// Another invitation.
    Resend,
    /// What is not set up yet.
    Remind,
}

impl Nudge {
    /// What somebody needs; nothing, if they may not sign in or have all there is.
    pub(super) fn of(line: &UserLine) -> Option<Self> {
        let member = &line.member;
        match member.mfa {
            MfaState::Deactivated => None,
            _ if member.invited => Some(Self::Resend),
            MfaState::NotEnabled => Some(Self::Remind),
            _ => (!line.ready).then_some(Self::Remind),
        }
    }

    /// Its name in keys and identifiers.
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Resend => "resend",
            Self::Remind => "remind",
        }
    }

    /// The function that does it.
    pub(super) fn path(self) -> &'static str {
        match self {
            Self::Resend => ResendInvitation::PATH,
            Self::Remind => Remind::PATH,
        }
    }
}

/// What can be done for or to a user, each with what will happen. What can't be done says why.
#[component]
pub(super) fn UserActions(words: &'static Words, detail: UserDetail) -> impl IntoView {
    let member = &detail.line.member;
    let is_active = member.mfa != MfaState::Deactivated;
    let unlock = (member.mfa == MfaState::LockedOut).then(|| unlock(words, &detail).into_any());
    let nudge =
        Nudge::of(&detail.line).map(|nudge| asking(words, &detail, nudge.as_str(), nudge.path(), None).into_any());
    let role = role(words, &detail).into_any();
    let sessions = (is_active && !detail.sessions.is_empty())
        .then(|| asking(words, &detail, "end", EndSessionsOf::PATH, None).into_any());
    let standing = if is_active {
        asking(words, &detail, "deactivate", Deactivate::PATH, None).into_any()
    } else {
        asking(words, &detail, "reactivate", Reactivate::PATH, None).into_any()
    };
    let remove = asking(words, &detail, "remove", RemoveUser::PATH, None).into_any();
    let oneself =
        detail.is_oneself.then(|| view! { <Notice tone=Tone::Info title=words.say("user.is-you") standing=true /> });
    let last = detail
        .is_last_admin
        .then(|| view! { <Notice tone=Tone::Info title=words.say("people.last-admin") standing=true /> });
    view! {
        <section class="card" aria-labelledby="actions">
            <h2 id="actions">{words.say("user.actions")}</h2>
            {oneself}
            {last}
            {unlock}
            {nudge}
            {role}
            {sessions}
            {standing}
            {remove}
        </section>
    }
}

/// The way back in for who is locked out; or why there is none, and what is possible then.
fn unlock(words: &'static Words, detail: &UserDetail) -> impl IntoView + use<> {
    let name = detail.line.member.name.to_string();
    let user = detail.line.member.user.to_string();
    let refused = match detail.may_unlock {
        UnlockVerdict::Unlocked => None,
        UnlockVerdict::NoWayBack => Some(words.say("people.no-way-back")),
        UnlockVerdict::Oneself => Some(words.say("people.oneself")),
        UnlockVerdict::NotLockedOut => Some(words.say("people.not-locked-out")),
    };
    // A reason needs the whole line.
    let class = if refused.is_some() { "setting setting--wide" } else { "setting" };
    let control = match &refused {
        Some(why) => {
            let can_still_sign_in = detail.may_unlock == UnlockVerdict::NoWayBack && detail.known_browsers > 0;
            let more = can_still_sign_in.then(|| words.say("unlock.known"));
            view! { <Notice tone=Tone::Warning title=why.clone() more standing=true /> }.into_any()
        }
        None => view! {
            <Confirm
                id="unlock-user"
                label=words.say("unlock.label")
                class="button button--primary"
                title=words.say_with("unlock.title", "name", &name)
                what=words.say("unlock.what")
                verb=words.say("unlock.label")
                pending=words.say("user.moment")
                cancel=words.say("user.cancel")
                action=Unlock::PATH
                field=Some(("user", user))
            />
        }
        .into_any(),
    };
    view! {
        <div class=class id="unlock">
            <div class="setting__what">
                <h3>{words.say("unlock.heading")}</h3>
                <p class="setting__note">{words.say("unlock.note")}</p>
            </div>
            {control}
        </div>
    }
}

fn role(words: &'static Words, detail: &UserDetail) -> impl IntoView + use<> {
    let (what, role) = match detail.line.member.role {
        Role::Admin => ("make-member", "member"),
        Role::Member => ("make-admin", "admin"),
    };
    asking(words, detail, what, ChangeRole::PATH, Some(role))
}

/// A setting whose button asks once more.
fn asking(
    words: &'static Words,
    detail: &UserDetail,
    what: &str,
    action: &'static str,
    role: Option<&'static str>,
) -> impl IntoView + use<> {
    let member = &detail.line.member;
    let (name, user) = (member.name.to_string(), member.user.to_string());
    let part = |part: &str| words.say_with(&format!("act.{what}.{part}"), "name", &name);
    let (heading, note, label, title) = (part("heading"), part("note"), part("label"), part("title"));
    let to_oneself = format!("act.{what}.will-you");
    let will = if detail.is_oneself && words.has(&to_oneself) { words.say(&to_oneself) } else { part("will") };
    let rank = if what == "remove" { "danger" } else { "primary" };
    let more = role.map(|role| ("role", role.to_owned()));
    view! {
        <div class="setting">
            <div class="setting__what">
                <h3>{heading}</h3>
                <p class="setting__note">{note}</p>
            </div>
            <Confirm
                id=format!("{what}-user")
                label=label.clone()
                title
                what=will
                verb=label
                rank
                pending=words.say("user.moment")
                cancel=words.say("user.cancel")
                action
                field=Some(("user", user))
                more
            />
        </div>
    }
}
