use std::time::Duration;

use domain::{Role, Timestamp};

use crate::{Enrollment, Policy, Proof, RecoveryMeans, Session, SignedIn, Standing};

/// What a door asks of whoever wants to pass it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Gate {
    /// Nothing.
    Public,
    /// The wizard: a right password of a user without an authenticator, a recovery, or a wizard that is not finished.
    Enrolling,
    /// Who one is: a right password of a user without an authenticator, or a second factor younger than the account's
    /// setting.
    Profile,
    /// A right password of a user with an authenticator, or a session whose second factor has elapsed: the code
    /// screen, and nothing else.
    PendingCode,
    /// A recovery: what binds an authenticator anew or keeps the old one, and nothing else.
    Recovering,
    /// A second factor younger than the account's setting.
    Fresh,
    /// The same, and an authenticator's code of the last ten minutes (step-up).
    Recent,
    /// The same as `Fresh`, of an admin.
    FreshAdmin,
    /// The same as `Recent`, of an admin.
    RecentAdmin,
}

/// What a session amounts to at one moment. Derived from session, user and account at each request, never stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Level {
    /// The password was right, and there is no authenticator yet; or there is one, and this session's wizard is not
    /// finished.
    Enrolling {
        /// When the session ends if nothing is enrolled, or a code is due.
        until: Timestamp,
    },
    /// The password was right, the code is missing.
    PendingCode {
        /// When the sign-in has to begin again.
        until: Timestamp,
    },
    /// The user came back in, and has yet to bind an authenticator or to keep the old one.
    Recovering {
        /// By what.
        by: RecoveryMeans,
        /// When the session ends if they don't.
        until: Timestamp,
    },
    /// There was a second factor, and it is too old for the account's setting.
    Elapsed {
        /// When it was verified.
        mfa_at: Timestamp,
    },
    /// The second factor is young enough.
    Fresh {
        /// When it was verified.
        mfa_at: Timestamp,
        /// When it will be asked for again.
        until: Timestamp,
        /// Whether an authenticator's code was right in the last ten minutes.
        recent: bool,
    },
}

/// A request that may pass, with the proof its use case asks for.
#[derive(Debug, Clone)]
pub enum Admitted {
    /// Through a public door; whoever it is.
    Anyone(Option<Admission>),
    /// To the wizard.
    Enrolling(Enrolling),
    /// To the code screen.
    AwaitingCode(AwaitingCode),
    /// To what ends a recovery.
    Recovering(Recovering),
    /// To everything the account has for its users.
    Fresh(Fresh),
}

/// A session at the moment it was admitted.
#[derive(Debug, Clone)]
pub struct Admission {
    // Boxed, since a proof goes from hand to hand and what is in it is large.
    signed_in: Box<SignedIn>,
    level: Level,
    at: Timestamp,
}

/// Proof of a right password of a user without an authenticator, of a recovery, or of a wizard that is not finished.
/// Only [`admit`] makes one.
#[derive(Debug, Clone)]
pub struct Enrolling(Admission);

/// Proof of a right password of a user whose second factor is due. Only [`admit`] makes one.
#[derive(Debug, Clone)]
pub struct AwaitingCode(Admission);

/// Proof of a recovery that is not finished. Only [`admit`] makes one.
#[derive(Debug, Clone)]
pub struct Recovering(Admission);

/// Proof of a second factor younger than the account's setting. Only [`admit`] makes one.
#[derive(Debug, Clone)]
pub struct Fresh(Admission);

/// Why a request may not pass, and so where it goes instead.
#[must_use]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// There is no session, or it has ended.
    SignIn,
    /// The authenticator has to be set up first.
    Enroll,
    /// A second factor is due.
    VerifyMfa,
    /// The recovery has to be finished first.
    Recover,
    /// An authenticator's code of the last ten minutes is asked for.
    StepUp,
    /// Only admins pass here.
    NotAdmin,
    /// There is nothing to do here: the second factor is young enough.
    AlreadyFresh,
}

/// Step-up: what changes a factor or another person asks for a second factor of the last ten minutes.
pub const RECENT: Duration = Duration::from_mins(10);

