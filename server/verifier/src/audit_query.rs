use std::fmt;
use std::str::FromStr;

use domain::{EventId, Timestamp, UserId};
use strum::IntoEnumIterator;
use thiserror::Error;

use crate::{EventKind, EventName, SecurityEvent};

/// What an entry of the audit log is about: what people filter by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum EventTopic {
    /// Who came in or tried to: passwords and codes.
    SignIn,
    /// Authenticator apps.
    Mfa,
    /// Ways back in, and who used them.
    Recovery,
    /// Passwords that were changed, reset or voided.
    Password,
    /// Sessions and browsers that were ended.
    Sessions,
    /// Who belongs to the account, as what.
    People,
    /// The account as a whole: its settings, and what was taken out of it.
    Settings,
    /// What was sent, or could not be.
    Messages,
}

/// Which entries are asked for by what they tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EventFilter {
    /// All of a topic.
    Topic(EventTopic),
    /// Those of one kind.
    Kind(EventName),
}

/// What became of what an entry tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum EventOutcome {
    /// It happened.
    Done,
    /// It was refused, or given up.
    Refused,
}

/// Which entries of an account's audit log are asked for: those for which all of it is true.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AuditQuery {
    /// Those about somebody, and those of what they did to others.
    pub user: Option<UserId>,
    /// The same of who signs in with this address now, as it was typed.
    pub email: Option<String>,
    /// Those of a topic, or of one kind.
    pub about: Option<EventFilter>,
    /// Those that ended in some way.
    pub outcome: Option<EventOutcome>,
    /// Those of this moment and later.
    pub from: Option<Timestamp>,
    /// Those before this moment.
    pub until: Option<Timestamp>,
}

/// A place in the audit log, newest first: who goes on there sees what comes after the entry that lies there. As a
/// text, which has one spelling, it can be part of an address.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct EventPlace {
    /// When that entry was written.
    pub at: Timestamp,
    /// Which of those of that moment it is.
    pub id: EventId,
}

/// A text that is no topic, kind, outcome or place of the audit log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("not said of an audit log")]
pub struct AuditQueryError;

impl EventTopic {
    /// All of them, in the order in which they are offered.
    pub const ALL: [Self; 8] = [
        Self::SignIn,
        Self::Mfa,
        Self::Recovery,
        Self::Password,
        Self::Sessions,
        Self::People,
        Self::Settings,
        Self::Messages,
    ];

    /// The topic as addresses and exports have it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::SignIn => "sign-in",
            Self::Mfa => "mfa",
            Self::Recovery => "recovery",
            Self::Password => "password",
            Self::Sessions => "sessions",
            Self::People => "people",
            Self::Settings => "settings",
            Self::Messages => "messages",
        }
    }

    /// The kinds of events that are about it, in the order in which they are declared.
    pub fn kinds(self) -> impl Iterator<Item = EventName> {
        EventName::iter().filter(move |kind| kind.topic() == self)
    }
}

impl EventOutcome {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::Done, Self::Refused];

    /// The outcome as addresses and exports have it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Refused => "refused",
        }
    }
}

impl FromStr for EventTopic {
    type Err = AuditQueryError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL.into_iter().find(|topic| topic.as_str() == text).ok_or(AuditQueryError)
    }
}

impl FromStr for EventOutcome {
    type Err = AuditQueryError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL.into_iter().find(|outcome| outcome.as_str() == text).ok_or(AuditQueryError)
    }
}

