use domain::MfaWindow;
use leptos::prelude::*;
use leptos::server_fn::ServerFn;
use verifier::Affected;

use crate::Words;
use crate::api::ChangeSetting;
use crate::parts::Button;
use crate::site::session_field::SessionField;
use crate::site::times::window_words;
use crate::site::words::use_language;

/// The MFA Time Setting, with what each choice would do. Without JavaScript a choice that was not looked at yet is shown
/// first, and saved by the next press.
#[component]
pub(super) fn SettingForm(
    words: &'static Words,
    /// The setting as it is.
    window: MfaWindow,
    /// The choice that is looked at.
    chosen: Option<MfaWindow>,
    /// Whom each choice would ask at their next click.
    affected: Vec<(MfaWindow, Affected)>,
) -> impl IntoView {
    let language = use_language();
    let shown = chosen.unwrap_or(window);
    let said = |choice: MfaWindow, affected: Affected| preview_words(words, choice == window, affected);
    let options: Vec<_> = affected
        .iter()
        .map(|(choice, affected)| {
            let name = window_words(*choice, language);
            let label = if choice.meets_aal2() { words.say_with("setting.aal2", "window", &name) } else { name };
            view! {
                <option value=choice.seconds().to_string() selected=*choice == shown data-said=said(*choice, *affected)>
                    {label}
                </option>
            }
        })
        .collect();
    let preview =
        affected.iter().find(|(choice, _)| *choice == shown).map(|(choice, affected)| said(*choice, *affected));
    view! {
        <section class="card" aria-labelledby="setting">
            <div class="card__head">
                <h2 id="setting">{words.say("setting.title")}</h2>
                <p>{words.say("setting.what")}</p>
            </div>
            <form class="form" method="post" action=ChangeSetting::PATH>
                <SessionField />
                // `page.js` says what each choice would do as soon as it is chosen, and that it was seen.
                <input type="hidden" name="seen" value=shown.seconds().to_string() />
                <div class="field">
                    <label class="field__label" for="window">
                        {words.say("setting.title")}
                    </label>
                    <select
                        class="input"
                        id="window"
                        name="window"
                        aria-describedby="preview aal2"
                        data-preview="preview"
                        autocomplete="off"
                    >
                        {options}
                    </select>
                </div>
                <p class="preview" id="preview" role="status">
                    {preview}
                </p>
                <p class="setting__note" id="aal2">
                    {words.say("setting.note")}
                </p>
                <div class="actions">
                    <Button label=words.say("setting.save") pending=words.say("setting.saving") />
                </div>
            </form>
        </section>
    }
}

/// What a choice does as soon as it is saved.
fn preview_words(words: &Words, is_present: bool, affected: Affected) -> String {
    if is_present {
        return words.say("setting.as-it-is");
    }
    if affected.people == 0 {
        return words.say("setting.asks-nobody");
    }
    let people = words.say_count("setting.people", affected.people.into());
    let browsers = words.say_count("setting.browsers", affected.browsers.into());
    let will = if affected.people == 1 { "setting.will-one" } else { "setting.will" };
    words.say_all(will, &[("people", &people), ("browsers", &browsers)])
}

#[cfg(test)]
mod tests {
    use domain::Language;

    use super::*;
    use crate::site::words::{Area, words_in};

    #[test]
    fn what_a_choice_does_is_said_in_people_and_browsers() {
        let english = words_in(Area::Account, Language::English);
        let some = Affected { people: 14, browsers: 31 };
        let one = Affected { people: 1, browsers: 1 };

        assert_eq!(preview_words(english, false, some), "14 people in 31 browsers will be asked at their next click.");
        assert_eq!(preview_words(english, false, one), "1 person in 1 browser will be asked at their next click.");
        assert_eq!(preview_words(english, false, Affected::default()), "Nobody will be asked at once.");
        assert_eq!(preview_words(english, true, some), "This is the setting now.");
    }
}
