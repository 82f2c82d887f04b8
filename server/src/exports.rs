//! Lists as files: what a form of an admin's page asks for, sent as it is found.

use std::sync::Arc;

use app::site::{Visit, audit_query, user_query};
use axum::Extension;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use domain::Role;
use futures_util::{Stream, stream};
use http::StatusCode;
use http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use thiserror::Error;
use verifier::{
    Actor, Administered, Admitted, AuditEntry, AuditExport, Denied, Fresh, MfaState, Unavailable, UserLine, Verifier,
    csv_head, csv_line, csv_row, ndjson_line, utc,
};

use crate::shared::Shared;

/// The columns of the users' file. Scripts rely on these names.
const USER_COLUMNS: [&str; 9] =
    ["name", "email", "role", "mfa", "invited", "recovery_ready", "codes_left", "mobiles", "last_sign_in"];

/// The users that the form asks for, as CSV.
pub(crate) async fn users(
    State(shared): State<Shared>,
    Extension(visit): Extension<Arc<Visit>>,
    body: Bytes,
) -> Response {
    let Some(proof) = proof_of(&visit) else { return StatusCode::FORBIDDEN.into_response() };
    let actor = Actor::Admin { proof: &proof, claimant: &visit.claimant };
    let query = user_query(|name| field(&body, name));
    match allowed(shared.verifier.export_users(actor, &query).await) {
        Ok(lines) => {
            let rows: String = lines.iter().map(user_row).collect();
            file("text/csv; charset=utf-8", "users.csv", Body::from(csv_row(&USER_COLUMNS) + &rows))
        }
        Err(status) => status.into_response(),
    }
}

/// The entries of the audit log that the form asks for, as CSV.
pub(crate) async fn audit_csv(
    State(shared): State<Shared>,
    Extension(visit): Extension<Arc<Visit>>,
    body: Bytes,
) -> Response {
    let format =
        Format { kind: "text/csv; charset=utf-8", name: "audit-log.csv", head: Some(csv_head()), line: csv_line };
    audit(shared, &visit, &body, format).await
}

/// The same, a JSON object a line.
pub(crate) async fn audit_ndjson(
    State(shared): State<Shared>,
    Extension(visit): Extension<Arc<Visit>>,
    body: Bytes,
) -> Response {
    let format = Format { kind: "application/x-ndjson", name: "audit-log.ndjson", head: None, line: ndjson_line };
    audit(shared, &visit, &body, format).await
}

/// How a file of the log is written.
struct Format {
    kind: &'static str,
    name: &'static str,
    head: Option<String>,
    line: fn(&AuditEntry) -> String,
}

async fn audit(shared: Shared, visit: &Visit, body: &[u8], format: Format) -> Response {
    let Some(proof) = proof_of(visit) else { return StatusCode::FORBIDDEN.into_response() };
    let actor = Actor::Admin { proof: &proof, claimant: &visit.claimant };
    let query = audit_query(|name| field(body, name));
    match allowed(shared.verifier.begin_audit_export(actor, &query).await) {
        Ok(export) => {
            let Format { kind, name, head, line } = format;
            let lines = Lines { head, line, export, verifier: shared.verifier };
            file(kind, name, Body::from_stream(lines.stream()))
        }
        Err(status) => status.into_response(),
    }
}

/// Why a file ends before its end.
#[derive(Debug, Error)]
enum BrokenOff {
    #[error("an export was cut off: its admin may not have the rest")]
    CutOff,
    #[error(transparent)]
    Unavailable(#[from] Unavailable),
}

/// What is sent of the log, batch after batch: it is never all in memory.
struct Lines {
    head: Option<String>,
    line: fn(&AuditEntry) -> String,
    export: AuditExport,
    verifier: Arc<Verifier>,
}

impl Lines {
    fn stream(self) -> impl Stream<Item = Result<String, BrokenOff>> + Send {
        stream::try_unfold(self, async |mut lines| {
            let head = lines.head.take();
            let batch = lines.verifier.next_of_export(&mut lines.export).await.inspect_err(note)?;
            // An error breaks the connection off: nobody takes half a file for a whole one.
            if batch.is_none() && lines.export.was_cut_off() {
                return Err(BrokenOff::CutOff);
            }
            let rows = batch.map(|batch| batch.iter().map(lines.line).collect::<String>());
            Ok(match (head, rows) {
                (None, None) => None,
                (head, rows) => Some((head.unwrap_or_default() + &rows.unwrap_or_default(), lines)),
            })
        })
    }
}

fn proof_of(visit: &Visit) -> Option<Fresh> {
    match &visit.admitted {
        Admitted::Fresh(proof) => Some(proof.clone()),
        _ => None,
    }
}

/// What the verifier let the admin have. Whoever may not in this very moment is told by the status alone: the door has
/// just let them in.
fn allowed<T>(verdict: Administered<T>) -> Result<T, StatusCode> {
    match verdict {
        Ok(Ok(found)) => Ok(found),
        Ok(Err(Denied::NotAdmin)) => Err(StatusCode::FORBIDDEN),
        Ok(Err(Denied::StepUp | Denied::Over | Denied::NoSuchUser | Denied::NoSuchAccount)) => {
            Err(StatusCode::CONFLICT)
        }
        Err(unavailable) => {
            note(&unavailable);
            Err(StatusCode::SERVICE_UNAVAILABLE)
        }
    }
}

fn note(unavailable: &Unavailable) {
    let cause = std::error::Error::source(unavailable).map(ToString::to_string);
    tracing::error!(error = %unavailable, cause, "a list could not be exported, or not to its end");
}

fn file(kind: &'static str, name: &str, body: Body) -> Response {
    let disposition = format!("attachment; filename=\"{name}\"");
    ([(CONTENT_TYPE, kind.to_owned()), (CONTENT_DISPOSITION, disposition)], body).into_response()
}

fn field(body: &[u8], name: &str) -> Option<String> {
    let found = form_urlencoded::parse(body).find(|(field, _)| field == name);
    found.map(|(_, value)| value.into_owned()).filter(|value| !value.is_empty())
}

fn user_row(line: &UserLine) -> String {
    let member = &line.member;
    let role = match member.role {
        Role::Admin => "admin",
        Role::Member => "member",
    };
    let mfa = match member.mfa {
        MfaState::NotEnabled => "not_enabled",
        MfaState::Protected => "protected",
        MfaState::LockedOut => "locked_out",
        MfaState::RecoveryPending => "recovery_pending",
        MfaState::Deactivated => "deactivated",
    };
    csv_row(&[
        member.name.as_str(),
        member.email.as_str(),
        role,
        mfa,
        if member.invited { "yes" } else { "no" },
        if line.ready { "yes" } else { "no" },
        &member.readiness.codes_left.to_string(),
        &member.readiness.mobiles.len().to_string(),
        &member.last_sign_in.map(utc::rfc3339).unwrap_or_default(),
    ])
}

#[cfg(test)]
mod tests {
    use verifier::summarise;
    use verifier::testing::a_credential;

    use super::*;

    #[test]
    fn a_user_is_a_line_that_does_nothing_in_a_spreadsheet() {
        let mut member = summarise(&a_credential());
        member.name = "=HYPERLINK(1,2)".parse().unwrap();

        let row = user_row(&UserLine { member, ready: false });

        assert_eq!(row, "\"'=HYPERLINK(1,2)\",ada@example.com,member,not_enabled,no,no,0,0,\r\n");
    }
}
