//! Users: how they come in, and back.

use super::{PASSWORD, Walk};
use crate::testing::world::ways_back::{germany, number};
use crate::testing::{Browser, World};
use crate::{
    CodeRejected, EnrollmentStep, EnrollmentVerdict, EventKind, Gate, Judged, MessageKind, NextFactor, NoticeKind,
    Proof, ResetVerdict, SignIn, SignInRejected, TimeStep, Token,
};

impl Walk {
    fn browser(&self, who: usize, seat: usize) -> Browser {
        self.model.people[who].browsers[seat].clone()
    }

    async fn passes(&self, gate: Gate, who: usize, seat: usize) -> bool {
        self.world.passes(gate, &self.browser(who, seat)).await.is_ok()
    }

    fn is_known(&self, who: usize, seat: usize) -> bool {
        self.model.people[who].knows(self.browser(who, seat).cookie().as_ref(), self.world.now())
    }

    /// A second factor was right: the browser is known from now on, by the cookie it had if it was known by that.
    fn is_remembered(&mut self, who: usize, seat: usize, browser: Browser) {
        let (was_known, before) = (self.is_known(who, seat), self.browser(who, seat).cookie());
        let cookie = browser.cookie().expect("a cookie");
        assert_eq!(Some(&cookie) == before.as_ref(), was_known, "an unknown cookie came to be known");
        self.model.people[who].browsers[seat] = browser;
        self.model.is_remembered(who, cookie, self.world.now());
    }

    pub(super) async fn enters_password(&mut self, who: usize, seat: usize) {
        let somebody = &self.model.people[who];
        let email = somebody.human.email.clone();
        // With the address of who was removed somebody else may sign in by now.
        if somebody.removed && self.model.is_taken(&email) {
            return;
        }
        let (may, has_phone) = (somebody.may_sign_in(), somebody.human.phone.is_some());
        let password = somebody.human.password.clone();
        let mut browser = self.browser(who, seat);
        let present = browser.session.as_ref().map(Token::hash);
        let written = self.world.store.written().len();
        let answer = self.world.enters_password(&mut browser, &email, &password).await;
        self.gets_reset_links(written, who);
        match answer {
            SignIn::Proceed { then, .. } => {
                assert!(may, "{email:?} signed in");
                assert_eq!(then == NextFactor::Code, has_phone);
                self.model.sessions.retain(|_, stay| Some(&stay.token) != present.as_ref());
                self.model.people[who].browsers[seat] = browser;
                self.has_its_session(who, seat).await;
            }
            SignIn::LinkMailed => assert!(may && !has_phone),
            SignIn::Rejected(SignInRejected::WrongCredentials) => {
                assert!(!may, "{email:?} was not let in");
                *self.model.wrong_passwords.entry(email).or_default() += 1;
            }
            SignIn::Rejected(SignInRejected::Wait { .. }) => assert!(self.model.wrong_passwords[&email] >= 10),
            SignIn::Rejected(SignInRejected::ResetNeeded) => panic!("a hundred wrong passwords"),
        }
    }

    pub(super) async fn asks_for_a_reset(&mut self, who: usize) {
        let somebody = &self.model.people[who];
        let email = somebody.human.email.clone();
        if somebody.removed && self.model.is_taken(&email) {
            return;
        }
        let written = self.world.store.written().len();
        self.world.asks_for_a_reset(&email).await;
        self.gets_reset_links(written, who);
    }

    /// Notes the links that were mailed since then; each voids those before.
    fn gets_reset_links(&mut self, written: usize, who: usize) {
        let now = self.world.now();
        for message in self.written_since(written).1 {
            let (MessageKind::PasswordReset { link, .. } | MessageKind::EnrollmentReopened { link, .. }) =
                message.about
            else {
                continue;
            };
            let (somebody, link) = (&mut self.model.people[who], link.reveal().parse::<Token>().unwrap());
            assert!(somebody.may_sign_in(), "a link was mailed to {:?}", somebody.human.email);
            somebody.reset = Some((link.hash(), now));
            self.resets.push((who, link));
        }
    }

    /// Whoever has a link follows it, whether or not it is still good.
    pub(super) async fn resets(&mut self, back: usize) -> Option<usize> {
        let (whose, link) = self.resets.iter().rev().nth(back)?.clone();
        let good = self.model.people[whose].may_reset_by(&link, self.world.now());
        let written = self.world.store.written().len();

        let verdict = self.world.resets(&link, PASSWORD, &Browser::new()).await;

        assert_eq!(matches!(verdict, ResetVerdict::Set { .. }), good, "{verdict:?}");
        if good {
            self.is_told(written, whose, &EventKind::PasswordReset, &NoticeKind::PasswordChanged);
            let somebody = &mut self.model.people[whose];
            (somebody.reset, somebody.human.password) = (None, PASSWORD.into());
            somebody.known.clear();
            self.model.ends_all_of(whose, None);
        } else {
            assert_eq!(self.world.store.written().len(), written);
        }
        Some(self.model.people[whose].account)
    }

