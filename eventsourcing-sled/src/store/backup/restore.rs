//! From a backup to a store.

use std::fs;
use std::path::Path;

use eventsourcing::Position;

use super::target::Target;
use super::{BackupError, BackupReport};
use crate::SledStore;
use crate::directory::Sight;
use crate::error::OpenError;
use crate::format::{self, FORMAT};
use crate::index::{EngineError, Index};
use crate::log::{self, Inspection};
use crate::manifest::{Manifest, ManifestError, RESTORED};
use crate::repair::Repair;
use crate::store::{checkpoint, verify};

pub(super) fn restore(backup: &Path, target: &Path) -> Result<BackupReport, BackupError> {
    let backup = &std::path::absolute(backup).map_err(BackupError::io(backup))?;
    // Held, so that nobody makes a store of it meanwhile.
    let sight = Sight::of(backup).map_err(not_a_backup)?;
    let report = verify::check(backup, &sight)?;
    let path = backup.to_owned();
    if !report.is_sound() {
        let faults = report.faults;
        return Err(BackupError::Damaged { path, faults });
    }
    let Some(manifest) = &sight.backup else {
        let found = "it is a store".into();
        return Err(BackupError::NotABackup { path, found });
    };
    let target = Target::begin(target, backup)?;
    let log_error = |error| BackupError::log(backup, error);
    let Inspection { files, .. } =
        log::inspect(&backup.join(log::DIR), sight.store).map_err(log_error)?;
    let copied = target.copy_log(&files, manifest, backup)?;
    target.write(RESTORED, &manifest.text())?;
    target.write(FORMAT, &format::restored_text(manifest))?;
    let path = target.finish()?;
    SledStore::open(path)?.close();
    Ok(BackupReport::new(manifest, copied))
}

fn not_a_backup(error: OpenError) -> BackupError {
    let (path, found) = match error {
        OpenError::NoStore { path } => (path, "there is nothing".into()),
        OpenError::NotADirectory { path } => (path, "it is not a directory".into()),
        OpenError::NotAStore { path, found } => {
            (path, format!("it holds `{found}` but no BACKUP file"))
        }
        other => return other.into(),
    };
    BackupError::NotABackup { path, found }
}

/// Takes over the checkpoints that came with a backup, the first time that a restored store is opened.
pub(in crate::store) fn take_over(store: &Path, index: &Index) -> Result<(), OpenError> {
    let path = store.join(RESTORED);
    let manifest = match Manifest::read(&path) {
        Ok(manifest) => manifest,
        Err(ManifestError::Missing) => return Ok(()),
        Err(ManifestError::Io(source)) => return Err(OpenError::Io { path, source }),
        Err(error) => {
            let said = error.into_io();
            let reason = format!(
                "the file {RESTORED}, with the checkpoints of the backup, is damaged ({said})"
            );
            return Err(OpenError::Corruption {
                path: store.to_owned(),
                position: Position::START,
                reason,
                repair: Repair::DeleteRestored,
            });
        }
    };
    let take = || -> Result<(), EngineError> {
        let engine = index.engine();
        for (name, checkpoint) in &manifest.checkpoints {
            // It is there if this was interrupted, and may have been moved on since.
            if checkpoint::load(engine, name)?.is_none() {
                checkpoint::save(engine, name, *checkpoint)?;
            }
        }
        engine.sync()
    };
    take().map_err(|error| OpenError::index(store, error.into()))?;
    fs::remove_file(&path)
        .and_then(|()| log::sync_dir(store))
        .map_err(OpenError::io(&path))
}