/// How far in the future a proof may lie before the clock is not believed.
const CLOCK_TOLERANCE: Duration = Duration::from_mins(1);

/// Decides whether a request may pass a door at `now`.
///
/// # Errors
/// [`Refusal`] says what is missing.
pub fn admit(gate: Gate, presented: Option<Box<SignedIn>>, now: Timestamp) -> Result<Admitted, Refusal> {
    let admission = presented.and_then(|signed_in| {
        let level = level(&signed_in, now)?;
        Some(Admission { signed_in, level, at: now })
    });
    if gate == Gate::Public {
        return Ok(Admitted::Anyone(admission));
    }
    let admission = admission.ok_or(Refusal::SignIn)?;
    match (gate, admission.level) {
        (Gate::Enrolling, Level::Enrolling { .. } | Level::Recovering { .. }) => {
            Ok(Admitted::Enrolling(Enrolling(admission)))
        }
        // Whoever has bound an authenticator finishes the wizard first.
        (Gate::Profile, Level::Enrolling { .. }) if admission.signed_in.person.credential.record.binding.is_none() => {
            Ok(Admitted::Enrolling(Enrolling(admission)))
        }
        (Gate::Recovering, Level::Recovering { .. }) => Ok(Admitted::Recovering(Recovering(admission))),
        (Gate::PendingCode, Level::PendingCode { .. } | Level::Elapsed { .. }) => {
            Ok(Admitted::AwaitingCode(AwaitingCode(admission)))
        }
        (_, Level::Enrolling { .. }) => Err(Refusal::Enroll),
        (_, Level::PendingCode { .. } | Level::Elapsed { .. }) => Err(Refusal::VerifyMfa),
        (_, Level::Recovering { .. }) => Err(Refusal::Recover),
        (Gate::Enrolling | Gate::PendingCode | Gate::Recovering, Level::Fresh { .. }) => Err(Refusal::AlreadyFresh),
        (Gate::Public | Gate::Profile | Gate::Fresh, Level::Fresh { .. }) => Ok(Admitted::Fresh(Fresh(admission))),
        (Gate::Recent | Gate::FreshAdmin | Gate::RecentAdmin, Level::Fresh { recent, .. }) => {
            if gate != Gate::Recent && !admission.is_admin() {
                Err(Refusal::NotAdmin)
            } else if gate != Gate::FreshAdmin && !recent {
                Err(Refusal::StepUp)
            } else {
                Ok(Admitted::Fresh(Fresh(admission)))
            }
        }
    }
}

/// What a session amounts to at `now`; `None` if it has ended.
fn level(signed_in: &SignedIn, now: Timestamp) -> Option<Level> {
    let SignedIn { session, superseded_until, person, .. } = signed_in;
    let user = &person.credential.record;
    // A grace that would last longer than any was given when the clock stood further on: it may have ended.
    let longest = now.plus(Session::GRACE + CLOCK_TOLERANCE);
    let superseded = superseded_until.is_some_and(|until| now >= until || until > longest);
    let password = user.password.as_ref().filter(|_| user.standing == Standing::Active && !superseded)?;
    let in_the_future = |at: Timestamp| at > now.plus(CLOCK_TOLERANCE);
    match (&session.proof, &user.binding) {
        // Our clock was wrong when it began, or is now: nobody knows for how long it would last.
        (Proof::Password { .. }, _) if in_the_future(session.password_at) => None,
        (Proof::Recovered { at, .. }, _) if in_the_future(*at) => None,
        // Too many strangers knew it.
        (Proof::Password { .. }, _) if password.is_void() => None,
        (Proof::Password { .. }, None) => {
            let until = session.password_at.plus(Session::ENROLLING_LIFE).min(password.enrolls_until());
            (now < until && !in_the_future(password.set_at)).then_some(Level::Enrolling { until })
        }
        (Proof::Password { wrong_codes }, Some(_)) => {
            let until = session.password_at.plus(Session::PENDING_LIFE);
            (now < until && *wrong_codes < Session::MOST_WRONG_CODES).then_some(Level::PendingCode { until })
        }
        (Proof::Recovered { by, at }, Some(_)) => {
            let until = at.plus(Session::ENROLLING_LIFE);
            (now < until).then_some(Level::Recovering { by: *by, until })
        }
        // Something was proved, and there is no authenticator it could have been proved with: nothing of ours does that.
        (Proof::SecondFactor { .. } | Proof::Recovered { .. }, None) => None,
        (Proof::SecondFactor { mfa_at, authenticator_at }, Some(_)) => lives(session, now).then(|| {
            match freshness(session, *mfa_at, *authenticator_at, person.account.record.policy(), now) {
                Level::Fresh { until, .. } if is_in_the_wizard(session, user.enrollment.as_ref()) => {
                    Level::Enrolling { until }
                }
                level => level,
            }
        }),
    }
}

