use http::HeaderValue;
use http::header::{ACCEPT_LANGUAGE, CONTENT_LANGUAGE, CONTENT_SECURITY_POLICY, VARY};
use leptos::nonce::use_nonce;
use leptos::prelude::*;
use leptos_axum::ResponseOptions;
use leptos_meta::{MetaTags, provide_meta_context};

use super::context::{use_site, use_visit};
use super::words::use_language;
use super::{App, Bundle};

/// The icon sprite stands in each page: `<use>` across files would cost a request for under a kilobyte.
pub(crate) const SPRITE: &str = include_str!("../../../style/icons.svg");

/// The document around every page.
#[must_use]
pub fn shell() -> impl IntoView {
    provide_meta_context();
    // Islands decide by this whether they are part of a hydrated page; `HydrationScripts`, which we replace by a
    // script with integrity, would do the same.
    if let Some(shared) = Owner::current_shared_context() {
        shared.set_is_hydrating(false);
    }
    if let (Some(nonce), Some(response)) = (use_nonce(), use_context::<ResponseOptions>()) {
        let policy = content_security_policy(&format!("'self' 'nonce-{nonce}' 'wasm-unsafe-eval'"));
        if let Ok(policy) = HeaderValue::from_str(&policy) {
            response.insert_header(CONTENT_SECURITY_POLICY, policy);
        }
    }
    let language = use_language().tag();
    if let Some(response) = use_context::<ResponseOptions>() {
        response.insert_header(CONTENT_LANGUAGE, HeaderValue::from_static(language));
        response.append_header(VARY, HeaderValue::from_name(ACCEPT_LANGUAGE));
    }
    let bundle = use_site().and_then(|site| site.bundle);
    let has_island = use_visit().is_some_and(|visit| visit.has_island);
    view! {
        <!DOCTYPE html>
        <html lang=language>
            <head>
                <meta charset="utf-8" />
                <meta name="viewport" content="width=device-width, initial-scale=1" />
                <meta name="color-scheme" content="light dark" />
                <meta name="theme-color" content="#ffffff" media="(prefers-color-scheme: light)" />
                <meta name="theme-color" content="#172027" media="(prefers-color-scheme: dark)" />
                {bundle.map(|bundle| files(&bundle, has_island))}
                <MetaTags />
            </head>
            <body>
                <div hidden inner_html=SPRITE></div>
                <App />
            </body>
        </html>
    }
}

fn files(bundle: &Bundle, has_island: bool) -> impl IntoView + use<> {
    let Bundle { script, wasm, style, page, favicon, .. } = bundle.clone();
    let islands = has_island.then(|| {
        view! {
            <script
                type="module"
                src=script.path
                integrity=script.integrity
                data-wasm=wasm.path
                data-wasm-integrity=wasm.integrity
            ></script>
        }
    });
    view! {
        <link rel="icon" href=favicon.path type="image/svg+xml" />
        <link rel="stylesheet" href=style.path integrity=style.integrity />
        <script type="module" src=page.path integrity=page.integrity></script>
        {islands}
    }
}

/// What a page may load and do: nothing but its own files, no frames, no posts to elsewhere, no inline styles.
///
/// `script_src` are the sources of scripts; the nonce is for two inline scripts of Leptos' own.
#[must_use]
pub(crate) fn content_security_policy(script_src: &str) -> String {
    format!(
        "default-src 'none'; script-src {script_src}; style-src 'self'; img-src 'self' data:; connect-src 'self'; \
         form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    )
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;
    use std::sync::Arc;

    use domain::Timestamp;
    use http::Request;
    use leptos_router::location::RequestUrl;
    use verifier::{Address, Admitted, BrowserLabel, Claimant};

    use super::*;
    use crate::api::SignInProblem;
    use crate::site::{Notice, Outcome, Typed, Visit};

    /// A page as a stranger gets it, and its headers.
    fn page(path: &str, outcome: Option<Outcome>, accept_language: &str) -> (String, http::HeaderMap) {
        let at = Timestamp::from_seconds(1_740_993_240);
        let browser = BrowserLabel::from_user_agent("Firefox/140.0 Windows");
        let (address, language) = (Address::new(Ipv4Addr::LOCALHOST.into()), domain::Language::English);
        let claimant = Claimant { address, browser, language, known_browser: None };
        let visit = Visit {
            claimant,
            token: None,
            admitted: Admitted::Anyone(None),
            notice: outcome.map(|outcome| Notice::new(outcome, Typed::default(), at)),
            kept: None,
            changed: None,
            next: None,
            has_island: false,
            at,
        };
        let request = Request::builder().header(ACCEPT_LANGUAGE, accept_language).extension(Arc::new(visit));
        let (parts, ()) = request.body(()).unwrap().into_parts();
        let response = ResponseOptions::default();
        let html = Owner::new().with(|| {
            provide_context(parts);
            provide_context(response.clone());
            provide_context(RequestUrl::new(path));
            shell().to_html()
        });
        let headers = response.0.read().unwrap().headers.clone();
        (html, headers)
    }

    #[test]
    fn a_page_is_in_the_readers_language_and_says_so() {
        let refused = Some(Outcome::SignIn(SignInProblem::Wait { seconds: 30 }));
        let (german, headers) = page("/sign-in", refused.clone(), "de-AT,de;q=0.9,en;q=0.8");

        assert!(german.contains(r#"<html lang="de">"#), "{german}");
        assert!(german.contains("Zu viele falsche Passwörter. Warten Sie 30 Sekunden"), "{german}");
        assert!(german.contains(r#"aria-label="Passwort anzeigen""#));
        assert_eq!(headers["content-language"], "de");
        assert_eq!(headers["vary"], "accept-language");

        let (english, headers) = page("/sign-in", refused, "fr-FR");
        assert!(english.contains(r#"<html lang="en">"#));
        assert!(english.contains("Too many wrong passwords. Wait 30 seconds, then try again."));
        assert_eq!(headers["content-language"], "en");
    }

    #[test]
    fn a_german_page_has_no_english_sentence() {
        for path in ["/sign-in", "/password/forgot"] {
            let (html, _) = page(path, Some(Outcome::ResetRequested), "de");
            let (_, body) = html.split_once("</svg>").unwrap();
            for word in ["the", "your", "you", "with", "email", "password", "sign", "need", "show", "here", "this"] {
                let found = body.split(['>', '"']).find(|text| {
                    let words = text.split('<').next().unwrap_or_default().to_lowercase();
                    words.contains(' ') && format!(" {words} ").contains(&format!(" {word} "))
                });
                assert_eq!(found, None, "{word:?} on {path}");
            }
        }
    }
}
