use std::fmt::Write;

use anyhow::{anyhow, bail};
use domain::RecoveryCode;
use verifier::demo::{self, Demo, DemoError, DemoPerson, DemoState};

use super::user_list::role_word;
use crate::config::{Config, DatabaseUrl};
use crate::data_dir::DataDir;
use crate::installation::Installation;

/// Fills an empty database with sample people, in this process: a server that runs would send them messages.
///
/// # Errors
/// With a sentence for the operator; then the database is as it was, unless it failed in the middle.
pub(super) async fn fill(config: &Config) -> anyhow::Result<Demo> {
    let data_dir = DataDir::create(&config.data_dir)?;
    if config.database(data_dir.root()) == DatabaseUrl::Memory {
        bail!("a database in memory would be forgotten at once: leave out --database-url");
    }
    let lock = data_dir.lock()?;
    let installation = Installation::open(config, data_dir, lock).await?;
    demo::fill(&installation.verifier).await.map_err(|error| match error {
        DemoError::NotEmpty => {
            anyhow!(
                "the database is not empty: sample people need one of their own, for example with --data-dir ./demo"
            )
        }
        other => other.into(),
    })
}

/// What people should know beside the list.
pub(super) fn note(demo: &Demo, config: &Config) -> String {
    let sign_in = config.public_url(config.listen).link("/sign-in");
    format!(
        "{} has {} people now. Start the server and sign in at {sign_in}. Their addresses reach nobody.\n\
         Type a key into an authenticator app, or get one code: oathtool --totp --base32 KEY\n",
        demo.account,
        demo.people.len()
    )
}

/// A table for people: the password, and a line for each.
pub(super) fn table(demo: &Demo) -> String {
    let width = demo.people.iter().map(|person| person.email.as_str().len()).max().unwrap_or_default();
    let mut text = format!("Password of all: {}\n\n", *demo.password);
    let mut line = |columns: [&str; 5]| {
        let [email, role, state, key, code] = columns;
        let line = format!("{email:width$}  {role:6}  {state:27}  {key:32}  {code}");
        // Writing to a String can't fail.
        let _ = writeln!(text, "{}", line.trim_end());
    };
    line(["EMAIL", "ROLE", "STATE", "KEY", "RECOVERY CODE"]);
    for DemoPerson { email, role, state, key, recovery_code, .. } in &demo.people {
        let key = key.as_ref().map_or("", |key| key.as_str());
        let code = recovery_code.as_ref().map(RecoveryCode::grouped).unwrap_or_default();
        line([email.as_str(), role_word(*role), words(*state), key, &code]);
    }
    text
}

fn words(state: DemoState) -> &'static str {
    match state {
        DemoState::WithMobile => "protected, codes and mobile",
        DemoState::WithCodes => "protected, codes",
        DemoState::WithoutWayBack => "protected, no way back",
        DemoState::NotEnabled => "not enabled",
        DemoState::Invited => "invited",
        DemoState::LockedOut => "locked out",
        DemoState::LockedOutForGood => "locked out, no way back",
        DemoState::RecoveryPending => "recovery pending",
        DemoState::Deactivated => "deactivated",
    }
}
