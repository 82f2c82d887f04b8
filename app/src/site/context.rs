use std::sync::Arc;

use domain::{Country, LocalPath, Timestamp};
use leptos::prelude::{use_context, with_context};
use serde::Deserialize;
use verifier::{Admission, Admitted, Claimant, Level, PrivateHosts, Token, Verifier};

use super::{CookieNames, InvitationLists, Notice, Typed};

/// What is the same for all requests.
#[derive(Clone)]
pub struct Site {
    /// The use cases.
    pub verifier: Arc<Verifier>,
    /// The browser bundle; without one pages have no style and no scripts, and work.
    pub bundle: Option<Arc<Bundle>>,
    /// What cookies are called here.
    pub cookies: CookieNames,
    /// Lists of people to invite, for a while.
    pub invitations: Arc<InvitationLists>,
    /// Hosts in private networks to which events may be posted.
    pub private_hosts: Arc<PrivateHosts>,
    /// What texts cost.
    pub text_prices: Arc<dyn TextPrices>,
}

/// Port: what texts cost, as far as whoever sends them tells.
pub trait TextPrices: Send + Sync {
    /// What one to a mobile of this country costs at most: a decimal number, and three letters of a currency (ISO 4217).
    /// What is not known yet is found out meanwhile.
    fn to(&self, country: Country) -> Option<(String, String)>;
}

/// The files of the browser bundle, by what they are for. Written by the bundle's build.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Bundle {
    /// Islands' loader and bindings.
    pub script: Asset,
    /// The islands.
    pub wasm: Asset,
    /// All styles.
    pub style: Asset,
    /// Comforts for every page.
    pub page: Asset,
    /// The icon sprite.
    pub icons: Asset,
    /// The site's icon.
    pub favicon: Asset,
    /// The names of the islands in the bundle.
    pub islands: Vec<String>,
}

/// A file with a name made of its content.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Asset {
    /// Its path on this site.
    pub path: String,
    /// What the browser has to find in it (W3C Subresource Integrity).
    pub integrity: String,
}

/// What the doors found out about one request. There is none without a door.
#[derive(Debug, Clone)]
pub struct Visit {
    /// Who is asking.
    pub claimant: Claimant,
    /// The session token they present.
    pub token: Option<Token>,
    /// What the door admitted them as.
    pub admitted: Admitted,
    /// What the last post left for this page.
    pub notice: Option<Notice>,
    /// What was typed here before a code was asked for.
    pub kept: Option<Typed>,
    /// What the wizard has changed, as the address of the page it led back to says: it is said, and nothing else.
    pub changed: Option<String>,
    /// Where to go on afterwards, as the address says.
    pub next: Option<LocalPath>,
    /// Whether the page holds an island, and so loads the bundle.
    pub has_island: bool,
    /// When the request came.
    pub at: Timestamp,
}

impl Visit {
    /// The session, if there is one.
    #[must_use]
    pub fn admission(&self) -> Option<&Admission> {
        self.admitted.admission()
    }

    /// Whether the session has a young enough second factor.
    #[must_use]
    pub fn is_fresh(&self) -> bool {
        self.admission().is_some_and(|admission| matches!(admission.level(), Level::Fresh { .. }))
    }

    /// Whether they may see what admins see.
    #[must_use]
    pub fn is_admin(&self) -> bool {
        self.is_fresh() && self.admission().is_some_and(Admission::is_admin)
    }

    /// Whether their own profile is open to them.
    #[must_use]
    pub fn may_see_profile(&self) -> bool {
        self.admission().is_some_and(|admission| match admission.level() {
            Level::Fresh { .. } => true,
            Level::Enrolling { .. } => admission.signed_in().person.credential.record.binding.is_none(),
            Level::PendingCode { .. } | Level::Recovering { .. } | Level::Elapsed { .. } => false,
        })
    }

    /// What the last post left, if it is for this page.
    pub(crate) fn outcome<T>(&self, read: impl FnOnce(&super::Outcome) -> Option<T>) -> Option<T> {
        read(&self.notice.as_ref()?.outcome)
    }

    /// What was typed into a field before the last post was refused.
    pub(crate) fn typed(&self, field: &str) -> Option<String> {
        let kept = || self.kept.as_ref()?.get(field);
        self.notice.as_ref().and_then(|notice| notice.typed.get(field)).or_else(kept)
    }
}

/// The site, while rendering or in a server function.
pub(crate) fn use_site() -> Option<Site> {
    use_context::<Site>()
}

/// The visit, while rendering or in a server function; none when no door has put it there.
pub(crate) fn use_visit() -> Option<Arc<Visit>> {
    with_context::<http::request::Parts, _>(|parts| parts.extensions.get::<Arc<Visit>>().cloned()).flatten()
}
