//! Mails as a real mail server takes them: Exim, with encryption, a login, and recipients it refuses.

#![expect(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test that cannot go on panics, also in what it calls"
)]

mod exim;

use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::thread;

use delivery::{Mail, MailGateway, MailUrl, NotDelivered, Smtp};
use domain::{MessageId, Timestamp};
use mailparse::{MailHeaderMap, ParsedMail, parse_mail};

use crate::exim::Exim;

fn mail(to: &str, number: u8) -> Mail {
    Mail {
        id: MessageId::from_random([number; 16]),
        queued_at: Timestamp::from_seconds(1_763_961_153),
        at: Timestamp::from_seconds(1_763_961_153),
        to: to.parse().unwrap(),
        name: "Zoë van Đặng".parse().unwrap(),
        account: "Analytical Engines GmbH & Söhne".parse().unwrap(),
        subject: "Für Sie: a subject with “quotes” and more than one line could hold, so that it has to be folded"
            .into(),
        body: "Hello Zoë,\n\n.a line that begins with a dot\n\nhttps://gate.example.com/invitation/token\n".into(),
        html: "<!doctype html><p>Hello Zoë</p>".into(),
    }
}

fn gateway(url: &str) -> Smtp {
    match url.parse().unwrap() {
        MailUrl::Smtp(url) => Smtp::open(url).unwrap(),
        MailUrl::Outbox => panic!("no server"),
    }
}

fn header(mail: &ParsedMail<'_>, name: &str) -> String {
    mail.headers.get_first_value(name).unwrap_or_else(|| panic!("no {name}"))
}

#[tokio::test]
async fn a_mail_arrives_encrypted_with_both_parts_and_all_that_names_it() {
    let exim = Exim::start();
    let smtp = gateway(&exim.url("ada:s3cr%2Ft"));

    smtp.send(&mail("zoe@example.com", 1)).await.unwrap();
    smtp.send(&mail("zoe@example.com", 2)).await.unwrap();

    let mails = exim.mails(2);
    let parsed: Vec<_> = mails.iter().map(|mail| parse_mail(mail).unwrap()).collect();
    let ids: Vec<_> = parsed.iter().map(|mail| header(mail, "Message-ID")).collect();
    let id = format!("<{}@gate.example.com>", MessageId::from_random([1; 16]));
    let first = parsed.iter().find(|mail| header(mail, "Message-ID") == id).unwrap_or_else(|| panic!("{ids:?}"));
    assert_eq!(header(first, "Subject"), mail("zoe@example.com", 1).subject);
    assert_eq!(header(first, "To"), "Zoë van Đặng <zoe@example.com>");
    assert!(header(first, "From").ends_with("<mfa@gate.example.com>"), "{}", header(first, "From"));
    assert!(header(first, "From").contains("Analytical Engines GmbH & Söhne"));
    assert_eq!(header(first, "Date"), "Mon, 24 Nov 2025 05:12:33 +0000");
    assert_eq!(header(first, "Auto-Submitted"), "auto-generated");
    let [plain, html] = first.subparts.as_slice() else { panic!("two parts") };
    assert_eq!((plain.ctype.mimetype.as_str(), html.ctype.mimetype.as_str()), ("text/plain", "text/html"));
    assert_eq!(plain.get_body().unwrap().replace("\r\n", "\n"), mail("zoe@example.com", 1).body);
    assert_eq!(html.get_body().unwrap().trim_end(), mail("zoe@example.com", 1).html);
    // Over one connection, encrypted, as the one who signed in.
    let log = exim.log();
    assert_eq!(log.matches("P=esmtpsa").count(), 2, "{log}");
}

#[tokio::test]
async fn a_second_try_has_the_same_message_id() {
    let exim = Exim::start();
    let smtp = gateway(&exim.url("ada:s3cr%2Ft"));

    for _ in 0..2 {
        smtp.send(&mail("zoe@example.com", 1)).await.unwrap();
    }

    let mails = exim.mails(2);
    let ids: Vec<_> = mails.iter().map(|mail| header(&parse_mail(mail).unwrap(), "Message-ID")).collect();
    assert_eq!(ids[0], ids[1]);
}

