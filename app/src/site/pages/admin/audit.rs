use domain::{Timestamp, UserId};
use leptos::prelude::*;
use time::macros::format_description;
use time::{Date, OffsetDateTime, Time};
use verifier::{
    AuditEntry, AuditPage as Found, AuditQuery, ChainState, EventFilter, EventOutcome, EventPlace, EventTopic, Named,
};

use super::account_words;
use super::apps::chain_words;
use super::looking::{Looking, looked_up};
use super::outcome::LastOutcome;
use super::query::{address, parameter};
use crate::Words;
use crate::parts::{Button, Icon, Notice, Tone};
use crate::site::browser_words::browser_words;
use crate::site::events::{event_words, kind_words};
use crate::site::frame::{Frame, Width};
use crate::site::session_field::SessionField;
use crate::site::times::Moment;
use crate::site::words::use_language;

const PAGE: &str = "/admin/audit";
/// Where the log is fetched as a file.
const AUDIT_CSV: &str = "/admin/audit.csv";
const AUDIT_NDJSON: &str = "/admin/audit.ndjson";

/// What the address asks for, as it stands there.
#[derive(Debug, Clone, Default)]
struct Asked {
    user: Option<String>,
    email: Option<String>,
    kind: Option<String>,
    outcome: Option<String>,
    from: Option<String>,
    until: Option<String>,
}

impl Asked {
    /// What these fields ask for; who can't be read is not asked for.
    fn of(field: impl Fn(&str) -> Option<String>) -> Self {
        Self {
            user: field("user").filter(|user| user.parse::<UserId>().is_ok()),
            email: field("email").filter(|email| !email.trim().is_empty()),
            kind: field("kind"),
            outcome: field("outcome"),
            from: field("from"),
            until: field("until"),
        }
    }

    fn fields(&self) -> Vec<(&'static str, String)> {
        let fields = [
            ("user", &self.user),
            ("email", &self.email),
            ("kind", &self.kind),
            ("outcome", &self.outcome),
            ("from", &self.from),
            ("until", &self.until),
        ];
        fields.into_iter().filter_map(|(name, value)| Some((name, value.clone()?))).collect()
    }
}

/// The query that these fields ask for; what can't be read is not asked for. Days are whole ones, UTC.
#[must_use]
pub fn audit_query(field: impl Fn(&str) -> Option<String>) -> AuditQuery {
    AuditQuery {
        user: field("user").and_then(|user| user.parse::<UserId>().ok()),
        email: field("email").filter(|email| !email.trim().is_empty()),
        about: field("kind").and_then(|kind| kind.parse::<EventFilter>().ok()),
        outcome: field("outcome").and_then(|outcome| outcome.parse::<EventOutcome>().ok()),
        from: field("from").and_then(|day| start_of(&day)),
        until: field("until").and_then(|day| start_of(&day)).map(|day| day.plus(std::time::Duration::from_hours(24))),
    }
}

/// The page of the log with what these fields ask for.
#[must_use]
pub fn audit_address(field: impl Fn(&str) -> Option<String>) -> String {
    address(PAGE, &Asked::of(field).fields())
}

/// The first moment of a day as an input of type `date` writes it.
fn start_of(day: &str) -> Option<Timestamp> {
    let day = Date::parse(day, format_description!("[year]-[month]-[day]")).ok()?;
    Some(Timestamp::from_seconds(OffsetDateTime::new_utc(day, Time::MIDNIGHT).unix_timestamp()))
}

/// What happened in the account, the newest first.
#[component]
pub(crate) fn AuditPage() -> impl IntoView {
    let looking = Looking::here()?;
    let (words, now, asked) = (account_words(), looking.visit.at, Asked::of(parameter));
    let query = audit_query(parameter);
    let before = parameter("before").and_then(|place| place.parse::<EventPlace>().ok());
    let outcome = view! { <LastOutcome visit=&looking.visit /> }.into_any();
    let shown = asked.clone();
    let load = async move {
        let (verifier, actor) = (looking.verifier(), looking.actor());
        let found = match verifier.audit_page(actor, &query, before.as_ref()).await? {
            Ok(found) => found,
            Err(denied) => return Ok(Err(denied)),
        };
        Ok(verifier.chain_state(actor).await?.map(|chain| (found, chain)))
    };
    let content = looked_up(load, move |(found, chain)| {
        view! {
            <Chain words chain now />
            <Log words found asked=shown now />
        }
    });
    Some(view! {
        <Frame title=words.say("audit.title") width=Width::Admin>
            <div class="stack">
                <div class="card__head">
                    <h1>{words.say("audit.title")}</h1>
                    <p>{words.say("audit.what")}</p>
                </div>
                {outcome}
                <Filter words asked />
                {content}
            </div>
        </Frame>
    })
}

