//! From a backup to a store.

use std::path::Path;

use super::target::Target;
use super::{BackupError, BackupReport};
use crate::SledStore;
use crate::checkpoints;
use crate::directory::Sight;
use crate::error::OpenError;
use crate::format::{self, FORMAT};
use crate::log::{self, Inspection};
use crate::store::verify;

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
    let checkpoints = manifest.checkpoints.iter().cloned().collect();
    let checkpoints = checkpoints::image(manifest.store, &checkpoints);
    target.write(checkpoints::NAME, &checkpoints)?;
    let format = format::restored_text(manifest);
    target.write(FORMAT, format.as_bytes())?;
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
