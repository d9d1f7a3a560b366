//! Files as they are in a commit.

use std::path::Path;
use std::process::{Command, Output};

use crate::Failure;

/// A commit, as the repository of a file knows it.
pub(crate) struct Commit<'a> {
    folder: &'a Path,
    file: String,
    id: String,
}

impl<'a> Commit<'a> {
    /// The commit `reference` names.
    pub(crate) fn find(reference: &str, file: &'a Path) -> Result<Self, Failure> {
        let folder = file
            .parent()
            .filter(|folder| !folder.as_os_str().is_empty());
        let folder = folder.unwrap_or(Path::new("."));
        // Also keeps a reference that looks like an option from being one.
        let object = format!("{reference}^{{commit}}");
        let found = git(
            folder,
            &["rev-parse", "--verify", "--end-of-options", &object],
        )?;
        if !found.status.success() {
            let why = String::from_utf8_lossy(&found.stderr);
            return Err(Failure::Git(format!(
                "there is no commit `{reference}`: {}",
                why.trim()
            )));
        }
        Ok(Self {
            folder,
            file: file
                .file_name()
                .unwrap_or_default()
                .to_string_lossy()
                .into_owned(),
            id: text(&found.stdout).trim().to_owned(),
        })
    }

    /// The text of the file; `None` if it is not there yet.
    pub(crate) fn text(&self) -> Result<Option<String>, Failure> {
        let listed = self.git(&["ls-tree", "--name-only", &self.id, "--", &self.file])?;
        if listed.is_empty() {
            return Ok(None);
        }
        self.show(&format!("./{}", self.file)).map(Some)
    }

    /// Path and text of the lock files of the commit that are not in the working tree any more.
    pub(crate) fn vanished(&self) -> Result<Vec<(String, String)>, Failure> {
        let root = self.git(&["rev-parse", "--show-toplevel"])?;
        let root = Path::new(root.trim_end_matches('\n'));
        // The pathspec names the whole tree, and git names the files from there.
        let found = git(
            self.folder,
            &[
                "grep",
                "-I",
                "-l",
                "-z",
                "-E",
                "--full-name",
                "^lock [0-9]+$",
                &self.id,
                "--",
                ":/",
            ],
        )?;
        let found = text(&found.stdout);
        let paths = found.split('\0').filter_map(|row| row.split_once(':'));
        let gone = paths.filter(|(_, path)| !root.join(path).exists());
        gone.map(|(_, path)| Ok((path.to_owned(), self.show(path)?)))
            .collect()
    }

    fn show(&self, path: &str) -> Result<String, Failure> {
        self.git(&["show", &format!("{}:{path}", self.id)])
    }

    fn git(&self, args: &[&str]) -> Result<String, Failure> {
        let output = git(self.folder, args)?;
        if output.status.success() {
            Ok(text(&output.stdout))
        } else {
            Err(Failure::Git(text(&output.stderr).trim().into()))
        }
    }
}

fn git(folder: &Path, args: &[&str]) -> Result<Output, Failure> {
    let output = Command::new("git")
        .arg("-C")
        .arg(folder)
        .args(args)
        .output();
    output.map_err(|error| Failure::Git(format!("it cannot be started: {error}")))
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}
