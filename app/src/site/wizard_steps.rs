use std::fmt::Write;

use domain::{Language, LocalPath, RecoveryCode, Timestamp};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use qrcode::{Color, EcLevel, QrCode};
use verifier::{
    Admitted, Drift, EnrollmentStep, EnrollmentVerdict, Gate, MayBind, Person, TextRefused, Unavailable, Verifier,
};

use super::mobile_number::{as_written, country_choices, likely_country};
use super::news::mobile_text_news;
use super::times::day_words;
use super::words::{Area, preferred, words_in};
use super::{Call, Typed};
use crate::wizard::Qr;
use crate::{Problem, WizardMove, WizardProblem, WizardState, WizardStep};

/// Answers a move in the wizard: with the step it leads to, or with the way out.
///
/// # Errors
/// [`Problem::Unavailable`] if the step can't be shown.
pub async fn wizard_answer(call: &Call, verdict: EnrollmentVerdict) -> Result<WizardMove, Problem<WizardProblem>> {
    wizard_answer_to(call, verdict, Typed::default()).await
}

/// The same; what was typed comes back with a refusal.
///
/// # Errors
/// [`Problem::Unavailable`] if the step can't be shown.
pub async fn wizard_answer_to(
    call: &Call,
    verdict: EnrollmentVerdict,
    typed: Typed,
) -> Result<WizardMove, Problem<WizardProblem>> {
    let refuse = |problem| call.refuse("/mfa/setup", problem, typed);
    let mut token = call.token().cloned();
    let problem = match verdict {
        EnrollmentVerdict::Bound(upgrade) => {
            call.upgrade_session(&upgrade);
            if upgrade.next != LocalPath::wizard() {
                return leave(call, upgrade.next.as_str());
            }
            token = Some(upgrade.token);
            None
        }
        EnrollmentVerdict::Finished { next } => return leave(call, next.as_str()),
        EnrollmentVerdict::Over | EnrollmentVerdict::StepUp => return leave(call, "/"),
        EnrollmentVerdict::WrongCode { clock_off } => return refuse(wrong_code(clock_off)),
        EnrollmentVerdict::SpentCode => return refuse(WizardProblem::SpentCode),
        EnrollmentVerdict::TextRefused(refused) => return refuse(no_text(call, refused)),
        EnrollmentVerdict::MobileKnown => return refuse(WizardProblem::MobileKnown),
        EnrollmentVerdict::TooManyMobiles => return refuse(WizardProblem::TooManyMobiles),
        EnrollmentVerdict::OutOfOrder | EnrollmentVerdict::Held { .. } => Some(WizardProblem::OutOfOrder),
        EnrollmentVerdict::Moved | EnrollmentVerdict::Expired => None,
    };
    match problem {
        Some(problem) => call.go_with("/mfa/setup", problem.into()),
        None => call.go("/mfa/setup"),
    }
    // The proof shows the record as it was before the move: look again.
    let admitted = call.verifier().admit(Gate::Enrolling, token.as_ref()).await;
    let step = match call.available(admitted)? {
        Ok(Admitted::Enrolling(proof)) => call.available(wizard_step(
            call.verifier(),
            &proof,
            &Reader { languages: call.languages(), typed: Typed::default() },
        ))?,
        Ok(_) | Err(_) => return leave(call, "/"),
    };
    Ok(WizardMove::Show(WizardState { step, problem, replaces: false }))
}

/// Refuses a move in the wizard; the step stays.
///
/// # Errors
/// Always [`Problem::Rule`].
pub fn wizard_refusal(call: &Call, problem: WizardProblem) -> Result<WizardMove, Problem<WizardProblem>> {
    call.refuse("/mfa/setup", problem, Typed::default())
}

#[expect(clippy::unnecessary_wraps, reason = "the tail of functions that can fail")]
fn leave(call: &Call, to: &str) -> Result<WizardMove, Problem<WizardProblem>> {
    call.go(to);
    Ok(WizardMove::Leave { to: to.to_owned() })
}

