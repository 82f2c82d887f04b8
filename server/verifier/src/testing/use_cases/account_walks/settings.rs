//! Admins: what they ask of everybody, and which texts they send.

use std::collections::BTreeSet;

use domain::MfaWindow;

use super::Walk;
use super::acts::{By, CHOICES_OF_TEXTS};
use super::administering::Acting;
use super::model::Texts;
use crate::testing::world::ways_back::germany;
use crate::{Affected, EventKind, Gate, SettingVerdict, TextSetting, TextsVerdict};

/// What admins choose of texts; only those to Germany reach a mobile of this walk.
fn choices_of_texts() -> [TextSetting; CHOICES_OF_TEXTS] {
    let to = |countries: &[&str]| countries.iter().map(|country| country.parse().unwrap()).collect();
    let setting = |on, countries, daily| TextSetting { on, countries, daily };
    [
        setting(true, BTreeSet::from([germany()]), 100),
        setting(true, to(&["FR"]), 100),
        setting(true, BTreeSet::new(), 100),
        setting(false, BTreeSet::new(), 100),
        setting(false, to(&["FR"]), 10_000),
        setting(true, BTreeSet::from([germany()]), 10_001),
    ]
}

impl Walk {
    pub(super) async fn saves(&mut self, by: By, window: MfaWindow) -> Option<usize> {
        let acting = self.acting(by).await?;
        let (account, now) = (self.account_of(&acting), self.world.now());
        let from = self.model.settings[account].window;
        let changes = if from == window { SettingVerdict::AsItWas } else { SettingVerdict::Saved };
        let expected = self.denies(&acting).map(|()| changes);
        let operator = Acting::Operator(account);
        let previewed = self.world.verifier.preview_setting(self.actor(&operator), window).await.unwrap().unwrap();
        let (written, before) = (self.world.store.written().len(), self.who_is_in(account).await);

        let verdict = self.world.verifier.change_setting(self.actor(&acting), window).await.unwrap();

        assert_eq!(verdict, expected);
        let after = self.who_is_in(account).await;
        assert!(after.is_subset(&before), "a setting revived what had elapsed");
        if verdict == Ok(SettingVerdict::Saved) {
            let told = EventKind::SettingChanged { from, to: window };
            self.is_logged(written, &acting, None, &told);
            let asked: Vec<_> = before.difference(&after).collect();
            let people: BTreeSet<_> = asked.iter().map(|(who, _)| who).collect();
            let (people, browsers) = (u32::try_from(people.len()).unwrap(), u32::try_from(asked.len()).unwrap());
            assert_eq!(Affected { people, browsers }, previewed, "the preview said something else");
            let setting = &mut self.model.settings[account];
            setting.saved.push((now, from));
            setting.window = window;
        } else {
            assert_eq!(self.world.store.written().len(), written);
        }
        Some(account)
    }

    /// The browsers of an account that are in.
    async fn who_is_in(&self, account: usize) -> BTreeSet<(usize, usize)> {
        let mut there = BTreeSet::new();
        for (who, somebody) in self.model.people.iter().enumerate().filter(|(_, one)| one.account == account) {
            for (seat, browser) in somebody.browsers.iter().enumerate() {
                if self.stands_before(Gate::Fresh, browser).await {
                    there.insert((who, seat));
                }
            }
        }
        there
    }

    pub(super) async fn previews(&mut self, by: By, window: MfaWindow) -> Option<usize> {
        let acting = self.looking(by).await?;
        let account = self.account_of(&acting);
        let affected = self.world.verifier.preview_setting(self.actor(&acting), window).await.unwrap();
        let expected = self.model.affected(account, window, self.world.now());
        assert_eq!(affected, self.sees_lists(&acting).map(|()| expected));
        Some(account)
    }

    pub(super) async fn saves_texts(&mut self, by: By, choice: usize) -> Option<usize> {
        let acting = self.acting(by).await?;
        let account = self.account_of(&acting);
        let setting = choices_of_texts()[choice].clone();
        let expected = self.denies(&acting).map(|()| self.saved_texts(account, &setting));
        let written = self.world.store.written().len();

        let verdict = self.world.verifier.change_texts(self.actor(&acting), &setting).await.unwrap();

        let Ok(Ok(texts)) = expected else {
            assert_eq!(verdict, expected.map(|refused| refused.unwrap_err()));
            assert_eq!(self.world.store.written().len(), written);
            return Some(account);
        };
        assert_eq!(verdict, Ok(TextsVerdict::Saved));
        let Texts { on, countries, daily } = texts.clone();
        self.is_logged(written, &acting, None, &EventKind::TextsChanged { on, countries, daily });
        self.model.texts[account] = texts;
        Some(account)
    }

    /// What texts are after a setting was saved, or why it was not. While they are off their countries stay.
    fn saved_texts(&self, account: usize, setting: &TextSetting) -> Result<Texts, TextsVerdict> {
        let now = &self.model.texts[account];
        if setting.daily > 10_000 {
            return Err(TextsVerdict::TooMany);
        }
        if setting.on && setting.countries.is_empty() && !now.countries.is_empty() {
            return Err(TextsVerdict::Nowhere);
        }
        let countries = if setting.on { setting.countries.clone() } else { now.countries.clone() };
        let then = Texts { on: setting.on, countries, daily: setting.daily };
        if then == *now { Err(TextsVerdict::AsItWas) } else { Ok(then) }
    }
}
