//! What every request needs.

use std::sync::Arc;

use app::site::TextPrices;
use verifier::{Store, Verifier};

use crate::assets::Assets;
use crate::config::Config;
use crate::public_url::PublicUrl;

/// What every request needs. Cheap to clone.
#[derive(Clone)]
pub struct Shared {
    /// The rules and use cases.
    pub verifier: Arc<Verifier>,
    /// What is remembered; for health only, everything else asks the verifier.
    pub store: Arc<dyn Store>,
    /// What the operator has set.
    pub config: Arc<Config>,
    /// Where people reach this server: as set, or as it listens.
    pub public_url: Arc<PublicUrl>,
    /// The browser's part.
    pub assets: Arc<Assets>,
    /// What texts cost.
    pub text_prices: Arc<dyn TextPrices>,
}
