//! Files that are there with all their content or not at all.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

/// Writes a file of mode 0600, readable only once it is complete, and so that it outlives a power cut.
///
/// It is written under a name beside `path` (hidden, ending in `.new`), synced, and renamed; what was at `path` is
/// replaced. Two writers of one path at a time are not provided for.
///
/// # Errors
/// Whatever the system says; then `path` is as it was before.
pub fn write(path: &Path, content: &[u8]) -> io::Result<()> {
    let (Some(folder), Some(name)) = (path.parent(), path.file_name()) else {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "not the path of a file"));
    };
    let beside = folder.join(format!(".{}.new", name.display()));
    let written = write_new(&beside, content).and_then(|()| fs::rename(&beside, path));
    if written.is_err() {
        // Left over from this try or from a crash: either way of no use. The first error is the one that counts.
        let _ = fs::remove_file(&beside);
        return written;
    }
    sync_folder(folder)
}

fn write_new(path: &Path, content: &[u8]) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    file.write_all(content)?;
    file.sync_all()
}

/// A rename is durable once its folder is. An empty path is how `Path::parent` says "here".
fn sync_folder(folder: &Path) -> io::Result<()> {
    let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    File::open(folder)?.sync_all()
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn what_is_written_is_there_alone_and_for_its_owner_only() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("letter.json");
        fs::write(folder.path().join(".letter.json.new"), "left over from a crash").unwrap();
        fs::write(&path, "older").unwrap();

        write(&path, b"newer").unwrap();

        assert_eq!(fs::read(&path).unwrap(), b"newer");
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_failed_write_leaves_nothing_behind() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("taken");
        fs::create_dir(&path).unwrap();
        fs::write(path.join("inside"), "").unwrap();

        assert!(write(&path, b"content").is_err());

        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }
}
