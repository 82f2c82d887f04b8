use crate::Unavailable;

/// Port: where secrets come from.
pub trait Entropy: Send + Sync {
    /// Fills `bytes` with unpredictable bytes.
    ///
    /// # Errors
    /// [`Unavailable::Entropy`] if there are none: then nothing may be issued.
    fn fill(&self, bytes: &mut [u8]) -> Result<(), Unavailable>;
}

impl dyn Entropy + '_ {
    /// `N` unpredictable bytes.
    pub(crate) fn bytes<const N: usize>(&self) -> Result<[u8; N], Unavailable> {
        let mut bytes = [0; N];
        self.fill(&mut bytes)?;
        Ok(bytes)
    }
}

/// The operating system's generator.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemEntropy;

impl Entropy for SystemEntropy {
    #[expect(clippy::disallowed_methods, reason = "the one place that asks the system for randomness")]
    fn fill(&self, bytes: &mut [u8]) -> Result<(), Unavailable> {
        getrandom::fill(bytes).map_err(|source| Unavailable::Entropy { source: Box::new(source) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_draws_are_alike() {
        let system: &dyn Entropy = &SystemEntropy;

        let [first, second]: [[u8; 16]; 2] = [system.bytes().unwrap(), system.bytes().unwrap()];

        assert!(first != second && first != [0; 16]);
    }
}