impl EventName {
    /// The kind as records, addresses and exports have it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        self.into()
    }

    /// What events of it are about.
    #[must_use]
    pub const fn topic(self) -> EventTopic {
        match self {
            Self::PasswordAccepted
            | Self::PasswordRejected
            | Self::CodeAccepted
            | Self::CodeRejected
            | Self::Refused
            | Self::NotAllowed
            | Self::Locked => EventTopic::SignIn,
            Self::EnrollmentBegun | Self::AuthenticatorBound | Self::AuthenticatorReplaced => EventTopic::Mfa,
            Self::RecoveryCodesIssued
            | Self::RecoveryCodesSaved
            | Self::RecoveryCodeAccepted
            | Self::RecoveryCodeRejected
            | Self::TextCodeAccepted
            | Self::TextCodeRejected
            | Self::MobileAdded
            | Self::MobileRemoved
            | Self::Recovered
            | Self::Unlocked
            | Self::UnlockRefused => EventTopic::Recovery,
            Self::PasswordChanged
            | Self::ResetRequested
            | Self::PasswordReset
            | Self::PasswordVoided
            | Self::PasswordKnownToOthers => EventTopic::Password,
            Self::SessionEnded | Self::SessionsEnded | Self::BrowserForgotten | Self::SignedOut => EventTopic::Sessions,
            Self::AccountCreated
            | Self::Invited
            | Self::InvitationRefused
            | Self::InvitationAccepted
            | Self::NameChanged
            | Self::RoleChanged
            | Self::Deactivated
            | Self::Reactivated
            | Self::Removed => EventTopic::People,
            Self::SettingChanged
            | Self::TextsChanged
            | Self::Exported
            | Self::WebhookAdded
            | Self::WebhookRemoved
            | Self::WebhookResumed => EventTopic::Settings,
            Self::TextQueued | Self::Reminded | Self::MessageGivenUp | Self::TextsStopped | Self::WebhookStopped => {
                EventTopic::Messages
            }
        }
    }

    /// What became of what they tell.
    #[must_use]
    pub const fn outcome(self) -> EventOutcome {
        match self {
            Self::PasswordRejected
            | Self::PasswordKnownToOthers
            | Self::CodeRejected
            | Self::RecoveryCodeRejected
            | Self::TextCodeRejected
            | Self::UnlockRefused
            | Self::InvitationRefused
            | Self::Refused
            | Self::Locked
            | Self::NotAllowed
            | Self::MessageGivenUp
            | Self::TextsStopped
            | Self::WebhookStopped => EventOutcome::Refused,
            Self::AccountCreated
            | Self::Invited
            | Self::InvitationAccepted
            | Self::PasswordAccepted
            | Self::EnrollmentBegun
            | Self::AuthenticatorBound
            | Self::CodeAccepted
            | Self::RecoveryCodesIssued
            | Self::RecoveryCodesSaved
            | Self::RecoveryCodeAccepted
            | Self::TextQueued
            | Self::TextCodeAccepted
            | Self::MobileAdded
            | Self::MobileRemoved
            | Self::Recovered
            | Self::AuthenticatorReplaced
            | Self::PasswordChanged
            | Self::ResetRequested
            | Self::PasswordReset
            | Self::PasswordVoided
            | Self::NameChanged
            | Self::SessionEnded
            | Self::SessionsEnded
            | Self::BrowserForgotten
            | Self::RoleChanged
            | Self::Deactivated
            | Self::Reactivated
            | Self::Removed
            | Self::Unlocked
            | Self::Reminded
            | Self::TextsChanged
            | Self::SettingChanged
            | Self::Exported
            | Self::SignedOut
            | Self::WebhookAdded
            | Self::WebhookRemoved
            | Self::WebhookResumed => EventOutcome::Done,
        }
    }
}

impl EventKind {
    /// Which of all kinds it is.
    #[must_use]
    pub fn name(&self) -> EventName {
        self.into()
    }
}

impl EventFilter {
    /// Whether events of this kind are asked for.
    #[must_use]
    pub fn takes(self, kind: EventName) -> bool {
        match self {
            Self::Topic(topic) => kind.topic() == topic,
            Self::Kind(asked) => kind == asked,
        }
    }
}

impl FromStr for EventFilter {
    type Err = AuditQueryError;

    /// A topic and a kind never have the same name.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let kind = || text.parse().map(Self::Kind).map_err(|_| AuditQueryError);
        text.parse().map(Self::Topic).or_else(|_| kind())
    }
}

