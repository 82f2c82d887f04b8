use http::StatusCode;
use leptos::prelude::*;

use super::shell::{SPRITE, content_security_policy};
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

    fn words(self) -> (&'static str, &'static str, &'static str, &'static str) {
        match self {
            Self::NotFound => (
                "search",
                "This page does not exist",
                "Check the address, or start from the first page. Nothing was changed.",
                "Go to the first page",
            ),
            Self::NotAllowed => (
                "lock",
                "This page is not yours to open",
                "You are signed in, but this needs an administrator's rights. Ask one if you think that is wrong.",
                "Go to the first page",
            ),
            Self::CrossSite => (
                "lock",
                "This request came from another site",
                "For your safety it was not carried out. If you meant to do it, start from the first page.",
                "Go to the first page",
            ),
            Self::Malformed => (
                "trouble",
                "That form did not arrive whole",
                "Nothing was changed. Go back, reload the page and send it again.",
                "Go to the first page",
            ),
            Self::TooLarge => (
                "trouble",
                "That was more than a form can hold",
                "Nothing was changed. Go back and shorten what you entered.",
                "Go to the first page",
            ),
            Self::WrongMethod => (
                "search",
                "There is nothing to see at this address",
                "It takes what forms send and shows no page. Nothing was changed.",
                "Go to the first page",
            ),
            Self::Trouble => (
                "trouble",
                "Something is wrong on our side",
                "Nothing you did is lost, and no code was used up. Please try again in a minute.",
                "Try again",
            ),
        }
    }
}

/// The page of a message, for where no page is being rendered: the document, and the policy to send with it.
#[must_use]
pub fn message_page(site: &Site, message: Message) -> (String, String) {
    let (icon, title, what, verb) = message.words();
    let style = site.bundle.as_ref().map(|bundle| {
        let Bundle { style, favicon, .. } = (**bundle).clone();
        view! {
            <link rel="icon" href=favicon.path type="image/svg+xml" />
            <link rel="stylesheet" href=style.path integrity=style.integrity />
        }
    });
    let page = Owner::new().with(|| {
        view! {
            <html lang="en">
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
                            <h1>{title}</h1>
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
