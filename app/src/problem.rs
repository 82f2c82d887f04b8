use std::fmt::Debug;

use leptos::prelude::{FromServerFnError, ServerFnErrorErr};
use leptos::server_fn::codec::JsonEncoding;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

/// Why a server function did not do what it was asked: one shape in JSON for all of them, so that the doors can
/// answer in it without knowing the function.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Problem<E> {
    /// The door did not open.
    Gate(GateProblem),
    /// A rule of the function itself.
    Rule(E),
    /// The request was not understood: a missing field, or one of the wrong kind.
    Malformed,
    /// Something on our side; nothing was changed and no try was spent.
    Unavailable,
    /// The server was not reached.
    Unreachable,
}

/// Why a door did not open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GateProblem {
    /// Sign in first.
    SignIn,
    /// Set up an authenticator first.
    Enroll,
    /// A second factor is due.
    VerifyMfa,
    /// The recovery has to be finished first.
    Recover,
    /// A second factor of the last ten minutes is asked for.
    StepUp,
    /// Only admins may.
    NotAdmin,
    /// There is nothing to do here any more.
    AlreadyFresh,
    /// The request came from another site.
    CrossSite,
    /// The form was made for another session: somebody has signed in anew since.
    OtherSession,
}

impl<E> FromServerFnError for Problem<E>
where
    E: Debug + Serialize + DeserializeOwned + 'static,
{
    type Encoder = JsonEncoding;

    fn from_server_fn_error(error: ServerFnErrorErr) -> Self {
        match error {
            ServerFnErrorErr::Args(_) | ServerFnErrorErr::MissingArg(_) => Self::Malformed,
            ServerFnErrorErr::Request(_) => Self::Unreachable,
            ServerFnErrorErr::Deserialization(_)
            | ServerFnErrorErr::MiddlewareError(_)
            | ServerFnErrorErr::Registration(_)
            | ServerFnErrorErr::Response(_)
            | ServerFnErrorErr::Serialization(_)
            | ServerFnErrorErr::ServerError(_)
            | ServerFnErrorErr::UnsupportedRequestMethod(_) => Self::Unavailable,
        }
    }
}
