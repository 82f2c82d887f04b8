use std::sync::Arc;

use http::StatusCode;
use leptos::prelude::*;
use leptos_axum::ResponseOptions;
use verifier::{Actor, Administered, Admitted, Denied, Fresh, Verifier};

use super::people_words;
use crate::parts::{Notice, Tone};
use crate::site::context::{Site, Visit, use_site, use_visit};
use crate::site::invitation_lists::ListOwner;
use crate::site::{ListName, TypedList};

/// The admin who looks at a page.
#[derive(Clone)]
pub(super) struct Looking {
    pub(super) site: Site,
    pub(super) visit: Arc<Visit>,
    proof: Fresh,
}

impl Looking {
    /// Who looks at the page that is being made; none without a door that let an admin in.
    pub(super) fn here() -> Option<Self> {
        let (site, visit) = (use_site()?, use_visit()?);
        let Admitted::Fresh(proof) = &visit.admitted else { return None };
        let proof = proof.clone();
        Some(Self { site, visit, proof })
    }

    pub(super) fn verifier(&self) -> &Verifier {
        &self.site.verifier
    }

    /// A list of people to invite that they typed, unless it is too old.
    pub(super) fn typed_list(&self, name: ListName) -> Option<TypedList> {
        self.site.invitations.find(name, &ListOwner::of(&self.proof), self.visit.at)
    }

    pub(super) fn actor(&self) -> Actor<'_> {
        Actor::Admin { proof: &self.proof, claimant: &self.visit.claimant }
    }
}

/// A part of a page that shows what has to be looked up first.
pub(super) fn looked_up<T, V>(
    load: impl Future<Output = Administered<T>> + Send + 'static,
    show: impl FnOnce(T) -> V + Send + 'static,
) -> Option<AnyView>
where
    T: Send + 'static,
    V: IntoView + 'static,
{
    let owner = Owner::current()?;
    let shown = async move {
        let found = load.await;
        owner.with(|| match found {
            Ok(Ok(found)) => show(found).into_any(),
            Ok(Err(denied)) => nothing_to_show(denied).into_any(),
            Err(unavailable) => {
                let cause = std::error::Error::source(&unavailable).map(ToString::to_string);
                tracing::error!(error = %unavailable, cause, "a page of admins can't be shown");
                answer(StatusCode::SERVICE_UNAVAILABLE);
                let words = people_words();
                view! { <Notice tone=Tone::Warning title=words.say("people.not-shown") /> }.into_any()
            }
        })
    };
    Some(view! { <Suspense fallback=|| ()>{Suspend::new(shown)}</Suspense> }.into_any())
}

fn nothing_to_show(denied: Denied) -> impl IntoView {
    let words = people_words();
    let (status, title) = match denied {
        Denied::NoSuchUser | Denied::NoSuchAccount => (StatusCode::NOT_FOUND, words.say("people.no-such-user")),
        Denied::NotAdmin => (StatusCode::FORBIDDEN, words.say("people.not-admin")),
        Denied::StepUp | Denied::Over => (StatusCode::CONFLICT, words.say("people.over")),
    };
    answer(status);
    view! { <Notice tone=Tone::Warning title /> }
}

/// Answers with this status.
pub(super) fn answer(status: StatusCode) {
    if let Some(response) = use_context::<ResponseOptions>() {
        response.set_status(status);
    }
}
