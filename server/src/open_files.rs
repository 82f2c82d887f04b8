use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// Enough for thousands of connections and the database's files.
const ENOUGH: u64 = 65_536;

/// Raises this process' limit of open files as far as it may, and says what it is then. Linux gives a process 1024
/// by default and lets it ask for more; the default is for programs that use `select`.
#[must_use]
pub fn raise_limit() -> usize {
    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    let wanted = maximum.unwrap_or(ENOUGH).min(ENOUGH);
    let limit = match current {
        Some(current) if current < wanted => {
            match setrlimit(Resource::Nofile, Rlimit { current: Some(wanted), maximum }) {
                Ok(()) => wanted,
                Err(_) => current,
            }
        }
        current => current.unwrap_or(ENOUGH),
    };
    usize::try_from(limit).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_limit_only_goes_up() {
        let before = getrlimit(Resource::Nofile).current.unwrap_or(ENOUGH);

        let raised = raise_limit();

        assert!(u64::try_from(raised).unwrap() >= before);
        assert_eq!(raise_limit(), raised);
    }
}
