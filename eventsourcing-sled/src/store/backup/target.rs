//! A directory that is there whole or not at all: written under another name, then renamed.

use std::ffi::{OsStr, OsString};
use std::fs::{self, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

use super::BackupError;
use crate::checkpoints;
use crate::directory;
use crate::format::FORMAT;
use crate::lock::{LOCK, Lock};
use crate::log::{self, Copied, LogFiles};
use crate::manifest::{self, Manifest};
use crate::store::verify::Checked;

/// Files that an interrupted backup or restore may have left. What is in its last file, FORMAT, belongs to nobody any more.
const OURS: [&str; 3] = [LOCK, manifest::NAME, checkpoints::NAME];
/// Files that are written under another name first.
const REPLACED: [&str; 3] = [manifest::NAME, checkpoints::NAME, FORMAT];

/// The directory that a backup is written to, or restored to.
#[derive(Debug)]
pub(super) struct Target {
    path: PathBuf,
    /// What it is called until it is complete.
    unfinished: PathBuf,
    finished: bool,
    /// Keeps others from writing there at the same time. What is complete keeps the file, unlocked.
    _lock: Lock,
}

impl Target {
    /// Begins to write `path`, a copy of what is in `source`.
    pub(super) fn begin(path: &Path, source: &Path) -> Result<Self, BackupError> {
        let source = fs::canonicalize(source).map_err(BackupError::io(source))?;
        let path = resolve(path).map_err(BackupError::io(path))?;
        let Some(name) = path.file_name() else {
            return Err(BackupError::NotEmpty { path });
        };
        let mut unfinished = OsString::from(name);
        unfinished.push(".unfinished");
        let unfinished = path.with_file_name(unfinished);
        let overlap = |path: &Path| path.starts_with(&source) || source.starts_with(path);
        if overlap(&path) || overlap(&unfinished) {
            let other = source;
            return Err(BackupError::Overlaps { path, other });
        }
        if !is_empty(&path).map_err(BackupError::io(&path))? {
            return Err(BackupError::NotEmpty { path });
        }
        if is_mount_point(&path).map_err(BackupError::io(&path))? {
            return Err(BackupError::MountPoint { path });
        }
        directory::create_durably(&unfinished).map_err(BackupError::io(&unfinished))?;
        let lock = lock(&unfinished)?;
        let target = Self {
            path,
            unfinished,
            finished: false,
            _lock: lock,
        };
        match target.clear() {
            Ok(None) => Ok(target),
            Ok(Some(found)) => Err(BackupError::InTheWay {
                found: found.display().to_string(),
                path: target.leave(),
            }),
            Err(error) => Err(BackupError::io(&target.leave())(error)),
        }
    }

    /// Removes what a backup or an interruption has left, but for LOCK; says if there is something else, and then leaves
    /// everything. Each file by its name, so that nothing of anybody else goes with it.
    fn clear(&self) -> io::Result<Option<PathBuf>> {
        let log = self.unfinished.join(log::DIR);
        let (mut old, mut has_log) = (Vec::new(), false);
        for entry in fs::read_dir(&self.unfinished)? {
            let entry = entry?;
            let (path, kind) = (entry.path(), entry.file_type()?);
            if path == log && kind.is_dir() {
                has_log = true;
            } else if !kind.is_file() || !is_ours(&entry.file_name()) {
                return Ok(Some(entry.file_name().into()));
            } else if entry.file_name() != LOCK {
                old.push(path);
            }
        }
        if has_log {
            for entry in fs::read_dir(&log)? {
                let entry = entry?;
                if !entry.file_type()?.is_file() || !log::is_segment(&entry.file_name()) {
                    return Ok(Some(Path::new(log::DIR).join(entry.file_name())));
                }
                old.push(entry.path());
            }
        }
        for path in old {
            fs::remove_file(path)?;
        }
        if has_log {
            fs::remove_dir(log)?;
        }
        Ok(None)
    }

    /// Removes what was written so far, and nothing else.
    fn remove(&self) -> io::Result<()> {
        if let Some(found) = self.clear()? {
            let found = found.display();
            return Err(io::Error::other(format!(
                "somebody has put `{found}` there"
            )));
        }
        fs::remove_file(self.unfinished.join(LOCK))?;
        fs::remove_dir(&self.unfinished)
    }

    /// Leaves everything as it is.
    fn leave(mut self) -> PathBuf {
        self.finished = true;
        self.unfinished.clone()
    }

    /// Copies the log, as far as the manifest says, from the store or backup in `source`. It is checked on the way as it
    /// would be when the copy is restored.
    pub(super) fn copy_log(
        &self,
        files: &LogFiles,
        manifest: &Manifest,
        source: &Path,
    ) -> Result<Copied, BackupError> {
        let to = self.unfinished.join(log::DIR);
        let end = (manifest.position, manifest.address);
        let mut checked = Checked::new();
        let copied = log::copy(files, manifest.store, end, &to, |frame| {
            checked.frame(frame);
            checked.is_sound()
        });
        if let Some(fault) = checked.into_fault() {
            let path = source.to_owned();
            let faults = vec![fault];
            return Err(BackupError::Damaged { path, faults });
        }
        copied.map_err(|error| BackupError::log(source, error))
    }

    /// Writes a file, durably.
    pub(super) fn write(&self, name: &str, content: &[u8]) -> Result<(), BackupError> {
        let path = self.unfinished.join(name);
        log::replace(&path, content).map_err(BackupError::io(&path))
    }

    /// Gives it its name; returns where it is.
    pub(super) fn finish(mut self) -> Result<PathBuf, BackupError> {
        let rename = || -> io::Result<()> {
            log::sync_dir(&self.unfinished)?;
            if self.path.exists() {
                // Refused if something has got into it since.
                fs::remove_dir(&self.path)?;
            }
            fs::rename(&self.unfinished, &self.path)
        };
        rename().map_err(BackupError::io(&self.path))?;
        self.finished = true;
        let parent = self.path.parent().unwrap_or(&self.path);
        log::sync_dir(parent).map_err(BackupError::io(parent))?;
        Ok(self.path.clone())
    }
}

impl Drop for Target {
    fn drop(&mut self) {
        if !self.finished
            && let Err(error) = self.remove()
        {
            let path = self.unfinished.display();
            tracing::warn!(%error, %path, "what was written cannot be removed; delete it");
        }
    }
}

/// Whether a file of this name, outside the log, is what an interruption may have left.
fn is_ours(name: &OsStr) -> bool {
    let name = Path::new(name);
    let unfinished = |whole: &&str| name == Path::new(whole).with_extension("new");
    OURS.iter().any(|ours| name == Path::new(ours)) || REPLACED.iter().any(unfinished)
}

/// The whole path without symbolic links, also of something that is not there yet.
fn resolve(path: &Path) -> io::Result<PathBuf> {
    match fs::canonicalize(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let path = std::path::absolute(path)?;
            match (path.parent(), path.file_name()) {
                (Some(parent), Some(name)) => Ok(resolve(parent)?.join(name)),
                _ => Err(error),
            }
        }
        resolved => resolved,
    }
}