/// How far the log is known to be as it was written.
#[component]
fn Chain(words: &'static Words, chain: ChainState, now: Timestamp) -> impl IntoView {
    let tone = if chain.is_sound() { Tone::Success } else { Tone::Warning };
    let more = (chain.waiting > 0).then(|| words.say_count("audit.waiting", chain.waiting.into()));
    let told = |key: &str, at: Timestamp| {
        let (before, after) = words.say_around(key, "time", &[]);
        view! { <span>{before} <Moment at now /> {after} " "</span> }
    };
    let upto = chain.sealed_upto.map(|(_, at)| told("audit.upto-at", at));
    let whole = chain.sealed_upto.and(chain.whole_at).map(|at| told("audit.whole-at", at));
    view! {
        <Notice tone title=chain_words(words, &chain) more standing=true />
        <p class="setting__note">{upto} {whole}</p>
    }
}

#[component]
fn Filter(words: &'static Words, asked: Asked) -> impl IntoView {
    let user = asked.user.clone().map(|user| view! { <input type="hidden" name="user" value=user /> });
    let one_user = asked.user.is_some().then(|| {
        let without = Asked { user: None, ..asked.clone() };
        view! {
            <p>
                {words.say("audit.one-user")} " "
                <a href=address(PAGE, &without.fields())>{words.say("audit.all-users")}</a>
            </p>
        }
    });
    let who = asked.user.is_none().then(|| {
        view! {
            <div class="field">
                <label class="field__label" for="email">
                    {words.say("audit.user")}
                </label>
                <input
                    class="input"
                    type="email"
                    id="email"
                    name="email"
                    value=asked.email.clone()
                    autocomplete="off"
                />
            </div>
        }
    });
    let clear = (one_user.is_none() && !asked.fields().is_empty()).then(|| {
        view! {
            <p>
                <a href=PAGE>{words.say("audit.clear")}</a>
            </p>
        }
    });
    view! {
        <form class="filter" method="get" action=PAGE>
            {user}
            {who}
            {choice("kind", words.say("audit.kind"), kinds(words, asked.kind.as_deref()))}
            {choice("outcome", words.say("audit.outcome"), outcomes(words, asked.outcome.as_deref()))}
            {day("from", words.say("audit.from"), asked.from.clone())}
            {day("until", words.say("audit.until"), asked.until.clone())}
            <Button label=words.say("audit.filter") pending=words.say("audit.filtering") rank="secondary" />
        </form>
        {one_user}
        {clear}
    }
}

fn choice(name: &'static str, label: String, options: Vec<AnyView>) -> impl IntoView {
    view! {
        <div class="field">
            <label class="field__label" for=name>
                {label}
            </label>
            <select class="input" id=name name=name autocomplete="off">
                {options}
            </select>
        </div>
    }
}

fn option(value: &'static str, said: String, chosen: Option<&str>) -> AnyView {
    let selected = chosen.unwrap_or_default() == value;
    view! {
        <option value=value selected=selected>
            {said}
        </option>
    }
    .into_any()
}

/// Each topic as a whole, and each of its kinds in the order of the alphabet.
fn kinds(words: &'static Words, chosen: Option<&str>) -> Vec<AnyView> {
    let of = |topic: EventTopic| {
        let label = words.say(&format!("topic.{}", topic.as_str()));
        let all = option(topic.as_str(), words.say_with("audit.all-of", "topic", &label), chosen);
        let mut kinds: Vec<_> = topic.kinds().map(|kind| (kind_words(kind, use_language()), kind)).collect();
        kinds.sort();
        let kinds = kinds.into_iter().map(|(said, kind)| option(kind.as_str(), said, chosen)).collect_view();
        view! { <optgroup label=label>{all} {kinds}</optgroup> }.into_any()
    };
    std::iter::once(option("", words.say("audit.every-kind"), chosen)).chain(EventTopic::ALL.map(of)).collect()
}

fn outcomes(words: &'static Words, chosen: Option<&str>) -> Vec<AnyView> {
    let of =
        |outcome: EventOutcome| option(outcome.as_str(), words.say(&format!("outcome.{}", outcome.as_str())), chosen);
    std::iter::once(option("", words.say("audit.every-outcome"), chosen)).chain(EventOutcome::ALL.map(of)).collect()
}

fn day(name: &'static str, label: String, value: Option<String>) -> impl IntoView {
    view! {
        <div class="field">
            <label class="field__label" for=name>
                {label}
            </label>
            <input class="input" type="date" id=name name=name value=value autocomplete="off" />
        </div>
    }
}