impl AuditQuery {
    /// Whether `event` is asked for.
    #[must_use]
    pub fn takes(&self, event: &SecurityEvent) -> bool {
        let concerns = |user: &UserId| event.user.as_ref() == Some(user) || event.by.as_ref() == Some(user);
        self.user.as_ref().is_none_or(concerns)
            && self.about.is_none_or(|about| about.takes(event.kind.name()))
            && self.outcome.is_none_or(|outcome| event.kind.name().outcome() == outcome)
            && self.from.is_none_or(|from| event.at >= from)
            && self.until.is_none_or(|until| event.at < until)
    }

    /// Where to begin if one has got as far as `before`: what is not older than `until` need not be looked at.
    pub(crate) fn start(&self, before: Option<&EventPlace>) -> Option<EventPlace> {
        let until = self.until.map(|at| EventPlace { at, id: EventId::from_random([0; 16]) });
        match (until, before.cloned()) {
            (Some(until), Some(before)) => Some(until.min(before)),
            (until, before) => until.or(before),
        }
    }
}

impl EventPlace {
    /// Where `event` lies.
    #[must_use]
    pub fn of(event: &SecurityEvent) -> Self {
        Self { at: event.at, id: event.id.clone() }
    }
}

impl fmt::Display for EventPlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.at.millis(), self.id)
    }
}

impl FromStr for EventPlace {
    type Err = AuditQueryError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (at, id) = text.rsplit_once('-').ok_or(AuditQueryError)?;
        let at = at.parse().map(Timestamp::from_millis).map_err(|_| AuditQueryError)?;
        let place = Self { at, id: id.parse().map_err(|_| AuditQueryError)? };
        // A number has other spellings: `+1`, `01`.
        if place.to_string() == text { Ok(place) } else { Err(AuditQueryError) }
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use std::collections::BTreeSet;

    use domain::{MessageId, MfaWindow, Role, SessionId};
    use proptest::prelude::*;

    use super::*;
    use crate::{ExportedList, RecoveryMeans, TextAim};

    const NOW: Timestamp = Timestamp::from_seconds(2_000_000_000);

    /// One of each kind, in the order in which they are declared.
    pub(crate) fn every_kind() -> Vec<EventKind> {
        let (session, message) = (SessionId::from_random([5; 16]), MessageId::from_random([6; 16]));
        let (number, aim) = (String::from("42"), TextAim::Recover);
        vec![
            EventKind::AccountCreated,
            EventKind::Invited,
            EventKind::InvitationRefused,
            EventKind::InvitationAccepted,
            EventKind::PasswordAccepted { session: session.clone() },
            EventKind::PasswordRejected,
            EventKind::EnrollmentBegun { took_over: false },
            EventKind::AuthenticatorBound,
            EventKind::CodeAccepted { session: session.clone() },
            EventKind::CodeRejected { spent: false, in_a_row: 3 },
            EventKind::RecoveryCodesIssued { set: 1 },
            EventKind::RecoveryCodesSaved { set: 1 },
            EventKind::RecoveryCodeAccepted { session: session.clone(), left: 9 },
            EventKind::RecoveryCodeRejected { in_a_row: 1 },
            EventKind::TextQueued { aim, number: number.clone() },
            EventKind::TextCodeAccepted { aim, session: session.clone() },
            EventKind::TextCodeRejected { aim, in_a_row: 2 },
            EventKind::MobileAdded { number: number.clone() },
            EventKind::MobileRemoved { number },
            EventKind::Recovered { by: RecoveryMeans::Code, bound_anew: true },
            EventKind::AuthenticatorReplaced,
            EventKind::PasswordChanged,
            EventKind::ResetRequested,
            EventKind::PasswordReset,
            EventKind::PasswordVoided,
            EventKind::PasswordKnownToOthers { session: session.clone() },
            EventKind::NameChanged,
            EventKind::SessionEnded { session: session.clone() },
            EventKind::SessionsEnded,
            EventKind::BrowserForgotten,
            EventKind::RoleChanged { role: Role::Admin },
            EventKind::Deactivated,
            EventKind::Reactivated,
            EventKind::Removed,
            EventKind::Unlocked,
            EventKind::UnlockRefused,
            EventKind::Reminded,
            EventKind::SettingChanged { from: MfaWindow::CHOICES[0], to: MfaWindow::CHOICES[1] },
            EventKind::TextsChanged { on: true, countries: BTreeSet::new(), daily: 100 },
            EventKind::Exported { list: ExportedList::AuditLog },
            EventKind::NotAllowed,
            EventKind::Refused { count: 7 },
            EventKind::Locked { known_browser: true },
            EventKind::SignedOut { session },
            EventKind::MessageGivenUp { message, tries: 9, text: true },
            EventKind::TextsStopped { sent: 20, answered: 1 },
            EventKind::WebhookAdded { host: "hooks.example.com".into() },
            EventKind::WebhookRemoved { host: "hooks.example.com".into() },
            EventKind::WebhookResumed { host: "hooks.example.com".into() },
            EventKind::WebhookStopped { host: "hooks.example.com".into() },
        ]
    }