/// Whether a session with a second factor is neither too old nor unused for too long.
fn lives(session: &Session, now: Timestamp) -> bool {
    now < session.password_at.plus(Session::ABSOLUTE_LIFE) && now < session.last_seen.plus(Session::IDLE_LIFE)
}

/// Whether a session had its second factor once and has not ended: its browser is signed in, though a code may be due.
pub(crate) fn is_signed_in(session: &Session, now: Timestamp) -> bool {
    matches!(session.proof, Proof::SecondFactor { .. }) && lives(session, now)
}

/// Whether a session has a second factor that is young enough for `policy` at `now`.
pub(crate) fn is_fresh(session: &Session, policy: Policy, now: Timestamp) -> bool {
    match session.proof {
        Proof::SecondFactor { mfa_at, authenticator_at } => {
            let level = freshness(session, mfa_at, authenticator_at, policy, now);
            lives(session, now) && matches!(level, Level::Fresh { .. })
        }
        Proof::Password { .. } | Proof::Recovered { .. } => false,
    }
}

/// Whether this session has bound the authenticator and has yet to finish the wizard: until then it goes nowhere else.
fn is_in_the_wizard(session: &Session, enrollment: Option<&Enrollment>) -> bool {
    enrollment.is_some_and(|enrollment| enrollment.is_past_binding() && *enrollment.session() == session.id)
}

/// Whether a second factor verified at `mfa_at` is young enough at `now` for what the account asks at present.
///
/// It is not if it is as old as the setting, if it was dead before the setting was made longer, or if it lies more
/// than a minute ahead: then our clock was wrong, and nobody knows how old it is. If the clock was set back, it is as
/// old as it was when the session was last seen.
fn freshness(
    session: &Session,
    mfa_at: Timestamp,
    authenticator_at: Option<Timestamp>,
    policy: Policy,
    now: Timestamp,
) -> Level {
    let age_of = |proof: Timestamp| now.max(session.last_seen).since(proof).unwrap_or_default();
    let from_the_future = mfa_at > now.plus(CLOCK_TOLERANCE);
    let died_before = policy.dead_before.is_some_and(|dead| mfa_at <= dead);
    if from_the_future || died_before || age_of(mfa_at) >= policy.mfa_window.span() {
        return Level::Elapsed { mfa_at };
    }
    let recent = authenticator_at.is_some_and(|at| at <= now.plus(CLOCK_TOLERANCE) && age_of(at) < RECENT);
    Level::Fresh { mfa_at, until: mfa_at.plus(policy.mfa_window.span()), recent }
}

impl Admission {
    /// The session, the user and the account as they were when the request was admitted.
    #[must_use]
    pub fn signed_in(&self) -> &SignedIn {
        &self.signed_in
    }

    /// What the session amounts to.
    #[must_use]
    pub fn level(&self) -> Level {
        self.level
    }

    /// When the request was admitted.
    #[must_use]
    pub fn at(&self) -> Timestamp {
        self.at
    }

    /// Whether they are an admin.
    #[must_use]
    pub fn is_admin(&self) -> bool {
        self.signed_in.person.credential.record.role == Role::Admin
    }
}

impl Admitted {
    /// The session the request came with, whichever door it passed.
    #[must_use]
    pub fn admission(&self) -> Option<&Admission> {
        match self {
            Self::Anyone(admission) => admission.as_ref(),
            Self::Enrolling(Enrolling(admission))
            | Self::AwaitingCode(AwaitingCode(admission))
            | Self::Recovering(Recovering(admission))
            | Self::Fresh(Fresh(admission)) => Some(admission),
        }
    }
}

