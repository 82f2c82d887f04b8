use domain::{Country, EmailAddress, Role};
use serde::{Deserialize, Serialize};
use verifier::{Member, MfaState, Unavailable, utc};

use super::{Operator, Refused, Reply};

/// The users of an account are to be listed.
#[derive(Debug, Serialize, Deserialize)]
pub struct ListUsers {
    /// Somebody in it.
    pub account_of: EmailAddress,
}

/// The users of an account, in the order of their addresses.
#[derive(Debug, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ListedUsers(Vec<Member>);

/// A user as `--json` prints it: scripts rely on these names.
#[derive(Serialize)]
struct JsonUser<'a> {
    user: &'a str,
    account: &'a str,
    name: &'a str,
    email: &'a str,
    role: Role,
    mfa: MfaState,
    codes_left: usize,
    codes_saved: bool,
    /// Their countries, two letters each.
    mobiles: Vec<&'a str>,
    /// Whether they have no password yet.
    invited: bool,
    /// RFC 3339.
    last_sign_in: Option<String>,
}

impl ListUsers {
    pub(super) async fn carry_out(self, operator: &Operator) -> Result<Reply, Unavailable> {
        let Some(person) = operator.store.find_user(&self.account_of).await? else {
            return Ok(Reply::Refused(Refused::Unknown(self.account_of)));
        };
        Ok(Reply::Users(ListedUsers(operator.store.members_of(&person.account.record.id).await?)))
    }
}

impl ListedUsers {
    /// For people: aligned columns.
    pub(super) fn table(&self) -> String {
        let head = ["EMAIL", "NAME", "ROLE", "MFA", "LAST SIGN-IN"].map(String::from);
        let rows: Vec<_> = std::iter::once(head).chain(self.0.iter().map(row)).collect();
        let mut widths = [0; 5];
        for row in &rows {
            for (width, cell) in widths.iter_mut().zip(row) {
                *width = (*width).max(cell.chars().count());
            }
        }
        let line = |row: &[String; 5]| {
            let cells = row.iter().zip(widths).map(|(cell, width)| format!("{cell:width$}")).collect::<Vec<_>>();
            format!("{}\n", cells.join("  ").trim_end())
        };
        rows.iter().map(line).collect()
    }

    /// For scripts: one array.
    pub(super) fn json(&self) -> serde_json::Result<String> {
        let users: Vec<JsonUser<'_>> = self.0.iter().map(JsonUser::from).collect();
        Ok(serde_json::to_string_pretty(&users)? + "\n")
    }
}

impl<'a> From<&'a Member> for JsonUser<'a> {
    fn from(member: &'a Member) -> Self {
        let Member { user, account, name, email, role, mfa, readiness, invited, last_sign_in, reminded_at: _ } = member;
        let (user, account, name, email) = (user.as_str(), account.as_str(), name.as_str(), email.as_str());
        Self {
            user,
            account,
            name,
            email,
            role: *role,
            mfa: *mfa,
            codes_left: readiness.codes_left,
            codes_saved: readiness.codes_saved,
            mobiles: readiness.mobiles.iter().map(Country::as_str).collect(),
            invited: *invited,
            last_sign_in: last_sign_in.map(utc::rfc3339),
        }
    }
}

pub(super) fn role_word(role: Role) -> &'static str {
    match role {
        Role::Member => "member",
        Role::Admin => "admin",
    }
}

fn row(member: &Member) -> [String; 5] {
    let role = role_word(member.role);
    let mfa = match member.mfa {
        MfaState::NotEnabled => "Not enabled",
        MfaState::Protected => "Protected",
        MfaState::LockedOut => "Locked out",
        MfaState::RecoveryPending => "Recovery pending",
        MfaState::Deactivated => "Deactivated",
    };
    let last_sign_in = member.last_sign_in.map_or_else(|| "never".into(), utc::in_words);
    [member.email.as_str().into(), member.name.as_str().into(), role.into(), mfa.into(), last_sign_in]
}

#[cfg(test)]
mod tests {
    use domain::Timestamp;
    use serde_json::{Value, json};
    use verifier::testing::a_credential;
    use verifier::{Readiness, summarise};

    use super::*;

    fn users() -> ListedUsers {
        let ada = summarise(&a_credential());
        let zoe = Member {
            email: "zoe@example.com".parse().unwrap(),
            name: "Zoë van Đặng".parse().unwrap(),
            role: Role::Admin,
            mfa: MfaState::Protected,
            readiness: Readiness { codes_left: 9, codes_saved: true, mobiles: vec!["DE".parse().unwrap()] },
            last_sign_in: Some(Timestamp::from_seconds(1_763_961_153)),
            ..ada.clone()
        };
        ListedUsers(vec![ada, zoe])
    }

    #[test]
    fn people_get_columns() {
        assert_eq!(
            users().table(),
            "\
EMAIL            NAME          ROLE    MFA          LAST SIGN-IN
ada@example.com  Ada Lovelace  member  Not enabled  never
zoe@example.com  Zoë van Đặng  admin   Protected    24 November 2025, 05:12 UTC
"
        );
    }

    #[test]
    fn scripts_get_json_with_lasting_names() {
        let users: Value = serde_json::from_str(&users().json().unwrap()).unwrap();

        assert_eq!(
            users[1],
            json!({
                "user": a_credential().user.as_str(), "account": a_credential().account.as_str(),
                "name": "Zoë van Đặng", "email": "zoe@example.com", "role": "admin", "mfa": "protected",
                "codes_left": 9, "codes_saved": true, "mobiles": ["DE"],
                "invited": false, "last_sign_in": "2025-11-24T05:12:33.000Z",
            })
        );
        assert_eq!(users[0]["last_sign_in"], Value::Null);
    }
}