#[component]
fn Log(words: &'static Words, found: Found, asked: Asked, now: Timestamp) -> impl IntoView {
    let is_empty = found.entries.is_empty();
    let rows = found.entries.into_iter().map(|entry| entry_row(words, entry, now)).collect_view();
    let further = found.next.map(|place| {
        let mut fields = asked.fields();
        fields.push(("before", place.to_string()));
        let label = match found.looked_back_to {
            Some(_) => words.say("audit.look-further"),
            None => words.say("audit.older"),
        };
        view! {
            <a class="button button--secondary" rel="next" href=address(PAGE, &fields)>
                <span class="button__label">{label}</span>
            </a>
        }
    });
    let newest = parameter("before").map(|_| {
        view! {
            <a class="button button--secondary" href=address(PAGE, &asked.fields())>
                <span class="button__label">{words.say("audit.newest")}</span>
            </a>
        }
    });
    let looked = found.looked_back_to.map(|at| {
        view! { <p class="setting__note">{words.say("audit.looked-back")} " " <Moment at now /></p> }
    });
    let none = is_empty.then(|| {
        view! {
            <div class="empty">
                <Icon name="search" />
                <p>{words.say("audit.none")}</p>
            </div>
        }
    });
    let export = |action: &'static str, key: &str| {
        let hidden =
            asked.fields().into_iter().map(|(name, value)| view! { <input type="hidden" name=name value=value /> });
        view! {
            <form method="post" action=action data-download>
                <SessionField />
                {hidden.collect_view()}
                <Button label=words.say(key) pending=words.say("audit.exporting") rank="quiet" />
            </form>
        }
    };
    view! {
        <section class="card card--flush" aria-labelledby="log">
            <h2 class="visually-hidden" id="log">
                {words.say("audit.entries")}
            </h2>
            <ol class="log" role="list">
                {rows}
            </ol>
            {none}
            {looked}
            <div class="table-foot">
                <div class="pages">{newest} {further}</div>
                {export(AUDIT_CSV, "audit.csv")}
                {export(AUDIT_NDJSON, "audit.ndjson")}
            </div>
        </section>
    }
}

/// One entry: who, what, when, and from where; the rest when it is opened.
fn entry_row(words: &'static Words, entry: AuditEntry, now: Timestamp) -> impl IntoView {
    let AuditEntry { event, user, by } = entry;
    let (who, doer) = (user.map(|user| named(words, &user)), by.map(|by| named(words, &by)));
    let refused = event.kind.name().outcome() == EventOutcome::Refused;
    let from: Vec<_> = event
        .browser
        .iter()
        .map(|browser| browser_words(browser.as_str()))
        .chain(event.address.iter().map(ToString::to_string))
        .collect();
    let from = if from.is_empty() { words.say("audit.on-server") } else { from.join(" · ") };
    let what = event_words(&event, use_language());
    let by = doer.map(|doer| view! { <span>" " {words.say("audit.by")} " " {doer}</span> });
    let detail = serde_json::to_string(&event.kind).unwrap_or_default();
    let id = event.id.to_string();
    view! {
        <li class="log__entry">
            <details class="log__more">
                <summary class="log__line">
                    {if refused {
                        view! { <Icon name="warning" class="icon icon--warning" /> }
                    } else {
                        view! { <Icon name="success" class="icon" /> }
                    }}
                    <span class="log__what">
                        {who.map(|who| view! { <strong>{who} ": "</strong> })} {what} {by}
                        {refused
                            .then(|| view! { <span class="visually-hidden">" " {words.say("outcome.refused")}</span> })}
                    </span> <span class="log__when">
                        <Moment at=event.at now />
                    </span>
                </summary>
                <dl class="summary-list">
                    <div class="summary-list__row">
                        <dt class="summary-list__term">{words.say("audit.where")}</dt>
                        <dd class="summary-list__value">{from}</dd>
                    </div>
                    <div class="summary-list__row">
                        <dt class="summary-list__term">{words.say("audit.detail")}</dt>
                        <dd class="summary-list__value">
                            <code>{detail}</code>
                        </dd>
                    </div>
                    <div class="summary-list__row">
                        <dt class="summary-list__term">{words.say("audit.id")}</dt>
                        <dd class="summary-list__value">
                            <code>{id}</code>
                        </dd>
                    </div>
                </dl>
            </details>
        </li>
    }
}

/// What somebody is called; whoever was removed by their identifier.
fn named(words: &Words, named: &Named) -> String {
    match &named.name {
        Some((name, _)) => name.to_string(),
        None => words.say_with("audit.removed-user", "user", named.user.as_str()),
    }
}

#[cfg(test)]
mod tests {
    use verifier::EventName;

    use super::*;

    #[test]
    fn days_are_whole_and_what_cant_be_read_is_not_asked_for() {
        let fields = |pairs: &'static [(&str, &str)]| {
            move |name: &str| pairs.iter().find(|(of, _)| *of == name).map(|(_, value)| (*value).to_owned())
        };

        let query = audit_query(fields(&[("from", "1970-01-02"), ("until", "1970-01-02"), ("kind", "sign-in")]));
        assert_eq!(query.from, Some(Timestamp::from_seconds(86_400)));
        assert_eq!(query.until, Some(Timestamp::from_seconds(2 * 86_400)));
        assert_eq!(query.about, Some(EventFilter::Topic(EventTopic::SignIn)));

        let one = audit_query(fields(&[("kind", "password_rejected")]));
        assert_eq!(one.about, Some(EventFilter::Kind(EventName::PasswordRejected)));

        let garbage = audit_query(fields(&[("from", "2026-02-30"), ("until", "x"), ("kind", "?"), ("user", "../")]));
        assert_eq!((garbage.from, garbage.until, garbage.about, garbage.user), (None, None, None, None));
    }
}