    pub(super) async fn enters_code(&mut self, who: usize, seat: usize) {
        self.world.clock.advance(World::STEP);
        let now = self.world.now();
        let record = self.world.record(&self.model.people[who].human).await;
        let spent = record.binding.is_none_or(|binding| TimeStep::at(now).is_none_or(|step| step <= binding.last_step));
        let pending = self.passes(Gate::PendingCode, who, seat).await;
        if spent || !(pending || self.passes(Gate::Fresh, who, seat).await) {
            return;
        }
        let (known, mut browser) = (self.is_known(who, seat), self.browser(who, seat));
        let session = self.world.session(&browser).await.unwrap();
        let signs_in = matches!(session.proof, Proof::Password { .. });
        let code = self.model.people[who].human.code(now);
        let verdict = if pending {
            self.world.enters_code(&mut browser, &code).await
        } else {
            self.world.renews(&mut browser, &code).await
        };
        let somebody = &self.model.people[who];
        match verdict {
            Judged::Accepted(_) => {
                assert!(somebody.may_sign_in());
                assert!(known || !somebody.locked, "a stranger was let in though they are locked out");
                assert!(known || !signs_in || !somebody.must_recover, "an unlocked user came in without a recovery");
                self.is_remembered(who, seat, browser);
                self.has_its_session(who, seat).await;
                let factor = self.model.sessions[&session.id].factor.expect("a second factor");
                assert_eq!((factor.at, factor.authenticator_at), (now, Some(now)));
            }
            Judged::Rejected(CodeRejected::Locked) => assert!(!known && somebody.locked),
            Judged::Rejected(CodeRejected::Recover) => assert!(!known && signs_in && somebody.must_recover),
            other => panic!("{other:?}"),
        }
    }

    /// Goes through the wizard from its beginning to its end: for the first time, or in a recovery.
    pub(super) async fn enrolls(&mut self, who: usize, seat: usize) {
        if !self.passes(Gate::Enrolling, who, seat).await {
            return;
        }
        let (world, mut browser) = (self.world.clone(), self.browser(who, seat));
        let phone = world.scans_a_key(&browser).await;
        let written = world.store.written().len();
        let verdict = world.confirms(&mut browser, &phone.code(world.now())).await;
        assert!(matches!(verdict, EnrollmentVerdict::Bound(_)), "{verdict:?}");
        let first = self.model.people[who].human.phone.replace(phone).is_none();
        let (bound, notice) = if first {
            (EventKind::AuthenticatorBound, NoticeKind::AuthenticatorBound)
        } else {
            (EventKind::AuthenticatorReplaced, NoticeKind::AuthenticatorReplaced)
        };
        self.is_told(written, who, &bound, &notice);
        if !first {
            self.knows_no_other_browser(who, seat);
        }
        self.is_remembered(who, seat, browser);
        self.leaves_the_wizard(who, seat).await;
    }

    /// Nothing else of theirs is signed in, and who is to save codes saves them.
    async fn leaves_the_wizard(&mut self, who: usize, seat: usize) {
        let (world, browser) = (self.world.clone(), self.browser(who, seat));
        if world.passes(Gate::Enrolling, &browser).await.is_ok() {
            let EnrollmentStep::SaveCodes { codes, .. } = world.wizard(&browser).await else { panic!("no codes") };
            world.finishes_wizard(&browser).await;
            let somebody = &mut self.model.people[who];
            if codes.len() > 1 {
                somebody.good_codes = codes;
            }
        }
        self.model.people[who].must_recover = false;
        let session = world.session(&browser).await.unwrap().id;
        self.model.ends_all_of(who, Some(&session));
        self.has_its_session(who, seat).await;
        assert_eq!(self.model.sessions[&session].factor.map(|factor| factor.at), Some(world.now()));
    }

