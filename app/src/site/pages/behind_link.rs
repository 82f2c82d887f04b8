use std::sync::Arc;

use leptos::prelude::*;
use leptos_router::hooks::use_params_map;
use verifier::{Token, Verifier};

use crate::site::Visit;
use crate::site::context::{use_site, use_visit};

/// What a page shows whose address holds a link that works once: `form` with what `find` finds by it, or `dead`.
pub(super) fn behind_link<Found, Finding>(
    find: impl FnOnce(Arc<Verifier>, Token) -> Finding + Send + 'static,
    form: impl FnOnce(&Visit, String, Found) -> AnyView + Send + 'static,
    dead: fn() -> AnyView,
) -> Option<impl IntoView>
where
    Finding: Future<Output = Option<Found>> + Send + 'static,
    Found: Send + 'static,
{
    let (site, visit) = (use_site()?, use_visit()?);
    let link = use_params_map().read_untracked().get("link").unwrap_or_default();
    let owner = Owner::current()?;
    Some(Suspend::new(async move {
        let found = match link.parse::<Token>() {
            Ok(token) => find(site.verifier, token).await,
            Err(_) => None,
        };
        owner.with(|| match found {
            Some(found) => form(&visit, link, found),
            None => dead(),
        })
    }))
}
