use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use domain::AccountId;
use serde::{Deserialize, Serialize};
use verifier::{AuditChain, ChainFault, ChainVerdict, Examination, ExaminedChain, KeyId, Queue, Unavailable, utc};

use super::{Operator, Reply};

/// Everything is to be looked at.
#[derive(Debug, Serialize, Deserialize)]
pub struct Examine {}

/// What was found.
#[derive(Debug, Serialize, Deserialize)]
pub struct Findings {
    examination: Examination,
    /// The keys that are there.
    reading: BTreeSet<KeyId>,
}

/// The findings as `--json` prints them: scripts rely on these names.
#[derive(Serialize)]
struct JsonFindings<'a> {
    sound: bool,
    audit: Vec<JsonChain<'a>>,
    keys: JsonKeys<'a>,
    messages: JsonMessages,
}

#[derive(Serialize)]
struct JsonChain<'a> {
    /// None for what happened in no account.
    account: Option<&'a str>,
    sound: bool,
    /// The newest number, and the code that stands for everything up to it.
    number: Option<u64>,
    head: Option<String>,
    removed: Option<u64>,
    broken_at: Option<u64>,
    fault: Option<ChainFault>,
}

#[derive(Serialize)]
struct JsonKeys<'a> {
    writing: &'a str,
    values: &'a BTreeMap<KeyId, u64>,
    missing: Vec<&'a str>,
    unreadable: u64,
}

#[derive(Serialize)]
struct JsonMessages {
    waiting: u64,
    failed_before: u64,
    /// RFC 3339.
    oldest: Option<String>,
}

impl Examine {
    pub(super) async fn carry_out(self, operator: &Operator) -> Result<Reply, Unavailable> {
        let examination = operator.verifier.examine().await?;
        let reading = operator.verifier.keyring().reading();
        Ok(Reply::Examined(Findings { examination, reading }))
    }
}

impl Findings {
    /// Whether nothing is wrong.
    pub(super) fn is_sound(&self) -> bool {
        self.examination.is_sound()
    }

    /// For people.
    pub(super) fn text(&self) -> String {
        let chains: String = self.examination.chains.iter().map(in_words).collect();
        let (keys, messages) = (self.keys_in_words(), messages_in_words(self.examination.queue));
        format!(
            "Audit log (the code after each number stands for everything up to it: note it elsewhere, and nothing \
             before can be put back unnoticed)\n{chains}\nKeys\n{keys}\nMessages\n{messages}"
        )
    }

    /// For scripts.
    pub(super) fn json(&self) -> serde_json::Result<String> {
        let Examination { chains, keys, queue } = &self.examination;
        let findings = JsonFindings {
            sound: self.is_sound(),
            audit: chains.iter().map(JsonChain::from).collect(),
            keys: JsonKeys {
                writing: keys.writing.as_str(),
                values: &keys.values,
                missing: self.missing().map(KeyId::as_str).collect(),
                unreadable: keys.unreadable,
            },
            messages: JsonMessages {
                waiting: queue.waiting,
                failed_before: queue.failed_before,
                oldest: queue.oldest.map(utc::rfc3339),
            },
        };
        Ok(serde_json::to_string_pretty(&findings)? + "\n")
    }

    /// Keys under which something lies and that are not there.
    fn missing(&self) -> impl Iterator<Item = &KeyId> {
        self.examination.keys.values.keys().filter(|key| !self.reading.contains(key))
    }

    fn keys_in_words(&self) -> String {
        let keys = &self.examination.keys;
        let mut text = String::new();
        for key in self.reading.iter().chain(self.missing()) {
            let values = keys.values.get(key).copied().unwrap_or_default();
            let role = match (*key == keys.writing, self.reading.contains(key), values) {
                (true, _, _) => "writing",
                (false, true, 0) => "reading; nothing lies under it, the next rotation retires it",
                (false, true, _) => "reading; the next rotation re-encrypts these",
                (false, false, _) => "NOT IN THE KEYS FILE",
            };
            let _ = writeln!(text, "  {key}: {}, {role}", secrets(values));
        }
        if keys.unreadable > 0 {
            let _ = writeln!(text, "  WRONG: of all these, {} can't be opened", secrets(keys.unreadable));
        }
        text
    }
}

fn secrets(count: u64) -> String {
    if count == 1 { "1 secret".into() } else { format!("{count} secrets") }
}

fn in_words(ExaminedChain { chain, verdict }: &ExaminedChain) -> String {
    let of = match chain {
        AuditChain::Account(account) => format!("account {account}"),
        AuditChain::NoAccount => "no account".into(),
    };
    match verdict {
        ChainVerdict::Intact { upto, .. } if upto.number == 0 && chain.account().is_some() => {
            format!("  {of}: WRONG: it is empty, and was not when the account was created\n")
        }
        ChainVerdict::Intact { upto, .. } if upto.number == 0 => format!("  {of}: intact, nothing yet\n"),
        ChainVerdict::Intact { removed: 0, upto } => format!("  {of}: intact, {} {}\n", upto.number, upto.mac),
        ChainVerdict::Intact { removed, upto } => {
            format!("  {of}: intact, {} {} (the first {removed} were removed by age)\n", upto.number, upto.mac)
        }
        ChainVerdict::Broken(broken) => {
            format!("  {of}: WRONG at number {}: {}\n", broken.number, fault_in_words(broken.fault))
        }
    }
}