    fn event(kind: EventKind) -> SecurityEvent {
        let id = EventId::from_random([1; 16]);
        SecurityEvent { id, at: NOW, account: None, user: None, by: None, kind, address: None, browser: None }
    }

    #[test]
    fn every_kind_has_the_name_it_is_stored_under_and_none_is_left_out() {
        let names: Vec<_> = every_kind().iter().map(EventKind::name).collect();

        assert_eq!(names, EventName::iter().collect::<Vec<_>>());
        for kind in every_kind() {
            assert_eq!(serde_json::to_value(&kind).unwrap()["kind"], kind.name().as_str());
        }
    }

    #[test]
    fn a_filter_is_a_topic_or_one_of_its_kinds_and_has_one_spelling() {
        let mut kinds = BTreeSet::new();
        for topic in EventTopic::ALL {
            assert_eq!(topic.as_str().parse(), Ok(EventFilter::Topic(topic)));
            for kind in topic.kinds() {
                assert!(kinds.insert(kind), "{kind:?} is about two things");
                assert_eq!(kind.as_str().parse(), Ok(EventFilter::Kind(kind)));
                assert!(EventFilter::Topic(topic).takes(kind));
            }
        }

        assert_eq!(kinds, EventName::iter().collect());
        for text in ["", "Sign-in", "sign_in", " invited", "Invited", "password-rejected", "invited\0"] {
            assert_eq!(text.parse::<EventFilter>(), Err(AuditQueryError));
        }
    }

    #[test]
    fn every_topic_and_every_outcome_is_that_of_some_event_and_has_one_spelling() {
        let topics: BTreeSet<_> = every_kind().iter().map(|kind| kind.name().topic().as_str()).collect();
        let outcomes: BTreeSet<_> = every_kind().iter().map(|kind| kind.name().outcome().as_str()).collect();

        assert_eq!(topics, EventTopic::ALL.map(EventTopic::as_str).into());
        assert_eq!(outcomes, EventOutcome::ALL.map(EventOutcome::as_str).into());
        for topic in EventTopic::ALL {
            assert_eq!(topic.as_str().parse(), Ok(topic));
        }
        for outcome in EventOutcome::ALL {
            assert_eq!(outcome.as_str().parse(), Ok(outcome));
        }
        for text in ["", "Sign-in", "sign_in", " mfa"] {
            assert_eq!(text.parse::<EventTopic>(), Err(AuditQueryError));
            assert_eq!(text.parse::<EventOutcome>(), Err(AuditQueryError));
        }
    }

    #[test]
    fn whoever_asks_for_nothing_in_particular_gets_everything() {
        for kind in every_kind() {
            assert!(AuditQuery::default().takes(&event(kind)));
        }
    }

