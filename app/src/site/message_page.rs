use http::StatusCode;
use leptos::prelude::*;

use super::shell::{SPRITE, content_security_policy};
use super::words::{Area, preferred, words_in};
use super::{Bundle, Site};
use crate::parts::Icon;

/// A page that is one message: what happened, and what to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Message {
    /// There is no such page.
    NotFound,
    /// The page is there, and not for this person.
    NotAllowed,
    /// The form came from another site.
    CrossSite,
    /// The form did not arrive whole.
    Malformed,
    /// More was sent than any form has.
    TooLarge,
    /// The method does not fit the address.
    WrongMethod,
    /// Something on our side; nothing was changed.
    Trouble,
}

impl Message {
    /// Its HTTP status.
    #[must_use]
    pub fn status(self) -> StatusCode {
        match self {
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::NotAllowed | Self::CrossSite => StatusCode::FORBIDDEN,
            Self::Malformed => StatusCode::BAD_REQUEST,
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::WrongMethod => StatusCode::METHOD_NOT_ALLOWED,
            Self::Trouble => StatusCode::SERVICE_UNAVAILABLE,
        }
    }

    /// Its icon, and the keys of its title, of what to do, and of what the way on is called.
    fn keys(self) -> (&'static str, &'static str, &'static str, &'static str) {
        const FIRST_PAGE: &str = "message.first-page";
        match self {
            Self::NotFound => ("search", "message.not-found", "message.not-found-what", FIRST_PAGE),
            Self::NotAllowed => ("lock", "message.not-allowed", "message.not-allowed-what", FIRST_PAGE),
            Self::CrossSite => ("lock", "message.cross-site", "message.cross-site-what", FIRST_PAGE),
            Self::Malformed => ("trouble", "message.malformed", "message.malformed-what", FIRST_PAGE),
            Self::TooLarge => ("trouble", "message.too-large", "message.too-large-what", FIRST_PAGE),
            Self::WrongMethod => ("search", "message.wrong-method", "message.wrong-method-what", FIRST_PAGE),
            Self::Trouble => ("trouble", "message.trouble", "message.trouble-what", "message.again"),
        }
    }
}

/// The page of a message, for where no page is being rendered, in the language that this `Accept-Language` asks for: the
/// document, and the policy to send with it.
#[must_use]
pub fn message_page(site: &Site, message: Message, accept_language: &str) -> (String, String) {
    let language = preferred(accept_language);
    let words = words_in(Area::Messages, language);
    let (icon, title, what, verb) = message.keys();
    let (title, what, verb) = (words.say(title), words.say(what), words.say(verb));
    let style = site.bundle.as_ref().map(|bundle| {
        let Bundle { style, favicon, .. } = (**bundle).clone();
        view! {
            <link rel="icon" href=favicon.path type="image/svg+xml" />
            <link rel="stylesheet" href=style.path integrity=style.integrity />
        }
    });
    let page = Owner::new().with(|| {
        view! {
            <html lang=language.tag()>
                <head>
                    <meta charset="utf-8" />
                    <meta name="viewport" content="width=device-width, initial-scale=1" />
                    <meta name="color-scheme" content="light dark" />
                    <title>{format!("{title} – Stepgate")}</title>
                    {style}
                </head>
                <body>
                    <div hidden inner_html=SPRITE></div>
                    <header class="topbar">
                        <a class="topbar__brand" href="/">
                            <Icon name="stepgate" class="topbar__mark" />
                            "Stepgate"
                        </a>
                    </header>
                    <main class="page page--narrow" id="main">
                        <div class="card message">
                            <Icon name=icon class="icon message__icon" />
                            <h1>{title.clone()}</h1>
                            <p>{what}</p>
                            <a class="button button--secondary" href="/">
                                <span class="button__label">{verb}</span>
                            </a>
                        </div>
                    </main>
                </body>
            </html>
        }
        .to_html()
    });
    (format!("<!DOCTYPE html>{page}"), content_security_policy("'none'"))
}