    pub(super) async fn enters_recovery_code(&mut self, who: usize, seat: usize) {
        let Some(code) = self.model.people[who].good_codes.first().cloned() else { return };
        if !self.passes(Gate::PendingCode, who, seat).await {
            return;
        }
        let (known, mut browser) = (self.is_known(who, seat), self.browser(who, seat));
        let written = self.world.store.written().len();
        let verdict = self.world.enters_recovery_code(&mut browser, &code).await;
        match verdict {
            Judged::Accepted(_) => {
                assert!(known || !self.model.people[who].locked, "a stranger was let in though they are locked out");
                self.tells_of_a_used_code(written, who);
                let proof = self.world.recovering(&browser).await;
                let replacement = self.world.verifier.recovery_state(&proof).unwrap().replacement;
                let somebody = &mut self.model.people[who];
                somebody.good_codes.remove(0);
                somebody.good_codes.extend(replacement);
                somebody.browsers[seat] = browser;
                self.has_its_session(who, seat).await;
            }
            Judged::Rejected(CodeRejected::Locked) => assert!(!known && self.model.people[who].locked),
            other => panic!("{other:?}"),
        }
    }

    fn tells_of_a_used_code(&self, written: usize, who: usize) {
        let (events, messages) = self.written_since(written);
        let user = Some(&self.model.people[who].human.user);
        let is_use = |kind: &EventKind| matches!(kind, EventKind::RecoveryCodeAccepted { .. });
        assert!(events.iter().any(|event| is_use(&event.kind) && event.user.as_ref() == user), "{events:?}");
        let notices = super::super::notices(&messages);
        assert!(notices.iter().any(|what| matches!(what, NoticeKind::RecoveryCodeUsed { .. })), "{notices:?}");
    }

    pub(super) async fn keeps_authenticator(&mut self, who: usize, seat: usize) {
        if !self.passes(Gate::Recovering, who, seat).await {
            return;
        }
        let mut browser = self.browser(who, seat);
        let verdict = self.world.keeps_authenticator(&mut browser, None).await;
        assert!(matches!(verdict, Judged::Accepted(_)), "{verdict:?}");
        self.knows_no_other_browser(who, seat);
        self.is_remembered(who, seat, browser);
        self.leaves_the_wizard(who, seat).await;
    }

    /// What a recovery and a new password do.
    pub(super) fn knows_no_other_browser(&mut self, who: usize, seat: usize) {
        let cookie = self.browser(who, seat).cookie();
        self.model.people[who].known.retain(|(known, _)| Some(known) == cookie.as_ref());
    }

    pub(super) async fn signs_out(&mut self, who: usize, seat: usize) {
        let browser = self.browser(who, seat);
        let Some(token) = &browser.session else { return };
        self.world.signs_out(&browser).await;
        self.model.sessions.retain(|_, stay| stay.token != token.hash());
    }

    pub(super) async fn is_locked_out(&mut self, who: usize) {
        let somebody = &mut self.model.people[who];
        if somebody.human.phone.is_some() {
            self.world.is_locked_out(&somebody.human).await;
            somebody.locked = true;
        }
    }

    pub(super) async fn loses_codes(&mut self, who: usize) {
        let somebody = &mut self.model.people[who];
        let user = somebody.human.user.clone();
        self.world.rewrites(&user, |record| (record.codes, record.shown_codes) = (None, None)).await;
        somebody.good_codes.clear();
    }

    /// Confirms another mobile, if they are protected and have room for it.
    pub(super) async fn gains_mobile(&mut self, who: usize) {
        let somebody = &mut self.model.people[who];
        if somebody.human.phone.is_none() || somebody.mobiles.len() >= 5 {
            return;
        }
        let number = number(self.model.mobiles.len());
        let id = self.world.has_mobile(&somebody.human, number.as_str()).await;
        somebody.mobiles.push((id.clone(), number));
        self.model.mobiles.push((who, id));
        self.model.texts[somebody.account].countries.insert(germany());
    }

    pub(super) async fn holds_ways_back(&mut self, who: usize) {
        let (somebody, now) = (&mut self.model.people[who], self.world.now());
        let user = somebody.human.user.clone();
        self.world.rewrites(&user, |record| record.recovered_by_text_at = Some(now)).await;
        somebody.texted_back_at = Some(now);
    }

    /// Fails unless a change of a factor is in the log and in a mail to its owner.
    pub(super) fn is_told(&self, written: usize, who: usize, kind: &EventKind, notice: &NoticeKind) {
        let (events, messages) = self.written_since(written);
        let human = &self.model.people[who].human;
        let logged = |event: &crate::SecurityEvent| event.kind == *kind && event.user.as_ref() == Some(&human.user);
        assert!(events.iter().any(logged), "{kind:?} is not in the log: {events:?}");
        let to = crate::Recipient::Mail(human.email.clone());
        let mailed = messages.iter().filter(|message| message.to == to).cloned().collect::<Vec<_>>();
        assert!(super::super::notices(&mailed).contains(notice), "{notice:?} was not mailed");
    }
}
