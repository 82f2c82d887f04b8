//! What people do who lost their phone or their password, and what is done to them, in sentences.

use domain::{Country, EmailAddress, MobileId, OneTimeCode, PhoneNumber, RecoveryCode};

use super::{World, fit};
use crate::testing::{Browser, Human};
use crate::{
    Admitted, Budget, CodeVerdict, CredentialRecord, EnrollmentStep, EnrollmentVerdict, Fresh, Gate, LinkToken,
    MessageKind, Mobile, NextFactor, Recipient, Recovering, RecoveryVerdict, ResetVerdict, TextVerdict, Token,
};

impl World {
    // Who there is.

    /// Somebody who is protected and has a recovery mobile.
    pub async fn with_mobile(&self, email: &str, number: &str) -> (Human, MobileId) {
        let human = self.protected(email).await;
        let mobile = self.has_mobile(&human, number).await;
        (human, mobile)
    }

    /// Ada, who is protected and has a recovery mobile.
    pub async fn ada_with_mobile(&self) -> (Human, MobileId) {
        self.with_mobile("ada@example.com", NUMBER).await
    }

    /// Gives somebody a recovery mobile, as if they had confirmed it when they enrolled.
    pub async fn has_mobile(&self, human: &Human, number: &str) -> MobileId {
        let mut id = [0; 16];
        self.verifier.entropy().fill(&mut id).unwrap();
        let id = MobileId::from_random(id);
        let (number, country, confirmed_at) = (number.parse().unwrap(), germany(), self.now());
        let mobile = Mobile { id: id.clone(), number, country, confirmed_at };
        self.rewrites(&human.user, |record| record.mobiles.push(mobile)).await;
        self.rewrites_account(&human.account, |account| account.texts.countries.extend([germany()])).await;
        id
    }

    // What they do.

    /// Somebody types a recovery code on the code screen.
    pub async fn enters_recovery_code(&self, browser: &mut Browser, code: &RecoveryCode) -> RecoveryVerdict {
        let proof = self.awaiting_code(browser).await;
        let verdict = self.verifier.use_recovery_code(&proof, code, &browser.claimant()).await.unwrap();
        follows(browser, &verdict);
        verdict
    }

    /// Somebody asks for a text on the code screen.
    pub async fn asks_for_a_text(&self, browser: &Browser, mobile: &MobileId) -> TextVerdict {
        let proof = self.awaiting_code(browser).await;
        self.verifier.text_recovery_code(&proof, mobile, &browser.claimant()).await.unwrap()
    }

    /// Somebody types a code from a text message on the code screen.
    pub async fn enters_text_code(&self, browser: &mut Browser, code: &OneTimeCode) -> RecoveryVerdict {
        let proof = self.awaiting_code(browser).await;
        let verdict = self.verifier.use_text_code(&proof, code, &browser.claimant()).await.unwrap();
        follows(browser, &verdict);
        verdict
    }

    /// Somebody is asked for a code, and gets a text with one.
    pub async fn is_texted(&self, browser: &Browser, mobile: &MobileId, number: &str) -> OneTimeCode {
        let verdict = self.asks_for_a_text(browser, mobile).await;
        assert!(matches!(verdict, TextVerdict::Sent(_)), "{verdict:?}");
        self.texted_code(number).await
    }

    /// Somebody says in a recovery that they still have their authenticator.
    pub async fn keeps_authenticator(&self, browser: &mut Browser, code: Option<&OneTimeCode>) -> CodeVerdict {
        let proof = self.recovering(browser).await;
        let verdict = self.verifier.keep_authenticator(&proof, code, &browser.claimant()).await.unwrap();
        if let CodeVerdict::Accepted(upgrade) = &verdict {
            browser.keeps(upgrade);
        }
        verdict
    }

    /// Somebody types the password and a recovery code of `human`.
    pub async fn comes_back_by_code(&self, human: &Human, browser: &mut Browser, code: &RecoveryCode) {
        assert_eq!(self.knows_the_password_of(human, browser).await, NextFactor::Code);
        let verdict = self.enters_recovery_code(browser, code).await;
        assert!(matches!(verdict, RecoveryVerdict::Accepted(_)), "{verdict:?}");
    }

    /// Somebody types the password of `human` and a code that was texted to them.
    pub async fn comes_back_by_text(&self, human: &Human, browser: &mut Browser, mobile: &MobileId, number: &str) {
        assert_eq!(self.knows_the_password_of(human, browser).await, NextFactor::Code);
        let code = self.is_texted(browser, mobile, number).await;
        let verdict = self.enters_text_code(browser, &code).await;
        assert!(matches!(verdict, RecoveryVerdict::Accepted(_)), "{verdict:?}");
    }

    /// Somebody in a recovery binds another authenticator.
    pub async fn binds_anew(&self, human: &mut Human, browser: &mut Browser) {
        let phone = self.scans_a_key(browser).await;
        let verdict = self.confirms(browser, &phone.code(self.now())).await;
        assert!(matches!(verdict, EnrollmentVerdict::Bound(_)), "{verdict:?}");
        human.phone = Some(phone);
    }

    /// Somebody who is in types a code: to renew their second factor, or for step-up.
    pub async fn renews(&self, browser: &mut Browser, code: &OneTimeCode) -> CodeVerdict {
        let proof = self.fresh(browser).await;
        let verdict = self.verifier.renew(&proof, code, &browser.claimant()).await.unwrap();
        if let CodeVerdict::Accepted(upgrade) = &verdict {
            browser.keeps(upgrade);
        }
        verdict
    }