fn fault_in_words(fault: ChainFault) -> &'static str {
    match fault {
        ChainFault::Missing => "an entry is missing",
        ChainFault::Surplus => "there is an entry that does not belong there",
        ChainFault::Changed => "the entry was changed, or moved",
        ChainFault::UnknownKey => "it was sealed with a key that is not in the keys file",
        ChainFault::Head => "the record of how far the log goes is missing, forged, or of another history",
    }
}

fn messages_in_words(queue: Queue) -> String {
    match queue.oldest {
        None => "  none waiting\n".into(),
        Some(oldest) => format!(
            "  {} waiting, {} of them failed before, the oldest since {}\n",
            queue.waiting,
            queue.failed_before,
            utc::in_words(oldest)
        ),
    }
}

impl<'a> From<&'a ExaminedChain> for JsonChain<'a> {
    fn from(examined: &'a ExaminedChain) -> Self {
        let (account, sound) = (examined.chain.account().map(AccountId::as_str), examined.is_sound());
        let none = Self { account, sound, number: None, head: None, removed: None, broken_at: None, fault: None };
        match examined.verdict {
            ChainVerdict::Intact { removed, upto } => {
                Self { number: Some(upto.number), head: Some(upto.mac.to_string()), removed: Some(removed), ..none }
            }
            ChainVerdict::Broken(broken) => Self { broken_at: Some(broken.number), fault: Some(broken.fault), ..none },
        }
    }
}

#[cfg(test)]
mod tests {
    use domain::Timestamp;
    use serde_json::{Value, json};
    use verifier::{ChainBreak, ChainPoint, KeysInUse};

    use super::*;

    fn findings(verdict: ChainVerdict) -> Findings {
        let account = AuditChain::Account(AccountId::from_random([0; 16]));
        let nothing = ChainVerdict::Intact { removed: 0, upto: ChainPoint::START };
        let chains = [(account, verdict), (AuditChain::NoAccount, nothing)];
        let values = BTreeMap::from([("k2".parse().unwrap(), 3)]);
        let oldest = Some(Timestamp::from_seconds(1_763_961_153));
        Findings {
            examination: Examination {
                chains: chains.map(|(chain, verdict)| ExaminedChain { chain, verdict }).into(),
                keys: KeysInUse { writing: "k2".parse().unwrap(), values, unreadable: 0 },
                queue: Queue { waiting: 2, failed_before: 1, oldest },
            },
            reading: ["k1", "k2"].map(|key| key.parse().unwrap()).into(),
        }
    }

    fn intact() -> ChainVerdict {
        ChainVerdict::Intact { removed: 0, upto: ChainPoint { number: 7, ..ChainPoint::START } }
    }

    #[test]
    fn people_are_told_how_things_are() {
        let text = findings(intact()).text();
        let text = text.split_once('\n').unwrap().1;

        assert_eq!(
            text,
            "  \
  account 00000000000000000000000000: intact, 7 AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA
  no account: intact, nothing yet

Keys
  k1: 0 secrets, reading; nothing lies under it, the next rotation retires it
  k2: 3 secrets, writing

Messages
  2 waiting, 1 of them failed before, the oldest since 24 November 2025, 05:12 UTC
"
        );
        assert!(findings(intact()).is_sound());
    }

    #[test]
    fn what_is_wrong_stands_out() {
        let broken = ChainBreak { number: 3, fault: ChainFault::Changed };
        let mut findings = findings(ChainVerdict::Broken(broken));
        findings.examination.keys.values.insert("k9".parse().unwrap(), 1);
        findings.examination.keys.unreadable = 1;

        let text = findings.text();

        assert!(text.contains("WRONG at number 3: the entry was changed"), "{text}");
        assert!(
            text.contains("k9: 1 secret, NOT IN THE KEYS FILE") && text.contains("1 secret can't be opened"),
            "{text}"
        );
        assert!(!findings.is_sound());
    }

    #[test]
    fn an_account_without_any_entry_is_wrong() {
        let findings = findings(ChainVerdict::Intact { removed: 0, upto: ChainPoint::START });

        assert!(!findings.is_sound() && findings.text().contains("WRONG: it is empty"));
    }

    #[test]
    fn scripts_get_json_with_lasting_names() {
        let found: Value = serde_json::from_str(&findings(intact()).json().unwrap()).unwrap();

        assert_eq!(found["sound"], true);
        assert_eq!(found["audit"][0]["number"], 7);
        assert_eq!(found["audit"][1]["account"], Value::Null);
        assert_eq!(found["keys"], json!({ "writing": "k2", "values": { "k2": 3 }, "missing": [], "unreadable": 0 }));
        assert_eq!(
            found["messages"],
            json!({ "waiting": 2, "failed_before": 1, "oldest": "2025-11-24T05:12:33.000Z" })
        );
    }
}