macro_rules! proof {
    ($($name:ident),*) => {$(
        impl $name {
            /// The session it was made from.
            #[must_use]
            pub fn admission(&self) -> &Admission {
                &self.0
            }
        }
    )*};
}
proof!(Enrolling, AwaitingCode, Recovering, Fresh);

#[cfg(test)]
mod tests {
    use domain::MfaWindow;
    use proptest::prelude::*;

    use super::*;
    use crate::testing::{a_binding, a_signed_in};

    const NOW: Timestamp = Timestamp::from_seconds(2_000_000_000);
    const DAY: u64 = 86400;

    fn ago(seconds: u64) -> Timestamp {
        NOW.minus(Duration::from_secs(seconds))
    }

    /// An enrolled member in the default account whose second factor is `age` seconds old and who clicked just now.
    fn verified(age: u64) -> SignedIn {
        let mut signed_in = a_signed_in(NOW);
        signed_in.person.credential.record.binding = Some(a_binding());
        signed_in.session.password_at = ago(age);
        signed_in.session.proof = Proof::SecondFactor { mfa_at: ago(age), authenticator_at: Some(ago(age)) };
        signed_in
    }

    fn pending(age: u64) -> SignedIn {
        let mut signed_in = verified(age);
        signed_in.session.proof = Proof::Password { wrong_codes: 0 };
        signed_in
    }

    fn enrolling(age: u64) -> SignedIn {
        let mut signed_in = pending(age);
        let user = &mut signed_in.person.credential.record;
        (user.binding, user.password.as_mut().unwrap().set_at) = (None, ago(3600));
        signed_in
    }

    fn recovering(by: RecoveryMeans, age: u64) -> SignedIn {
        let mut signed_in = pending(age + 60);
        signed_in.session.proof = Proof::Recovered { by, at: ago(age) };
        signed_in
    }

    fn in_the_wizard(age: u64) -> SignedIn {
        let mut signed_in = verified(age);
        let session = signed_in.session.id.clone();
        signed_in.person.credential.record.enrollment = Some(Enrollment::SavingCodes { session });
        signed_in
    }

    fn verdict(gate: Gate, signed_in: SignedIn) -> Result<(), Refusal> {
        admit(gate, Some(Box::new(signed_in)), NOW).map(|_| ())
    }

    const ALL: [Gate; 8] = [
        Gate::Enrolling,
        Gate::Profile,
        Gate::PendingCode,
        Gate::Recovering,
        Gate::Fresh,
        Gate::Recent,
        Gate::FreshAdmin,
        Gate::RecentAdmin,
    ];

    #[test]
    fn who_has_no_session_passes_public_doors_only() {
        assert!(admit(Gate::Public, None, NOW).is_ok());
        for gate in ALL {
            assert_eq!(admit(gate, None, NOW).map(|_| ()), Err(Refusal::SignIn), "{gate:?}");
        }
    }

    #[test]
    fn a_password_alone_reaches_the_wizard_or_the_code_screen_and_nothing_else() {
        for gate in ALL {
            let wizard = if matches!(gate, Gate::Enrolling | Gate::Profile) { Ok(()) } else { Err(Refusal::Enroll) };
            let code = if gate == Gate::PendingCode { Ok(()) } else { Err(Refusal::VerifyMfa) };
            assert_eq!(verdict(gate, enrolling(0)), wizard, "{gate:?}");
            assert_eq!(verdict(gate, pending(0)), code, "{gate:?}");
        }
    }

