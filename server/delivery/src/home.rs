/// Where people reach Stepgate: links in messages begin with it, and texts with codes name its host.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Home {
    /// Scheme, host and port, without a slash at the end: `https://mfa.example.com`.
    pub origin: String,
    /// The host without its port.
    pub host: String,
}

impl Home {
    /// A link to a path of ours, which begins with `/`.
    #[must_use]
    pub fn link(&self, path: &str) -> String {
        format!("{}{path}", self.origin)
    }
}
