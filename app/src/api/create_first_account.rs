use leptos::prelude::*;
use serde::{Deserialize, Serialize};

use crate::{Problem, SecretInput};

/// Why the first account was not created.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FirstAccountProblem {
    /// The link was used, is too old, or was followed by a newer one.
    LinkDead,
    /// These fields have to be mended.
    Fields(Vec<FieldProblem>),
}

/// A field that has to be mended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FieldProblem {
    /// The organisation's name is missing, too long, or can't be shown.
    Account,
    /// The person's name is missing, too long, or can't be shown.
    Name,
    /// The address is none.
    Email,
    /// Another user has the address.
    EmailTaken,
    /// The password has fewer than 8 characters.
    PasswordTooShort,
    /// The password has more than 256 characters.
    PasswordTooLong,
    /// The password is too easy to guess.
    PasswordTooEasy,
}

/// Creates the first account by the link the server printed.
#[server(prefix = "/api", endpoint = "create-account")]
pub async fn create_first_account(
    /// The token of the link.
    link: SecretInput,
    /// What the organisation is called.
    account: String,
    /// What its first admin is called.
    name: String,
    /// The address the admin signs in with.
    email: String,
    /// The admin's password.
    new_password: SecretInput,
) -> Result<(), Problem<FirstAccountProblem>> {
    use domain::{EmailAddress, Name};
    use verifier::{AccountCreation, NewAccount, NewPassword, Token};

    use crate::site::{Call, Outcome, Typed, password_problem};

    let call = Call::here()?;
    let typed = Typed::default().with("account", &account).with("name", &name).with("email", &email);
    let page = format!("/setup/{}", link.reveal());
    let Ok(link) = link.reveal().parse::<Token>() else {
        return call.refuse("/setup/gone", FirstAccountProblem::LinkDead, Typed::default());
    };
    let (organisation, person) = (account.parse::<Name>(), name.parse::<Name>());
    let address = email.parse::<EmailAddress>();
    let password = NewPassword::parse(new_password.reveal(), &[&account, &name, &email]);
    let (Ok(organisation), Ok(person), Ok(address), Ok(password)) = (&organisation, &person, &address, &password)
    else {
        let fields = [
            organisation.is_err().then_some(FieldProblem::Account),
            person.is_err().then_some(FieldProblem::Name),
            address.is_err().then_some(FieldProblem::Email),
            password.as_ref().err().copied().map(password_problem),
        ];
        let fields = fields.into_iter().flatten().collect();
        return call.refuse(&page, FirstAccountProblem::Fields(fields), typed);
    };
    let new = NewAccount { account: organisation.clone(), name: person.clone(), email: address.clone() };
    let created = call.verifier().create_first_account(&link, &new, password, call.claimant()).await;
    match call.available(created)? {
        AccountCreation::Created { .. } => {
            call.go_with_typed("/sign-in", Outcome::AccountCreated, Typed::default().with("email", &email));
            Ok(())
        }
        AccountCreation::EmailTaken => {
            call.refuse(&page, FirstAccountProblem::Fields(vec![FieldProblem::EmailTaken]), typed)
        }
        AccountCreation::LinkDead => call.refuse(&page, FirstAccountProblem::LinkDead, Typed::default()),
    }
}