    #[test]
    fn a_recovery_reaches_the_wizard_and_its_own_screen_and_nothing_else() {
        for by in [RecoveryMeans::Code, RecoveryMeans::Text] {
            for gate in ALL {
                let open = matches!(gate, Gate::Enrolling | Gate::Recovering);
                let expected = if open { Ok(()) } else { Err(Refusal::Recover) };
                assert_eq!(verdict(gate, recovering(by, 0)), expected, "{gate:?}");
            }
            assert_eq!(verdict(Gate::Recovering, recovering(by, 3599)), Ok(()));
            assert_eq!(verdict(Gate::Recovering, recovering(by, 3600)), Err(Refusal::SignIn));
        }
        let mut without_authenticator = recovering(RecoveryMeans::Code, 0);
        without_authenticator.person.credential.record.binding = None;
        assert_eq!(verdict(Gate::Enrolling, without_authenticator), Err(Refusal::SignIn));
    }

    #[test]
    fn a_wizard_that_is_not_finished_leads_every_door_of_its_session_to_it_and_no_other_sessions() {
        for gate in ALL {
            let expected = if gate == Gate::Enrolling { Ok(()) } else { Err(Refusal::Enroll) };
            assert_eq!(verdict(gate, in_the_wizard(0)), expected, "{gate:?}");
        }
        let mut other = in_the_wizard(0);
        other.session.id = domain::SessionId::from_random([9; 16]);
        assert_eq!(verdict(Gate::Fresh, other), Ok(()));
    }

    #[test]
    fn a_wizard_that_is_not_finished_makes_no_second_factor_younger() {
        assert_eq!(verdict(Gate::Enrolling, in_the_wizard(30 * DAY)), Err(Refusal::VerifyMfa));
        assert_eq!(verdict(Gate::PendingCode, in_the_wizard(30 * DAY)), Ok(()));
    }

    #[test]
    fn a_password_alone_enrolls_for_a_day_after_it_was_set() {
        let set = |age: u64| {
            let mut signed_in = enrolling(0);
            signed_in.person.credential.record.password.as_mut().unwrap().set_at = ago(age);
            verdict(Gate::Enrolling, signed_in)
        };

        assert_eq!(set(DAY - 1), Ok(()));
        assert_eq!(set(DAY), Err(Refusal::SignIn));
        let mut ahead = enrolling(0);
        ahead.person.credential.record.password.as_mut().unwrap().set_at = NOW.plus(Duration::from_secs(61));
        assert_eq!(verdict(Gate::Enrolling, ahead), Err(Refusal::SignIn));
    }

    #[test]
    fn a_password_that_was_voided_leads_nowhere_and_sessions_stay() {
        let void = |mut signed_in: SignedIn| {
            signed_in.person.credential.record.password.as_mut().unwrap().abuses = 50;
            signed_in
        };

        assert_eq!(verdict(Gate::PendingCode, void(pending(0))), Err(Refusal::SignIn));
        assert_eq!(verdict(Gate::Enrolling, void(enrolling(0))), Err(Refusal::SignIn));
        assert_eq!(verdict(Gate::Fresh, void(verified(0))), Ok(()));
    }

    #[test]
    fn step_up_asks_for_an_authenticator_however_fresh_the_second_factor_is() {
        let mut by_text = verified(0);
        by_text.session.proof = Proof::SecondFactor { mfa_at: NOW, authenticator_at: None };

        assert_eq!(verdict(Gate::Fresh, by_text.clone()), Ok(()));
        assert_eq!(verdict(Gate::Recent, by_text), Err(Refusal::StepUp));
    }

    #[test]
    fn one_second_before_the_window_ends_the_door_is_open_and_at_its_end_it_is_not() {
        for window in MfaWindow::CHOICES.into_iter().filter(|window| window.span() < Session::IDLE_LIFE) {
            let seconds = u64::from(window.seconds());
            let with = |age| {
                let mut signed_in = verified(age);
                signed_in.person.account.record.mfa_window = window;
                verdict(Gate::Fresh, signed_in)
            };
            assert_eq!(with(seconds - 1), Ok(()), "{}", window.words());
            assert_eq!(with(seconds), Err(Refusal::VerifyMfa), "{}", window.words());
        }
    }

    #[test]
    fn activity_never_makes_a_second_factor_younger() {
        let mut busy = verified(30 * DAY);
        busy.session.last_seen = NOW;

        assert_eq!(verdict(Gate::Fresh, busy.clone()), Err(Refusal::VerifyMfa));
        assert_eq!(verdict(Gate::PendingCode, busy), Ok(()));
    }

