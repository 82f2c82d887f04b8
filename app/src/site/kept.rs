use std::time::Duration;

use domain::{LocalPath, Timestamp, UserId};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde::{Deserialize, Serialize};
use verifier::{SealScope, Sealed, Unavailable, Verifier};

use super::Typed;

/// What somebody typed into a form whose post had to wait for a code: it stands, sealed, in the address of the page they
/// come back to. Nobody else can read it, and nobody can make one for them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Kept {
    user: UserId,
    typed: Typed,
    until: Timestamp,
}

const SCOPE: SealScope<'_> = SealScope { owner: "site", field: "kept" };

impl Kept {
    /// As long as a code may take.
    pub const LIFE: Duration = Duration::from_mins(15);
    /// Fields that are no secret.
    const FIELDS: [&'static str; 6] = ["name", "email", "role", "daily", "on", "window"];
    /// A field that may come many times, and what all of it is called.
    const LIST: (&'static str, &'static str) = ("countries[]", "countries");
    /// What it is called in an address.
    pub const PARAMETER: &'static str = "kept";

    /// What may be kept of a form. Also if that is nothing it is said that the form was not carried out yet.
    #[must_use]
    pub fn of<'a>(fields: impl Iterator<Item = (&'a str, &'a str)>, user: &UserId, now: Timestamp) -> Self {
        let (field_of_list, list) = Self::LIST;
        let (mut typed, mut listed) = (Typed::default(), Vec::new());
        for (field, text) in fields {
            if let Some(known) = Self::FIELDS.iter().find(|known| **known == field) {
                typed = typed.with(known, text);
            } else if field == field_of_list {
                listed.push(text);
            }
        }
        let typed = if listed.is_empty() { typed } else { typed.with(list, &listed.join(" ")) };
        Self { user: user.clone(), typed, until: now.plus(Self::LIFE) }
    }

    /// The page with it in its address. What was typed is left out if it does not fit.
    ///
    /// # Errors
    /// [`Unavailable::Sealing`], [`Unavailable::Entropy`]
    pub fn beside(&self, page: &str, verifier: &Verifier) -> Result<Option<LocalPath>, Unavailable> {
        let address = |kept: &Self| {
            let plain = serde_json::to_vec(kept).map_err(|_| Unavailable::Sealing)?;
            let sealed = verifier.keyring().seal(&plain, SCOPE, verifier.entropy())?;
            let sealed = utf8_percent_encode(sealed.as_str(), NON_ALPHANUMERIC);
            let begins = if page.contains('?') { '&' } else { '?' };
            Ok(format!("{page}{begins}{}={sealed}", Self::PARAMETER).parse().ok())
        };
        if let Some(whole) = address(self)? {
            return Ok(Some(whole));
        }
        address(&Self { typed: Typed::default(), ..self.clone() })
    }

    /// What was typed; none if it is not ours, not theirs, or too old.
    #[must_use]
    pub fn open(sealed: &str, user: &UserId, verifier: &Verifier, now: Timestamp) -> Option<Typed> {
        let plain = verifier.keyring().open(&Sealed::from_stored(sealed.into()), SCOPE).ok()?;
        let kept: Self = serde_json::from_slice(&plain).ok()?;
        let young = now < kept.until && kept.until <= now.plus(Self::LIFE);
        (young && kept.user == *user).then_some(kept.typed)
    }
}
