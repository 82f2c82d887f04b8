use thiserror::Error;

/// Why a decision could not be made, through no doing of the claimant: nobody is let in and no try is spent.
#[derive(Debug, Error)]
pub enum Unavailable {
    /// The store did not answer, or answered with something that can't be true.
    #[error("the store failed while {doing}")]
    Store {
        /// What was being done.
        doing: &'static str,
        /// What the store said.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// Other requests for the same records won eight times in a row.
    #[error("too many requests for one record at once")]
    Contended,
    /// All places for password hashing are taken; worth trying again in a few seconds.
    #[error("no place free for password hashing")]
    Busy,
    /// The hasher failed.
    #[error("password hashing failed")]
    Hashing {
        /// What the hasher said.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// No randomness.
    #[error("no randomness available")]
    Entropy {
        /// What the system said.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// A sealed value does not open: wrong key, another owner's, or damaged.
    #[error("a sealed value does not open")]
    Sealing,
}

impl Unavailable {
    /// A failure of the store while `doing`.
    pub fn store(doing: &'static str, source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self::Store { doing, source: source.into() }
    }
}