    #[test]
    fn a_longer_setting_revives_nothing_that_was_dead_when_it_was_saved() {
        let mut signed_in = verified(2 * 3600);
        signed_in.person.account.record.dead_before = Some(ago(3600));

        assert_eq!(verdict(Gate::Fresh, signed_in.clone()), Err(Refusal::VerifyMfa));

        signed_in.session.proof = Proof::SecondFactor { mfa_at: ago(3599), authenticator_at: None };
        assert_eq!(verdict(Gate::Fresh, signed_in), Ok(()));
    }

    #[test]
    fn a_second_factor_from_the_future_is_not_believed_beyond_a_minute() {
        for (ahead, open) in [(1, true), (60, true), (61, false), (86400, false)] {
            let mut signed_in = verified(0);
            signed_in.session.proof =
                Proof::SecondFactor { mfa_at: NOW.plus(Duration::from_secs(ahead)), authenticator_at: None };
            assert_eq!(verdict(Gate::Fresh, signed_in).is_ok(), open, "{ahead} s ahead");
        }
    }

    #[test]
    fn nothing_else_from_the_future_is_believed_beyond_a_minute_either() {
        for (ahead, open) in [(60, true), (61, false)] {
            let at = NOW.plus(Duration::from_secs(ahead));
            let [mut signs_in, mut comes_back, mut enrolls, mut steps_up] =
                [pending(0), recovering(RecoveryMeans::Code, 0), enrolling(0), verified(0)];
            signs_in.session.password_at = at;
            comes_back.session.proof = Proof::Recovered { by: RecoveryMeans::Code, at };
            enrolls.person.credential.record.password.as_mut().unwrap().set_at = at;
            steps_up.session.proof = Proof::SecondFactor { mfa_at: NOW, authenticator_at: Some(at) };

            for (gate, signed_in) in [
                (Gate::PendingCode, signs_in),
                (Gate::Recovering, comes_back),
                (Gate::Enrolling, enrolls),
                (Gate::Recent, steps_up),
            ] {
                assert_eq!(verdict(gate, signed_in).is_ok(), open, "{gate:?}: {ahead} s ahead");
            }
        }
    }

    #[test]
    fn sessions_end_by_age_by_idleness_and_by_the_time_a_sign_in_may_take() {
        let mut old = verified(0);
        old.session.password_at = ago(90 * DAY);
        let mut idle = verified(0);
        idle.session.last_seen = ago(7 * DAY);
        let mut almost = verified(0);
        (almost.session.password_at, almost.session.last_seen) = (ago(90 * DAY - 1), ago(7 * DAY - 1));

        assert_eq!(verdict(Gate::Fresh, old), Err(Refusal::SignIn));
        assert_eq!(verdict(Gate::Fresh, idle), Err(Refusal::SignIn));
        assert_eq!(verdict(Gate::Fresh, almost), Ok(()));
        assert_eq!(verdict(Gate::PendingCode, pending(599)), Ok(()));
        assert_eq!(verdict(Gate::PendingCode, pending(600)), Err(Refusal::SignIn));
        assert_eq!(verdict(Gate::Enrolling, enrolling(3599)), Ok(()));
        assert_eq!(verdict(Gate::Enrolling, enrolling(3600)), Err(Refusal::SignIn));
    }

    #[test]
    fn five_wrong_codes_end_a_pending_sign_in() {
        let mut signed_in = pending(0);
        signed_in.session.proof = Proof::Password { wrong_codes: Session::MOST_WRONG_CODES };

        assert_eq!(verdict(Gate::PendingCode, signed_in), Err(Refusal::SignIn));
    }

    #[test]
    fn a_deactivated_user_has_no_session_at_all() {
        let mut signed_in = verified(0);
        signed_in.person.credential.record.standing = Standing::Deactivated;

        assert_eq!(verdict(Gate::Fresh, signed_in.clone()), Err(Refusal::SignIn));
        assert!(admit(Gate::Public, Some(Box::new(signed_in)), NOW).unwrap().admission().is_none());
    }