    /// Somebody who is in types the code of `human` once the phone shows the next one.
    pub async fn steps_up(&self, human: &Human, browser: &mut Browser) {
        self.clock.advance(Self::STEP);
        let verdict = self.renews(browser, &human.code(self.now())).await;
        assert!(matches!(verdict, CodeVerdict::Accepted(_)), "{verdict:?}");
    }

    /// Somebody says that they have forgotten the password of this address.
    pub async fn asks_for_a_reset(&self, email: &EmailAddress) {
        self.verifier.request_reset(email, &Browser::new().claimant()).await.unwrap();
    }

    /// Somebody asks for a link to set a new password, and gets it.
    pub async fn is_mailed_a_reset(&self, human: &Human) -> Token {
        let before = self.messages().await;
        self.asks_for_a_reset(&human.email).await;
        let mut mailed = self.messages().await;
        mailed.retain(|message| !before.contains(message));
        match mailed.pop().map(|message| message.about) {
            Some(MessageKind::PasswordReset { link, .. }) => link.reveal().parse().unwrap(),
            other => panic!("no link was mailed: {other:?}"),
        }
    }

    /// Somebody posts a new password by a link.
    pub async fn resets(&self, link: &Token, password: &str, browser: &Browser) -> ResetVerdict {
        let present = browser.session.as_ref();
        self.verifier.reset_password(link, &fit(password), present, &browser.claimant()).await.unwrap()
    }

    // What they see.

    /// The proof of a browser in a recovery.
    pub async fn recovering(&self, browser: &Browser) -> Recovering {
        match self.admitted(Gate::Recovering, browser).await {
            Ok(Admitted::Recovering(proof)) => proof,
            other => panic!("not in a recovery: {other:?}"),
        }
    }

    /// The proof of a browser that is in.
    pub async fn fresh(&self, browser: &Browser) -> Fresh {
        match self.admitted(Gate::Fresh, browser).await {
            Ok(Admitted::Fresh(proof)) => proof,
            other => panic!("not in: {other:?}"),
        }
    }

    /// The recovery codes that the wizard shows.
    pub async fn reads_the_codes(&self, browser: &Browser) -> Vec<RecoveryCode> {
        match self.wizard(browser).await {
            EnrollmentStep::SaveCodes { codes, .. } => codes,
            _ => panic!("the wizard shows no recovery codes"),
        }
    }

    /// The code in the last text to a number.
    pub async fn texted_code(&self, number: &str) -> OneTimeCode {
        let to = Recipient::Text(number.parse().unwrap());
        let texts = self.messages().await.into_iter().rev().filter(|message| message.to == to);
        let code = texts.into_iter().find_map(|message| match message.about {
            MessageKind::TextCode { code, .. } => Some(code),
            _ => None,
        });
        code.expect("a text with a code").reveal().parse().unwrap()
    }

    /// How many texts with a code went to a number.
    pub async fn texts_to(&self, number: &str) -> usize {
        let to = Recipient::Text(number.parse().unwrap());
        let is_code = |about: &MessageKind| matches!(about, MessageKind::TextCode { .. });
        self.messages().await.iter().filter(|message| message.to == to && is_code(&message.about)).count()
    }

    /// The link in the last mail to an address.
    pub async fn mailed_link(&self, email: &EmailAddress) -> Token {
        let to = Recipient::Mail(email.clone());
        let mails = self.messages().await.into_iter().rev().filter(|message| message.to == to);
        let link = mails.into_iter().find_map(|message| match message.about {
            MessageKind::PasswordReset { link, .. } | MessageKind::EnrollmentReopened { link, .. } => Some(link),
            _ => None,
        });
        link.as_ref().map(LinkToken::reveal).expect("a mail with a link").parse().unwrap()
    }

    // What is done to them.

    /// Ten wrong codes by strangers, long ago.
    pub async fn is_locked_out(&self, human: &Human) {
        self.strangers_were_wrong(human, 10).await;
    }

    /// So many wrong codes by strangers, long ago.
    pub async fn strangers_were_wrong(&self, human: &Human, times: u32) {
        let long_ago = self.now().minus(std::time::Duration::from_hours(1));
        let wrong = (0..times).fold(Budget::default(), |budget, _| budget.after_wrong(long_ago));
        self.rewrites(&human.user, |record| record.strangers = wrong).await;
    }

    /// What an admin's *Unlock* comes to.
    pub async fn is_unlocked(&self, human: &Human) {
        let now = self.now();
        let unlock = |record: &mut CredentialRecord| {
            (record.strangers, record.unlocked_at) = (Budget::cleared(), Some(now));
        };
        self.rewrites(&human.user, unlock).await;
    }
}

/// The number of the mobile that these fixtures give.
pub const NUMBER: &str = "+4917012345678";

/// The country of the numbers of these fixtures.
pub fn germany() -> Country {
    "DE".parse().unwrap()
}

/// A number that nobody else here has.
pub fn number(nth: usize) -> PhoneNumber {
    format!("+49170{nth:07}").parse().unwrap()
}

fn follows(browser: &mut Browser, verdict: &RecoveryVerdict) {
    if let RecoveryVerdict::Accepted(recovery) = verdict {
        browser.session = Some(recovery.token.clone());
    }
}
