use std::collections::BTreeSet;

use domain::Country;

use crate::{Actor, Administered, Change, Commit, EventKind, TextPolicy, Verifier, Versioned, Waiting};

/// What an admin decides about the account's texts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TextSetting {
    /// Whether any may be sent.
    pub on: bool,
    /// To numbers of which countries. With none, the next mobile that an admin asks to confirm names one.
    pub countries: BTreeSet<Country>,
    /// How many a day, at most [`TextSetting::MOST_DAILY`].
    pub daily: u32,
}

/// What became of a new setting of texts.
#[must_use]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TextsVerdict {
    /// It holds from the next text on.
    Saved,
    /// It was so already; nothing was written.
    AsItWas,
    /// More a day than [`TextSetting::MOST_DAILY`].
    TooMany,
    /// They may be sent, and to nobody: switched off is what says that.
    Nowhere,
}

impl TextSetting {
    /// The most texts a day that an account may allow itself: what they cost is somebody's money, and a stolen session
    /// must not be able to spend any amount of it.
    pub const MOST_DAILY: u32 = 10_000;
}

impl TextPolicy {
    /// What an admin has decided of it.
    #[must_use]
    pub fn setting(&self) -> TextSetting {
        TextSetting { on: self.on, countries: self.countries.clone(), daily: self.daily }
    }

    /// The policy under another setting; what was sent today counts under it too. While texts are off the countries stay
    /// as they are: who turns them on again finds them there.
    fn changed_to(&self, setting: &TextSetting) -> Self {
        let countries = if setting.on { &setting.countries } else { &self.countries };
        let policy = Self { on: setting.on, countries: countries.clone(), daily: setting.daily, ..self.clone() };
        // Whoever turns on what stopped by itself has looked at it.
        if setting.on { Self { watched: 0, answered: 0, stopped_at: None, ..policy } } else { policy }
    }
}

impl Verifier {
    /// Changes which texts the account may send.
    ///
    /// # Errors
    /// [`crate::Unavailable`]: nothing changed.
    pub async fn change_texts(&self, actor: Actor<'_>, setting: &TextSetting) -> Administered<TextsVerdict> {
        self.administer_account(actor, |acting, now| {
            if setting.daily > TextSetting::MOST_DAILY {
                return Ok(Err(TextsVerdict::TooMany));
            }
            let Versioned { version, record: mut account } = acting.account.clone();
            // None at all is how an account begins, whose own country becomes known by itself.
            if setting.on && setting.countries.is_empty() && !account.texts.countries.is_empty() {
                return Ok(Err(TextsVerdict::Nowhere));
            }
            let texts = account.texts.changed_to(setting);
            if texts.setting() == account.texts.setting() {
                return Ok(Err(TextsVerdict::AsItWas));
            }
            let (on, countries, daily) = (texts.on, texts.countries.clone(), texts.daily);
            account.texts = texts;
            let event = self.event_by(acting, None, EventKind::TextsChanged { on, countries, daily }, now)?;
            let accounts = vec![Change::update(version, account)];
            let commit = Commit { accounts, events: vec![event], ..Commit::default() };
            Ok(Ok((commit, TextsVerdict::Saved)))
        })
        .await
    }

    /// What waits to be sent for the account.
    ///
    /// # Errors
    /// [`crate::Unavailable`]
    pub async fn queue_of(&self, actor: Actor<'_>) -> Administered<Waiting> {
        match self.account_seen_by(actor).await? {
            Ok(account) => self.store.queue_of(&account.id).await.map(Ok),
            Err(denied) => Ok(Err(denied)),
        }
    }

    /// Which texts the account may send, and how many it has today.
    ///
    /// # Errors
    /// [`crate::Unavailable`]
    pub async fn texts_of(&self, actor: Actor<'_>) -> Administered<TextPolicy> {
        let now = self.clock.now();
        Ok(self.account_seen_by(actor).await?.map(|account| account.texts.of_day(now)))
    }
}

#[cfg(test)]
mod tests {
    use domain::Timestamp;

    use super::*;
    use crate::TextAim;

    fn countries(codes: &[&str]) -> BTreeSet<Country> {
        codes.iter().map(|code| code.parse().unwrap()).collect()
    }

    #[test]
    fn a_setting_makes_no_text_unsent_and_comes_back_as_it_was_saved() {
        let policy = TextPolicy::default().after(TextAim::ConfirmMobile, Timestamp::from_seconds(1_000_000));
        let setting = TextSetting { on: true, countries: countries(&["DE", "FR"]), daily: 7 };

        let changed = policy.changed_to(&setting);

        assert_eq!(changed.setting(), setting);
        assert_eq!((changed.day, changed.sent, changed.confirmations), (policy.day, 1, 1));
        assert_eq!(changed.changed_to(&policy.setting()).setting(), policy.setting());
    }

    #[test]
    fn turning_on_what_stopped_by_itself_begins_to_watch_anew() {
        let now = Timestamp::from_seconds(1_000_000);
        let stopped =
            TextPolicy { on: false, stopped_at: Some(now), ..TextPolicy::default().after(TextAim::Recover, now) };

        let on = stopped.changed_to(&TextSetting { on: true, ..stopped.setting() });

        assert_eq!((on.stopped_at, on.watched, on.sent), (None, 0, 1));
        assert_eq!(stopped.changed_to(&TextSetting { daily: 7, ..stopped.setting() }).stopped_at, Some(now));
    }

    #[test]
    fn turning_texts_off_keeps_the_countries() {
        let policy = TextPolicy { countries: countries(&["DE"]), ..TextPolicy::default() };

        let off = policy.changed_to(&TextSetting { on: false, countries: BTreeSet::new(), daily: 100 });

        assert_eq!(off, TextPolicy { on: false, ..policy });
    }
}