#[tokio::test]
async fn what_the_server_refuses_is_told_apart_without_an_address() {
    let exim = Exim::start();
    let smtp = gateway(&exim.url("ada:s3cr%2Ft"));
    let refused = async |smtp: &Smtp, to: &str| smtp.send(&mail(to, 1)).await.expect_err("a refusal");

    let nobody = refused(&smtp, "nobody@example.com").await;
    let later = refused(&smtp, "later@example.com").await;
    let elsewhere = refused(&gateway(&exim.url("ada:wrong")), "zoe@example.com").await;
    let unknown = refused(&gateway(&exim.url("")), "zoe@example.com").await;

    assert!(matches!(nobody, NotDelivered::ForGood(_)), "{nobody:?}");
    for unsent in [later, elsewhere, unknown] {
        assert!(matches!(unsent, NotDelivered::ForNow(_)), "{unsent:?}");
        assert!(!format!("{unsent:?}").contains("@example.com"), "{unsent:?}");
    }
    assert!(!format!("{nobody:?}").contains("nobody@"), "{nobody:?}");
    // And the next one goes.
    smtp.send(&mail("zoe@example.com", 2)).await.unwrap();
    assert_eq!(exim.mails(1).len(), 1);
}

#[tokio::test]
async fn a_certificate_that_nobody_vouches_for_is_not_spoken_to() {
    let exim = Exim::start();
    let trusting_nobody = exim.url("ada:s3cr%2Ft").replace("&ca=", "&from=mfa@gate.example.com&ca=/dev/null&");
    assert!(trusting_nobody.parse::<MailUrl>().is_err(), "an option that is none");
    let url = exim.url("ada:s3cr%2Ft");
    let (without, _) = url.split_once("&ca=").unwrap();

    let unsent = gateway(without).send(&mail("zoe@example.com", 1)).await.expect_err("no trust");

    assert!(matches!(unsent, NotDelivered::ForNow(_)), "{unsent:?}");
    assert!(exim.log().matches("P=esmtp").count() == 0);
}

#[tokio::test]
async fn a_server_that_is_away_is_tried_again() {
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();

    let unsent = gateway(&format!("smtp://127.0.0.1:{port}?from=mfa@gate.example.com&tls=none"))
        .send(&mail("zoe@example.com", 1))
        .await
        .expect_err("nobody listens");

    assert!(matches!(unsent, NotDelivered::ForNow(_)), "{unsent:?}");
}

/// A server that says these lines, each once the client has said something, and hangs up.
fn scripted(lines: &'static [&'static str]) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut said = BufReader::new(stream.try_clone().unwrap()).lines();
        for line in lines {
            stream.write_all(format!("{line}\r\n").as_bytes()).unwrap();
            if line.starts_with("354") {
                while said.next().is_some_and(|line| line.unwrap() != ".") {}
            } else {
                said.next();
            }
        }
    });
    port
}

const UP_TO_THE_CONTENT: [&str; 5] =
    ["220 mail.example.com ESMTP", "250 mail.example.com", "250 sender", "250 recipient", "354 go on"];

#[tokio::test]
async fn a_server_that_offers_no_encryption_is_not_spoken_to() {
    let port = scripted(&["220 mail.example.com ESMTP", "250 mail.example.com"]);

    let url = format!("smtp://127.0.0.1:{port}?from=mfa@gate.example.com");
    let unsent = gateway(&url).send(&mail("zoe@example.com", 1)).await.expect_err("no STARTTLS");

    assert!(matches!(unsent, NotDelivered::ForNow(_)), "{unsent:?}");
}

#[tokio::test]
async fn who_hangs_up_once_all_is_said_may_have_taken_it() {
    let port = scripted(&UP_TO_THE_CONTENT);

    let url = format!("smtp://127.0.0.1:{port}?from=mfa@gate.example.com&tls=none");
    let unsent = gateway(&url).send(&mail("zoe@example.com", 1)).await.expect_err("no answer");

    assert!(matches!(unsent, NotDelivered::Perhaps(_)), "{unsent:?}");
}

#[tokio::test]
async fn an_answer_that_is_none_is_not_repeated() {
    let port =
        scripted(&["220 mail.example.com ESMTP", "250 mail.example.com", "250 sender", "zoe@example.com is no reply"]);

    let url = format!("smtp://127.0.0.1:{port}?from=mfa@gate.example.com&tls=none");
    let unsent = gateway(&url).send(&mail("zoe@example.com", 1)).await.expect_err("no answer");

    assert!(matches!(unsent, NotDelivered::ForNow(_)), "{unsent:?}");
    assert!(!format!("{unsent:?}").contains("zoe@"), "{unsent:?}");
}

#[tokio::test]
async fn who_hangs_up_before_the_content_has_not_taken_it() {
    let port = scripted(&["220 mail.example.com ESMTP", "250 mail.example.com", "250 sender"]);

    let url = format!("smtp://127.0.0.1:{port}?from=mfa@gate.example.com&tls=none");
    let unsent = gateway(&url).send(&mail("zoe@example.com", 1)).await.expect_err("no answer");

    assert!(matches!(unsent, NotDelivered::ForNow(_)), "{unsent:?}");
}
