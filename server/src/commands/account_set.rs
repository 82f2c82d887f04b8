use domain::{EmailAddress, MfaWindow};
use serde::{Deserialize, Serialize};
use verifier::{Actor, SettingVerdict, Unavailable};

use super::user_change::denied_to;
use super::{Operator, Refused, Reply, UserChanged};

/// An account's MFA Time Setting is to be changed.
#[derive(Debug, Serialize, Deserialize)]
pub struct SetAccount {
    /// Somebody in the account.
    pub account_of: EmailAddress,
    /// How old the last second factor may be.
    pub mfa_window: MfaWindow,
}

impl SetAccount {
    pub(super) async fn carry_out(self, operator: &Operator) -> Result<Reply, Unavailable> {
        let Self { account_of, mfa_window } = self;
        let Some(person) = operator.store.find_user(&account_of).await? else {
            return Ok(Reply::Refused(Refused::Unknown(account_of)));
        };
        let account = &person.account.record;
        let actor = Actor::Operator { account: &account.id };
        let affected = operator.verifier.preview_setting(actor, mfa_window).await?;
        let saved = operator.verifier.change_setting(actor, mfa_window).await?;
        let (name, window) = (&account.name, mfa_window.words());
        Ok(match affected.and_then(|affected| saved.map(|saved| (affected, saved))) {
            Ok((affected, SettingVerdict::Saved)) => Reply::UserChanged(UserChanged::said(format!(
                "{name} asks for a code every {window} from now on: {} people in {} browsers at their next click.",
                affected.people, affected.browsers
            ))),
            Ok((_, SettingVerdict::AsItWas)) => Reply::UserChanged(UserChanged::said(format!(
                "{name} asks every {window} already; nothing was changed."
            ))),
            Err(denied) => Reply::Refused(denied_to(denied, account_of)),
        })
    }
}
