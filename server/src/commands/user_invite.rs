use domain::{EmailAddress, Name, Role};
use serde::{Deserialize, Serialize};
use verifier::{Actor, InviteVerdict, NewUser, Unavailable};

use super::user_change::{denied_to, mailed_enough};
use super::{Operator, Refused, Reply, UserChanged};

/// Somebody is to be invited into an account.
#[derive(Debug, Serialize, Deserialize)]
pub struct InviteUser {
    /// Somebody in the account.
    pub account_of: EmailAddress,
    /// What the new user is called.
    pub name: Name,
    /// The address they will sign in with.
    pub email: EmailAddress,
    /// What they may do.
    pub role: Role,
}

impl InviteUser {
    pub(super) async fn carry_out(self, operator: &Operator) -> Result<Reply, Unavailable> {
        let Self { account_of, name, email, role } = self;
        let Some(person) = operator.store.find_user(&account_of).await? else {
            return Ok(Reply::Refused(Refused::Unknown(account_of)));
        };
        let (actor, new) = (Actor::Operator { account: &person.account.record.id }, NewUser { name, email, role });
        let invited = operator.verifier.invite(actor, &new).await?;
        let email = new.email;
        Ok(match invited {
            Ok(InviteVerdict::Invited { link, .. }) => {
                Reply::UserChanged(UserChanged::invited(&email, link.map(|link| operator.invitation(&link))))
            }
            Ok(InviteVerdict::EmailTaken) => Reply::Refused(Refused::EmailTaken(email)),
            Ok(InviteVerdict::Wait { until }) => Reply::Refused(mailed_enough(&email, until)),
            Err(denied) => Reply::Refused(denied_to(denied, account_of)),
        })
    }
}
