use leptos::prelude::*;
use verifier::Admitted;

use super::answer_with;
use crate::site::Outcome;
use crate::site::call::languages;
use crate::site::context::{use_site, use_visit};
use crate::site::frame::{Frame, Width};
use crate::site::wizard_steps::{Reader, wizard_step};
use crate::site::words::wizard_words;
use crate::{Wizard, WizardProblem, WizardState, WizardStep};

/// Setting up an authenticator.
#[component]
pub(crate) fn WizardPage() -> impl IntoView {
    let (site, visit) = (use_site()?, use_visit()?);
    let Admitted::Enrolling(proof) = &visit.admitted else { return None };
    let mut problem = visit.outcome(|outcome| match outcome {
        Outcome::Wizard(problem) => Some(*problem),
        _ => None,
    });
    let typed = visit.notice.as_ref().map(|notice| notice.typed.clone()).unwrap_or_default();
    let reader = Reader { languages: languages(), typed };
    let step = wizard_step(&site.verifier, proof, &reader).unwrap_or_else(|unavailable| {
        tracing::error!(error = %unavailable, "the wizard's step can't be shown");
        problem = Some(WizardProblem::Unavailable);
        WizardStep::Introduction { elsewhere: false }
    });
    if let Some(problem) = problem {
        answer_with(problem);
    }
    let person = &proof.admission().signed_in().person;
    let (account, email) = (&person.account.record, person.credential.record.email.as_str());
    let session = proof.admission().signed_in().session.id.to_string();
    let words = wizard_words(account, email);
    let start = WizardState { step, problem, replaces: false };
    Some(view! {
        <Frame title=words.say("introduction.title") width=Width::Wizard>
            <Wizard start words session />
        </Frame>
    })
}