/// The step of the wizard as it is shown.
pub(crate) fn wizard_step(
    verifier: &Verifier,
    proof: &impl MayBind,
    reader: &Reader,
) -> Result<WizardStep, Unavailable> {
    let now = proof.admission().at();
    Ok(match verifier.enrollment_step(proof)? {
        EnrollmentStep::Introduction { elsewhere } => WizardStep::Introduction { elsewhere },
        EnrollmentStep::InstallApp => WizardStep::InstallApp,
        EnrollmentStep::Pair(pairing) => WizardStep::Pair {
            qr: qr_of(&pairing.otpauth)?,
            key: pairing.key.to_string(),
            otpauth: pairing.otpauth.to_string(),
        },
        EnrollmentStep::NextCode { drift, next_at, .. } => {
            WizardStep::NextCode { ahead: drift.0 > 0, next_in_ms: millis_until(next_at, now) }
        }
        EnrollmentStep::Expired => WizardStep::Expired,
        EnrollmentStep::SaveCodes { set, codes, .. } => {
            let (person, language) = (&proof.admission().signed_in().person, reader.language());
            let sheet = CodeSheet { person, set, codes: &codes, now, language };
            WizardStep::SaveCodes {
                file: sheet.address(),
                file_name: words_in(Area::CodeSheet, language).say("sheet.file"),
                codes: codes.iter().map(RecoveryCode::grouped).collect(),
            }
        }
        EnrollmentStep::CodesHidden => WizardStep::CodesHidden,
        EnrollmentStep::AddMobile => {
            let texts = &proof.admission().signed_in().person.account.record.texts;
            let countries = country_choices(texts, reader.language());
            let country = reader.typed.get("country");
            let country = country.unwrap_or_else(|| likely_country(&reader.languages, &countries));
            WizardStep::AddMobile { countries, country, mobile: reader.typed.get("mobile").unwrap_or_default() }
        }
        EnrollmentStep::ConfirmMobile { sent } => WizardStep::ConfirmMobile {
            again_in_ms: sent.as_ref().map_or(0, |sent| millis_until(sent.again_at, now)),
            news: mobile_text_news(sent.as_ref()),
            to: sent.map(|sent| as_written(&sent.to)),
        },
        EnrollmentStep::Done { codes, mobiles } => WizardStep::Done { codes, mobiles },
    })
}

/// What a step shows of who reads it.
#[derive(Debug, Default)]
pub(crate) struct Reader {
    /// What their browser's `Accept-Language` says.
    pub(crate) languages: String,
    /// What they typed before.
    pub(crate) typed: Typed,
}

impl Reader {
    fn language(&self) -> Language {
        preferred(&self.languages)
    }
}

/// A sheet with recovery codes, as a text file.
struct CodeSheet<'a> {
    person: &'a Person,
    set: u32,
    codes: &'a [RecoveryCode],
    now: Timestamp,
    language: Language,
}

impl CodeSheet<'_> {
    fn text(&self) -> String {
        let Person { credential, account } = self.person;
        let words = words_in(Area::CodeSheet, self.language);
        let (name, email) = (credential.record.name.as_str(), credential.record.email.as_str());
        let about = [
            words.say_with("sheet.account", "account", account.record.name.as_str()),
            words.say_all("sheet.user", &[("name", name), ("email", email)]),
            words.say_with("sheet.date", "day", &day_words(self.now, self.language)),
            words.say_with("sheet.set", "set", &self.set.to_string()),
        ];
        let codes: Vec<_> = self.codes.iter().map(RecoveryCode::grouped).collect();
        let parts = [words.say("sheet.title"), about.join("\r\n"), codes.join("\r\n"), words.say("sheet.what")];
        parts.join("\r\n\r\n") + "\r\n"
    }

    /// The file as an address: it works without scripts, and asks for nothing that has to be kept.
    fn address(&self) -> String {
        format!("data:text/plain;charset=utf-8,{}", utf8_percent_encode(&self.text(), NON_ALPHANUMERIC))
    }
}

pub(super) fn wrong_code(clock_off: Option<Drift>) -> WizardProblem {
    let minutes = |steps: i8| steps.unsigned_abs().div_ceil(2);
    match clock_off {
        Some(Drift(steps)) if steps > 0 => WizardProblem::ClockAhead { minutes: minutes(steps) },
        Some(Drift(steps)) => WizardProblem::ClockBehind { minutes: minutes(steps) },
        None => WizardProblem::WrongCode,
    }
}

fn no_text(call: &Call, refused: TextRefused) -> WizardProblem {
    match refused {
        TextRefused::Off | TextRefused::Country => WizardProblem::NoTexts,
        TextRefused::Wait { until } => WizardProblem::TextsPaused { seconds: call.seconds_until(until) },
        TextRefused::Budget => WizardProblem::NoTextsToday,
    }
}

fn millis_until(moment: Timestamp, now: Timestamp) -> u64 {
    u64::try_from(moment.until_from(now).as_millis()).unwrap_or(u64::MAX)
}

/// The dark modules of the QR code as one path, each row's runs as rectangles one module high.
fn qr_of(text: &str) -> Result<Qr, Unavailable> {
    // Level M (15 %) is what a code on a screen needs; more makes the squares smaller.
    let code = QrCode::with_error_correction_level(text, EcLevel::M).map_err(|_| Unavailable::Sealing)?;
    let width = code.width();
    let mut path = String::new();
    for (y, row) in code.to_colors().chunks(width).enumerate() {
        let mut x = 0;
        for run in row.chunk_by(|left, right| left == right) {
            if run.first() == Some(&Color::Dark) {
                let _ = write!(path, "M{x} {y}h{}v1H{x}z", run.len());
            }
            x += run.len();
        }
    }
    Ok(Qr { size: u32::try_from(width).unwrap_or(u32::MAX), path })
}
