use http::HeaderValue;
use http::header::CONTENT_SECURITY_POLICY;
use leptos::nonce::use_nonce;
use leptos::prelude::*;
use leptos_axum::ResponseOptions;
use leptos_meta::{MetaTags, provide_meta_context};

use super::context::{use_site, use_visit};
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
    let bundle = use_site().and_then(|site| site.bundle);
    let has_island = use_visit().is_some_and(|visit| visit.has_island);
    view! {
        <!DOCTYPE html>
        <html lang="en">
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