    #[test]
    fn a_second_factor_without_an_authenticator_is_not_believed() {
        let mut signed_in = verified(0);
        signed_in.person.credential.record.binding = None;

        assert_eq!(verdict(Gate::Fresh, signed_in), Err(Refusal::SignIn));
    }

    #[test]
    fn a_superseded_token_keeps_its_old_rights_until_its_grace_ends() {
        let mut signed_in = verified(0);
        signed_in.superseded_until = Some(NOW.plus(Duration::from_millis(1)));
        assert_eq!(verdict(Gate::Fresh, signed_in.clone()), Ok(()));

        signed_in.superseded_until = Some(NOW);
        assert_eq!(verdict(Gate::Fresh, signed_in), Err(Refusal::SignIn));
    }

    #[test]
    fn a_superseded_token_has_no_right_that_would_outlast_the_grace_by_more_than_clocks_may_differ() {
        let mut signed_in = verified(0);
        let longest = NOW.plus(Session::GRACE + CLOCK_TOLERANCE);
        signed_in.superseded_until = Some(longest);
        assert_eq!(verdict(Gate::Fresh, signed_in.clone()), Ok(()));

        signed_in.superseded_until = Some(longest.plus(Duration::from_millis(1)));
        assert_eq!(verdict(Gate::Fresh, signed_in), Err(Refusal::SignIn));
    }

    #[test]
    fn step_up_and_admin_doors_ask_for_both() {
        let by = |role, age| {
            let mut signed_in = verified(age);
            signed_in.person.credential.record.role = role;
            ALL[4..].iter().map(|gate| verdict(*gate, signed_in.clone())).collect::<Vec<_>>()
        };

        let (not_admin, step_up) = (Err(Refusal::NotAdmin), Err(Refusal::StepUp));
        assert_eq!(by(Role::Member, 599), [Ok(()), Ok(()), not_admin, not_admin]);
        assert_eq!(by(Role::Member, 600), [Ok(()), step_up, not_admin, not_admin]);
        assert_eq!(by(Role::Admin, 599), [Ok(()), Ok(()), Ok(()), Ok(())]);
        assert_eq!(by(Role::Admin, 600), [Ok(()), step_up, Ok(()), step_up]);
    }

    #[test]
    fn who_is_in_has_nothing_to_do_at_the_code_screen_or_in_the_wizard() {
        assert_eq!(verdict(Gate::PendingCode, verified(0)), Err(Refusal::AlreadyFresh));
        assert_eq!(verdict(Gate::Enrolling, verified(0)), Err(Refusal::AlreadyFresh));
        assert_eq!(verdict(Gate::Profile, verified(0)), Ok(()));
    }

    proptest! {
        #[test]
        fn no_path_through_a_fresh_door_without_a_second_factor_younger_than_the_setting(
            age in -200_i64..40 * 86400, idle in 0_u64..10 * 86400, choice in 0_usize..10, dead in proptest::option::of(0_u64..40 * 86400),
            factor in any::<bool>(), bound in any::<bool>(), gate in 0_usize..8,
        ) {
            let mut signed_in = verified(0);
            let mfa_at = Timestamp::from_seconds(NOW.seconds() - age);
            let window = MfaWindow::CHOICES[choice];
            signed_in.session.last_seen = ago(idle);
            signed_in.session.password_at = ago(1);
            signed_in.person.account.record.mfa_window = window;
            signed_in.person.account.record.dead_before = dead.map(ago);
            if factor { signed_in.session.proof = Proof::SecondFactor { mfa_at, authenticator_at: Some(mfa_at) } } else { signed_in.session.proof = Proof::Password { wrong_codes: 0 } }
            if !bound { signed_in.person.credential.record.binding = None; }

            let verdict = admit(ALL[gate], Some(Box::new(signed_in)), NOW);

            if let Ok(Admitted::Fresh(_)) = verdict {
                prop_assert!(factor && bound);
                prop_assert!(age < i64::from(window.seconds()) && age >= -60);
                prop_assert!(dead.is_none_or(|dead| age < i64::try_from(dead).unwrap()));
                prop_assert!(idle < 7 * 86400);
            }
        }
    }
}
