//! Files as they are in a commit.

use std::path::Path;
use std::process::Command;

use crate::Failure;

/// The text of `file` in the commit `reference`; `None` if it is not there yet.
pub(crate) fn text(reference: &str, file: &Path) -> Result<Option<String>, Failure> {
    let folder = file
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty());
    let folder = folder.unwrap_or(Path::new("."));
    let name = file.file_name().unwrap_or_default().to_string_lossy();
    let git = |args: &[&str]| {
        let output = Command::new("git")
            .arg("-C")
            .arg(folder)
            .args(args)
            .output();
        output.map_err(|error| Failure::Git(format!("it cannot be started: {error}")))
    };
    // Also keeps a reference that looks like an option from being one.
    let commit = git(&[
        "rev-parse",
        "--verify",
        "--end-of-options",
        &format!("{reference}^{{commit}}"),
    ])?;
    if !commit.status.success() {
        let why = String::from_utf8_lossy(&commit.stderr);
        return Err(Failure::Git(format!(
            "there is no commit `{reference}`: {}",
            why.trim()
        )));
    }
    let commit = String::from_utf8_lossy(&commit.stdout).trim().to_owned();
    let listed = git(&["ls-tree", "--name-only", &commit, "--", &name])?;
    if !listed.status.success() {
        return Err(Failure::Git(
            String::from_utf8_lossy(&listed.stderr).trim().into(),
        ));
    }
    if listed.stdout.is_empty() {
        return Ok(None);
    }
    let shown = git(&["show", &format!("{commit}:./{name}")])?;
    if !shown.status.success() {
        return Err(Failure::Git(
            String::from_utf8_lossy(&shown.stderr).trim().into(),
        ));
    }
    Ok(Some(String::from_utf8_lossy(&shown.stdout).into_owned()))
}
