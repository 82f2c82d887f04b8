use domain::Language;
use verifier::{EventKind, EventName, ExportedList, RecoveryMeans, SecurityEvent, TextAim};

use super::times::window_words;
use super::words::{Area, words_in};

/// What a kind of event is called, without what one of it tells.
pub(crate) fn kind_words(kind: EventName, language: Language) -> String {
    words_in(Area::Events, language).say(&format!("kind.{}", kind.as_str()))
}

/// What happened, in a sentence.
pub(crate) fn event_words(event: &SecurityEvent, language: Language) -> String {
    let words = words_in(Area::Events, language);
    match &event.kind {
        EventKind::AccountCreated => words.say("event.account-created"),
        EventKind::Invited => words.say("event.invited"),
        EventKind::InvitationRefused => words.say("event.invitation-refused"),
        EventKind::InvitationAccepted => words.say("event.invitation-accepted"),
        EventKind::PasswordAccepted { .. } => words.say("event.password-accepted"),
        EventKind::PasswordRejected => words.say("event.password-rejected"),
        EventKind::EnrollmentBegun { took_over: false } => words.say("event.enrollment-begun"),
        EventKind::EnrollmentBegun { took_over: true } => words.say("event.enrollment-taken-over"),
        EventKind::AuthenticatorBound => words.say("event.authenticator-bound"),
        EventKind::CodeAccepted { .. } => words.say("event.code-accepted"),
        EventKind::CodeRejected { spent: true, .. } => words.say("event.code-spent"),
        EventKind::CodeRejected { spent: false, .. } => words.say("event.code-rejected"),
        EventKind::RecoveryCodesIssued { .. } => words.say("event.codes-issued"),
        EventKind::RecoveryCodesSaved { .. } => words.say("event.codes-saved"),
        EventKind::RecoveryCodeAccepted { left, .. } => {
            words.say_with("event.recovery-code-accepted", "count", &left.to_string())
        }
        EventKind::RecoveryCodeRejected { .. } => words.say("event.recovery-code-rejected"),
        EventKind::TextQueued { number, .. } => words.say_with("event.text-queued", "number", number),
        EventKind::TextCodeAccepted { aim: TextAim::ConfirmMobile, .. } => words.say("event.mobile-confirmed"),
        EventKind::TextCodeAccepted { aim: TextAim::Recover, .. } => words.say("event.text-code-accepted"),
        EventKind::TextCodeRejected { .. } => words.say("event.text-code-rejected"),
        EventKind::MobileAdded { number } => words.say_with("event.mobile-added", "number", number),
        EventKind::MobileRemoved { number } => words.say_with("event.mobile-removed", "number", number),
        EventKind::Recovered { by: RecoveryMeans::Code, .. } => words.say("event.recovered-by-code"),
        EventKind::Recovered { by: RecoveryMeans::Text, .. } => words.say("event.recovered-by-text"),
        EventKind::AuthenticatorReplaced => words.say("event.authenticator-replaced"),
        EventKind::PasswordChanged => words.say("event.password-changed"),
        EventKind::ResetRequested => words.say("event.reset-requested"),
        EventKind::PasswordReset => words.say("event.password-reset"),
        EventKind::PasswordVoided => words.say("event.password-voided"),
        EventKind::PasswordKnownToOthers { .. } => words.say("event.password-known"),
        EventKind::NameChanged => words.say("event.name-changed"),
        EventKind::SessionEnded { .. } => words.say("event.session-ended"),
        // By an admin or on the server: there is no browser that stays.
        EventKind::SessionsEnded if event.by.is_some() || event.address.is_none() => {
            words.say("event.signed-out-everywhere")
        }
        EventKind::SessionsEnded => words.say("event.sessions-ended"),
        EventKind::BrowserForgotten => words.say("event.browser-forgotten"),
        EventKind::RoleChanged { role: domain::Role::Admin } => words.say("event.made-admin"),
        EventKind::RoleChanged { role: domain::Role::Member } => words.say("event.made-member"),
        EventKind::Deactivated => words.say("event.deactivated"),
        EventKind::Reactivated => words.say("event.reactivated"),
        EventKind::Removed => words.say("event.removed"),
        EventKind::Unlocked => words.say("event.unlocked"),
        EventKind::UnlockRefused => words.say("event.unlock-refused"),
        EventKind::Reminded => words.say("event.reminded"),
        EventKind::SettingChanged { from, to } => {
            let [from, to] = [from, to].map(|window| window_words(*window, language));
            words.say_all("event.setting-changed", &[("from", &from), ("to", &to)])
        }
        EventKind::TextsChanged { on: false, .. } => words.say("event.texts-off"),
        EventKind::TextsChanged { on: true, countries, daily } => {
            let countries: Vec<_> = countries.iter().map(domain::Country::as_str).collect();
            let (countries, daily) = (countries.join(", "), daily.to_string());
            words.say_all("event.texts-changed", &[("countries", &countries), ("daily", &daily)])
        }
        EventKind::Exported { list: ExportedList::Users } => words.say("event.exported-users"),
        EventKind::Exported { list: ExportedList::AuditLog } => words.say("event.exported-audit-log"),
        EventKind::NotAllowed => words.say("event.not-allowed"),
        EventKind::Refused { count } => words.say_count("event.refused", (*count).into()),
        EventKind::Locked { known_browser: false } => words.say("event.locked"),
        EventKind::Locked { known_browser: true } => words.say("event.browser-locked"),
        EventKind::SignedOut { .. } => words.say("event.signed-out"),
        EventKind::MessageGivenUp { text: false, .. } => words.say("event.message-given-up"),
        EventKind::MessageGivenUp { text: true, .. } => words.say("event.text-given-up"),
        EventKind::TextsStopped { sent, answered } => {
            let (sent, answered) = (sent.to_string(), answered.to_string());
            words.say_all("event.texts-stopped", &[("sent", &sent), ("answered", &answered)])
        }
        EventKind::WebhookAdded { host } => words.say_with("event.webhook-added", "host", host),
        EventKind::WebhookRemoved { host } => words.say_with("event.webhook-removed", "host", host),
        EventKind::WebhookResumed { host } => words.say_with("event.webhook-resumed", "host", host),
        EventKind::WebhookStopped { host } => words.say_with("event.webhook-stopped", "host", host),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use verifier::EventTopic;

    use super::*;

    #[test]
    fn every_kind_is_called_something_and_no_other_kind_is_called_the_same() {
        for language in Language::ALL {
            let kinds: Vec<_> = EventTopic::ALL.into_iter().flat_map(EventTopic::kinds).collect();

            let called: BTreeSet<_> = kinds.iter().map(|kind| kind_words(*kind, language)).collect();

            assert_eq!(called.len(), kinds.len());
            assert!(called.iter().all(|name| !name.starts_with("kind.")), "{called:?}");
        }
    }
}