    #[test]
    fn somebody_is_found_by_what_happened_to_them_and_by_what_they_did() {
        let [ada, bob, eve] = [1, 2, 3].map(|number| UserId::from_random([number; 16]));
        let demoted = SecurityEvent {
            user: Some(bob.clone()),
            by: Some(ada.clone()),
            ..event(EventKind::RoleChanged { role: Role::Member })
        };
        let about = |user: UserId| AuditQuery { user: Some(user), ..AuditQuery::default() };

        assert!(about(ada.clone()).takes(&demoted));
        assert!(about(bob).takes(&demoted));
        assert!(!about(eve).takes(&demoted));
        assert!(!about(ada).takes(&event(EventKind::PasswordRejected)));
    }

    #[test]
    fn everything_asked_for_must_be_true() {
        let rejected = event(EventKind::CodeRejected { spent: false, in_a_row: 1 });
        let all = AuditQuery {
            about: Some(EventFilter::Topic(EventTopic::SignIn)),
            outcome: Some(EventOutcome::Refused),
            ..AuditQuery::default()
        };

        assert!(all.takes(&rejected));
        assert!(!all.takes(&event(EventKind::CodeAccepted { session: SessionId::from_random([5; 16]) })));
        assert!(!all.takes(&event(EventKind::UnlockRefused)));

        let one = AuditQuery { about: Some(EventFilter::Kind(EventName::CodeRejected)), ..AuditQuery::default() };
        assert!(one.takes(&rejected));
        assert!(!one.takes(&event(EventKind::PasswordRejected)));
    }

    #[test]
    fn the_first_moment_belongs_to_a_span_and_the_last_one_does_not() {
        let [before, after] = [-1, 1].map(|millis| Timestamp::from_millis(NOW.millis() + millis));
        let within = |from, until| {
            let query = AuditQuery { from, until, ..AuditQuery::default() };
            query.takes(&event(EventKind::Invited))
        };

        assert!(within(Some(NOW), Some(after)));
        assert!(!within(Some(after), None));
        assert!(!within(None, Some(NOW)));
        assert!(!within(Some(before), Some(before)));
    }

    #[test]
    fn who_asks_for_what_is_long_ago_begins_there_and_never_before_where_they_were() {
        let place = |millis, id| EventPlace { at: Timestamp::from_millis(millis), id: EventId::from_random([id; 16]) };
        let query = AuditQuery { until: Some(Timestamp::from_millis(50)), ..AuditQuery::default() };

        assert_eq!(AuditQuery::default().start(None), None);
        assert_eq!(AuditQuery::default().start(Some(&place(60, 1))), Some(place(60, 1)));
        assert_eq!(query.start(None), Some(place(50, 0)));
        assert_eq!(query.start(Some(&place(60, 1))), Some(place(50, 0)));
        assert_eq!(query.start(Some(&place(40, 1))), Some(place(40, 1)));
    }

    #[test]
    fn a_place_has_one_spelling() {
        let id = EventId::from_random([7; 16]);
        let good = format!("12-{id}");
        assert_eq!(good.parse(), Ok(EventPlace { at: Timestamp::from_millis(12), id: id.clone() }));

        for text in [
            String::new(),
            "12".into(),
            format!("-{id}"),
            format!("+12-{id}"),
            format!("012-{id}"),
            format!("-0-{id}"),
            format!(" 12-{id}"),
            format!("12-{id} "),
            format!("12--{id}"),
            format!("9223372036854775808-{id}"),
            format!("12-{}", id.as_str().to_uppercase()),
            "12-short".into(),
        ] {
            assert_eq!(text.parse::<EventPlace>(), Err(AuditQueryError), "{text}");
        }
    }

    proptest! {
        #[test]
        fn a_place_is_found_again_by_its_text(at in any::<i64>(), id in any::<[u8; 16]>()) {
            let place = EventPlace { at: Timestamp::from_millis(at), id: EventId::from_random(id) };

            prop_assert_eq!(place.to_string().parse(), Ok(place));
        }
    }
}
