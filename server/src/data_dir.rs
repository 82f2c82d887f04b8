use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Read, Seek, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use rustix::fs::{FlockOperation, flock};
use rustix::io::Errno;
use thiserror::Error;

/// The folder where everything is kept: `db/`, `keys`, `outbox/`, `control.sock`, and `lock` for whoever works in it.
#[derive(Debug, Clone)]
pub struct DataDir {
    root: PathBuf,
}

/// The right to work in a data directory, as long as this value lives: one process at a time has it.
#[derive(Debug)]
pub struct Lock {
    _file: File,
}

/// Why a data directory can't be used.
#[derive(Debug, Error)]
pub enum DataDirError {
    /// Nobody has made it yet.
    #[error("there is no data directory at {path}; is --data-dir right?")]
    Missing {
        /// Where.
        path: PathBuf,
    },
    /// Everybody on this machine may write in it.
    #[error("everybody on this machine may write in {path}; close it with: chmod 700 {path}")]
    Open {
        /// Which.
        path: PathBuf,
    },
    /// A name that can't be part of a database's address.
    #[error("the path {path} must be UTF-8 and without '?'; choose another --data-dir")]
    Name {
        /// Which.
        path: PathBuf,
    },
    /// Another process works in it.
    #[error("{path} is in use by {holder}; stop it first, or choose another --data-dir")]
    Held {
        /// Which.
        path: PathBuf,
        /// By whom.
        holder: Holder,
    },
    /// The system refuses.
    #[error("cannot use {path} as data directory")]
    Refused {
        /// Which.
        path: PathBuf,
        /// What the system says.
        #[source]
        source: io::Error,
    },
}

/// The process that has the lock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Holder(Option<u32>);

impl DataDir {
    /// The data directory at `path`, made with mode 0700 if missing.
    ///
    /// # Errors
    /// [`DataDirError`]
    pub fn create(path: &Path) -> Result<Self, DataDirError> {
        let made = DirBuilder::new().recursive(true).mode(0o700).create(path);
        made.map_err(|source| DataDirError::Refused { path: path.into(), source })?;
        Self::existing(path)
    }

    /// The data directory at `path`, which somebody has made before.
    ///
    /// # Errors
    /// [`DataDirError`]
    pub fn existing(path: &Path) -> Result<Self, DataDirError> {
        const OTHERS_WRITE: u32 = 0o002;
        let refused = |source: io::Error| match source.kind() {
            io::ErrorKind::NotFound => DataDirError::Missing { path: path.into() },
            _ => DataDirError::Refused { path: path.into(), source },
        };
        let root = path.canonicalize().map_err(refused)?;
        let found = fs::metadata(&root).map_err(refused)?;
        if !found.is_dir() {
            return Err(refused(io::ErrorKind::NotADirectory.into()));
        }
        if found.permissions().mode() & OTHERS_WRITE != 0 {
            return Err(DataDirError::Open { path: root });
        }
        if root.to_str().is_none_or(|path| path.contains('?')) {
            return Err(DataDirError::Name { path: root });
        }
        Ok(Self { root })
    }

    /// Takes the right to work here, without waiting for it.
    ///
    /// # Errors
    /// [`DataDirError::Held`] if another process has it.
    pub fn lock(&self) -> Result<Lock, DataDirError> {
        let refused = |source: io::Error| DataDirError::Refused { path: self.root.clone(), source };
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(false).mode(0o600);
        let mut file = options.open(self.root.join("lock")).map_err(refused)?;
        match flock(&file, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => {}
            Err(Errno::WOULDBLOCK) => {
                return Err(DataDirError::Held { path: self.root.clone(), holder: Holder::named_in(&mut file) });
            }
            Err(errno) => return Err(refused(errno.into())),
        }
        sign(&mut file).map_err(refused)?;
        Ok(Lock { _file: file })
    }

    /// The folder itself, as an absolute path.
    #[must_use]
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The keys under which secrets are stored, unless they are kept elsewhere.
    #[must_use]
    pub fn keys(&self) -> PathBuf {
        self.root.join("keys")
    }

    /// Where messages go while no gateway is set.
    #[must_use]
    pub fn outbox(&self) -> PathBuf {
        self.root.join("outbox")
    }

    /// Where commands reach the running server.
    #[must_use]
    pub fn control_socket(&self) -> PathBuf {
        self.root.join("control.sock")
    }
}

/// Leaves this process' id in the lock file, for whoever finds it locked.
fn sign(file: &mut File) -> io::Result<()> {
    file.set_len(0)?;
    file.rewind()?;
    writeln!(file, "{}", std::process::id())
}

impl Holder {
    fn named_in(file: &mut File) -> Self {
        let mut text = String::new();
        let read = file.take(32).read_to_string(&mut text);
        Self(read.ok().and_then(|_| text.trim().parse().ok()))
    }
}

impl std::fmt::Display for Holder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.0 {
            Some(pid) => write!(f, "process {pid}"),
            // It has the lock and has not signed yet.
            None => f.write_str("another process"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().permissions().mode() & 0o777
    }

    #[test]
    fn a_missing_one_is_made_for_its_owner_only() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("var/stepgate");

        let data_dir = DataDir::create(&path).unwrap();

        assert_eq!(mode(data_dir.root()), 0o700);
        assert!(data_dir.root().is_absolute());
    }

    #[test]
    fn looking_for_one_makes_none() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("typo");

        assert!(matches!(DataDir::existing(&path), Err(DataDirError::Missing { .. })));
        assert!(!path.exists());
    }

    #[test]
    fn one_where_everybody_may_write_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o777)).unwrap();

        let refusal = DataDir::create(folder.path()).unwrap_err();

        assert!(refusal.to_string().contains("chmod 700"), "{refusal}");
    }

    #[test]
    fn a_name_that_an_address_would_misread_is_refused() {
        let folder = tempfile::tempdir().unwrap();

        let refusal = DataDir::create(&folder.path().join("what?")).unwrap_err();

        assert!(matches!(refusal, DataDirError::Name { .. }), "{refusal}");
    }

    #[test]
    fn a_file_is_no_folder() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        fs::write(&path, "").unwrap();

        assert!(matches!(DataDir::create(&path), Err(DataDirError::Refused { .. })));
    }

    #[test]
    fn the_second_to_lock_is_told_who_was_first_and_gets_it_when_that_one_is_done() {
        let folder = tempfile::tempdir().unwrap();
        let data_dir = DataDir::create(folder.path()).unwrap();
        let first = data_dir.lock().unwrap();

        let refusal = data_dir.lock().unwrap_err();

        assert!(refusal.to_string().contains(&format!("process {}", std::process::id())), "{refusal}");
        drop(first);
        assert!(data_dir.lock().is_ok());
        assert_eq!(mode(&data_dir.root().join("lock")), 0o600);
    }
}