fn is_empty(path: &Path) -> io::Result<bool> {
    match fs::read_dir(path) {
        Ok(mut entries) => Ok(entries.next().is_none()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(true),
        Err(error) => Err(error),
    }
}

/// Whether another file system begins here.
#[cfg(unix)]
fn is_mount_point(path: &Path) -> io::Result<bool> {
    use std::os::unix::fs::MetadataExt;
    let Some(parent) = path.parent() else {
        return Ok(true);
    };
    match fs::metadata(path) {
        Ok(data) => Ok(data.dev() != fs::metadata(parent)?.dev()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}

/// Elsewhere it shows when the directory is renamed.
#[cfg(not(unix))]
#[expect(clippy::unnecessary_wraps, reason = "as on Unix")]
fn is_mount_point(_path: &Path) -> io::Result<bool> {
    Ok(false)
}

fn lock(unfinished: &Path) -> Result<Lock, BackupError> {
    let path = unfinished.to_owned();
    Lock::exclusive(unfinished).map_err(|error| match error {
        TryLockError::WouldBlock => BackupError::InProgress { path },
        TryLockError::Error(source) => BackupError::Io {
            path: path.join(LOCK),
            source,
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A target that was begun, its log included, and where it is written.
    fn begun() -> (tempfile::TempDir, Target, PathBuf) {
        let dir = tempfile::tempdir().expect("a directory");
        fs::create_dir(dir.path().join("store")).expect("a directory");
        let target = Target::begin(&dir.path().join("target"), &dir.path().join("store"));
        let target = target.expect("a target");
        target.write(manifest::NAME, b"something").expect("a file");
        let unfinished = target.unfinished.clone();
        fs::create_dir(unfinished.join(log::DIR)).expect("a directory");
        let segment = unfinished.join(log::DIR).join(format!("{:020}.log", 1));
        fs::write(segment, "something").expect("a file");
        (dir, target, unfinished)
    }

    #[test]
    fn what_is_given_up_leaves_nothing() {
        let (_dir, target, unfinished) = begun();
        drop(target);
        assert!(!unfinished.exists());
    }

    #[test]
    fn what_is_given_up_removes_nothing_of_others() {
        for name in ["letter.txt", "log/app.log", "photos/one.jpg"] {
            let (_dir, target, unfinished) = begun();
            let theirs = unfinished.join(name);
            fs::create_dir_all(theirs.parent().expect("a folder")).expect("a folder");
            fs::write(&theirs, "dear").expect("a file");
            drop(target);
            assert_eq!(fs::read(&theirs).expect(name), b"dear");
        }
    }
}
