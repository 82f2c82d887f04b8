//! Mails as HTML, for programs of twenty years: tables for layout, styles at each element, and a few rules for those that
//! know the dark and small screens. Nothing is loaded from anywhere, and nothing tells that a mail was read.

use std::fmt::Write;

use crate::mail_text::{Block, MailText};

/// Rules for programs that know them; the others show the light mail. The colours are those of the pages.
const STYLE: &str = "\
:root{color-scheme:light dark;supported-color-schemes:light dark}\
a{color:#0b5473}\
@media (max-width:560px){.card{padding:24px 20px!important}}\
@media (prefers-color-scheme:dark){\
.canvas{background:#0f151a!important}\
.card{background:#172027!important;border-color:#2d3943!important}\
.text{color:#e9eef2!important}\
.quiet{color:#a9b5bf!important}\
.facts{border-color:#2d3943!important}\
.button{background:#86cbea!important}\
.button a{color:#06222f!important}\
a{color:#86cbea}}";

const FONT: &str = "font-family:system-ui,-apple-system,'Segoe UI',Roboto,Helvetica,Arial,sans-serif;";

/// The mail as a page of its own.
#[must_use]
pub fn html(mail: &MailText) -> String {
    let mut rows = String::new();
    for block in &mail.blocks {
        // Writing to a String can't fail.
        let _ = write!(rows, "<tr><td style=\"padding:0 0 16px\">{}</td></tr>", part(block));
    }
    format!(
        "<!doctype html><html lang=\"{}\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width\">\
         <meta name=\"color-scheme\" content=\"light dark\">\
         <meta name=\"supported-color-schemes\" content=\"light dark\">\
         <title>{}</title><style>{STYLE}</style></head>\
         <body class=\"canvas\" style=\"margin:0;padding:0;background:#f4f6f8\">\
         <table role=\"presentation\" class=\"canvas\" width=\"100%\" cellpadding=\"0\" cellspacing=\"0\" \
         style=\"background:#f4f6f8\"><tr><td align=\"center\" style=\"padding:24px 12px\">\
         <table role=\"presentation\" width=\"100%\" cellpadding=\"0\" cellspacing=\"0\" style=\"max-width:560px\">\
         <tr><td class=\"card\" style=\"padding:32px;background:#ffffff;border:1px solid #d8dee4;border-radius:10px\">\
         <table role=\"presentation\" width=\"100%\" cellpadding=\"0\" cellspacing=\"0\">{rows}</table>\
         </td></tr></table></td></tr></table></body></html>",
        mail.language.tag(),
        escaped(&mail.subject)
    )
}

fn part(block: &Block) -> String {
    match block {
        Block::Text(text) => format!(
            "<p class=\"text\" style=\"margin:0;{FONT}font-size:16px;line-height:1.5;color:#17212b\">{}</p>",
            escaped(text)
        ),
        Block::Link { label, address } => {
            let address = escaped(address);
            format!(
                "<table role=\"presentation\" cellpadding=\"0\" cellspacing=\"0\"><tr>\
                 <td class=\"button\" style=\"background:#0b5473;border-radius:8px\">\
                 <a href=\"{address}\" style=\"display:inline-block;padding:12px 20px;{FONT}font-size:16px;\
                 font-weight:600;line-height:20px;color:#ffffff;text-decoration:none\">{}</a></td></tr></table>\
                 <p class=\"quiet\" style=\"margin:12px 0 0;{FONT}font-size:14px;line-height:1.5;color:#4d5a66;\
                 word-break:break-all\"><a href=\"{address}\">{address}</a></p>",
                escaped(label)
            )
        }
        Block::Facts(facts) => {
            let row = |(name, fact): &(String, String)| {
                format!(
                    "<tr><th scope=\"row\" class=\"quiet\" align=\"left\" style=\"padding:4px 16px 4px 0;{FONT}\
                     font-size:14px;font-weight:400;color:#4d5a66;vertical-align:top\">{}</th>\
                     <td class=\"text\" style=\"padding:4px 0;{FONT}font-size:14px;color:#17212b\">{}</td></tr>",
                    escaped(name),
                    escaped(fact)
                )
            };
            format!(
                "<table class=\"facts\" width=\"100%\" cellpadding=\"0\" cellspacing=\"0\" \
                 style=\"border-top:1px solid #d8dee4;border-bottom:1px solid #d8dee4;padding:8px 0\">{}</table>",
                facts.iter().map(row).collect::<String>()
            )
        }
        Block::Footer(text) => format!(
            "<p class=\"quiet\" style=\"margin:8px 0 0;{FONT}font-size:14px;line-height:1.5;color:#4d5a66\">{}</p>",
            escaped(text)
        ),
    }
}

/// Text that stays text, in an element and in a quoted attribute.
fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            other => safe.push(other),
        }
    }
    safe
}

#[cfg(test)]
mod tests {
    use domain::Language;

    use super::*;

    fn mail(blocks: Vec<Block>) -> MailText {
        MailText { language: Language::English, subject: "Subject".into(), blocks }
    }

    #[test]
    fn a_name_never_becomes_markup() {
        let name = "<img src=x onerror=alert(1)> \"'& Co";
        let facts = vec![("Browser".into(), name.to_owned())];
        let mail = MailText {
            subject: name.into(),
            ..mail(vec![Block::Text(name.into()), Block::Facts(facts), Block::Footer(name.into())])
        };

        let html = html(&mail);

        assert!(!html.contains("<img") && !html.contains("\"'&"), "{html}");
        assert_eq!(html.matches("&lt;img src=x onerror=alert(1)&gt; &quot;&#39;&amp; Co").count(), 4);
    }

    #[test]
    fn a_link_is_a_button_and_can_be_read() {
        let address = "https://gate.example.com/invitation/token";
        let html = html(&mail(vec![Block::Link { label: "Choose a password".into(), address: address.into() }]));

        assert_eq!(html.matches(&format!("href=\"{address}\"")).count(), 2);
        assert!(html.contains(&format!(">{address}</a>")));
    }

    #[test]
    fn nothing_is_loaded_from_anywhere() {
        let html = html(&mail(vec![Block::Text("Hello".into())]));

        for loading in ["http://", "https://", "src=", "url(", "<script", "<link", "@import"] {
            assert!(!html.contains(loading), "{loading}");
        }
    }
}
