use leptos::prelude::*;
use verifier::{Member, MfaState, UserLine};

use crate::Words;
use crate::parts::Icon;

/// A user's MFA state as a badge: icon, words and colour.
#[component]
pub(super) fn StateBadge<'a>(words: &'static Words, member: &'a Member) -> impl IntoView + use<> {
    let (class, icon, key) = match (member.mfa, member.invited) {
        (MfaState::Deactivated, _) => ("badge badge--quiet", "off", "state.deactivated"),
        (_, true) => ("badge", "mail", "state.invited"),
        (MfaState::NotEnabled, false) => ("badge badge--warning", "warning", "state.not-enabled"),
        (MfaState::Protected, false) => ("badge badge--success", "success", "state.protected"),
        (MfaState::LockedOut, false) => ("badge badge--danger", "lock", "state.locked-out"),
        (MfaState::RecoveryPending, false) => ("badge badge--warning", "clock", "state.recovery-pending"),
    };
    view! {
        <span class=class>
            <Icon name=icon />
            {words.say(key)}
        </span>
    }
}

/// What would let a user back in, in words; whoever has no authenticator needs nothing yet.
pub(super) fn readiness_words(words: &Words, line: &UserLine) -> String {
    let member = &line.member;
    if member.mfa == MfaState::NotEnabled || member.invited {
        return words.say("ready.not-yet");
    }
    let readiness = &member.readiness;
    let mut has = Vec::new();
    if readiness.codes_left > 0 {
        let count = u64::try_from(readiness.codes_left).unwrap_or(u64::MAX);
        let codes = if readiness.codes_saved { "ready.codes" } else { "ready.codes-unsaved" };
        has.push(words.say_count(codes, count));
    }
    if !readiness.mobiles.is_empty() {
        let count = u64::try_from(readiness.mobiles.len()).unwrap_or(u64::MAX);
        has.push(words.say_count("ready.mobiles", count));
    }
    match (line.ready, has.is_empty()) {
        (_, true) => words.say("ready.nothing"),
        (true, false) => has.join(", "),
        (false, false) => words.say_with("ready.not-usable", "what", &has.join(", ")),
    }
}
