use leptos::prelude::*;
use verifier::Admitted;

use crate::site::Outcome;
use crate::site::context::{use_site, use_visit};
use crate::site::frame::{Frame, Width};
use crate::site::pages::answer_with;
use crate::site::replacement::replacement_step;
use crate::site::words::wizard_words;
use crate::{Wizard, WizardProblem, WizardState, WizardStep};

/// Replacing the authenticator: the wizard's key and code, and nothing else of it.
#[component]
pub(crate) fn ReplacementPage() -> impl IntoView {
    let (site, visit) = (use_site()?, use_visit()?);
    let Admitted::Fresh(proof) = &visit.admitted else { return None };
    let mut problem = visit.outcome(|outcome| match outcome {
        Outcome::Wizard(problem) => Some(*problem),
        _ => None,
    });
    let step = replacement_step(&site.verifier, proof).unwrap_or_else(|unavailable| {
        tracing::error!(error = %unavailable, "the key can't be shown");
        problem = Some(WizardProblem::Unavailable);
        WizardStep::InstallApp
    });
    if let Some(problem) = problem {
        answer_with(problem);
    }
    let signed_in = proof.admission().signed_in();
    let (account, email) = (&signed_in.person.account.record, signed_in.person.credential.record.email.as_str());
    let words = wizard_words(account, email);
    let (title, back) = (words.say("app.replace-title"), words.say("app.replace-back"));
    let session = signed_in.session.id.to_string();
    Some(view! {
        <Frame title width=Width::Single>
            <Wizard
                start=WizardState {
                    step,
                    problem,
                    replaces: true,
                }
                words
                session
            />
            <p class="card__foot">
                <a href="/profile">{back}</a>
            </p>
        </Frame>
    })
}
