//! Running the program in a directory of its own.

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::Value;
use tempfile::TempDir;

/// A directory in which the program runs; its store is `bank.db` there.
pub(crate) struct Place {
    dir: TempDir,
}

/// What a run has left.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Place {
    pub(crate) fn new() -> Self {
        Self {
            dir: TempDir::new().expect("a temporary directory"),
        }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(name);
        std::fs::write(&path, content).expect("written");
        path
    }

    /// The program with these arguments, not started yet.
    pub(crate) fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_bank-account"));
        command.args(args).current_dir(self.dir.path());
        command.stdin(Stdio::null());
        command
    }

    pub(crate) fn run(&self, args: &[&str]) -> Run {
        self.command(args)
            .output()
            .expect("the program runs")
            .into()
    }

    /// Runs it and insists that it succeeds without a word on stderr.
    #[track_caller]
    pub(crate) fn ok(&self, args: &[&str]) -> String {
        let run = self.run(args);
        assert_eq!((run.code, run.err.as_str()), (0, ""), "{args:?}: {run:?}");
        run.out
    }

    /// Runs it with `--json` and returns its lines.
    #[track_caller]
    pub(crate) fn json(&self, args: &[&str]) -> Vec<Value> {
        let args = [args, &["--json"]].concat();
        json_lines(&self.ok(&args))
    }

    /// Runs it and insists that it fails with exit code 1, one line on stderr and nothing on stdout. Returns the line.
    #[track_caller]
    pub(crate) fn fails(&self, args: &[&str]) -> String {
        let run = self.run(args);
        run.failed().to_owned()
    }
}

impl Run {
    /// The one line on stderr of a run that failed.
    #[track_caller]
    pub(crate) fn failed(&self) -> &str {
        assert_eq!((self.code, self.out.as_str()), (1, ""), "{self:?}");
        self.error_line()
    }

    #[track_caller]
    pub(crate) fn error_line(&self) -> &str {
        let line = self.err.strip_suffix('\n').unwrap_or_default();
        let line = line.strip_prefix("error: ").unwrap_or_default();
        assert!(
            !line.is_empty() && !line.contains('\n'),
            "not one line: {self:?}"
        );
        line
    }
}

impl From<Output> for Run {
    fn from(output: Output) -> Self {
        let text = |bytes| String::from_utf8(bytes).expect("UTF-8");
        Self {
            code: output.status.code().unwrap_or(-1),
            out: text(output.stdout),
            err: text(output.stderr),
        }
    }
}

#[track_caller]
pub(crate) fn json_lines(out: &str) -> Vec<Value> {
    let parse = |line| serde_json::from_str(line).expect("a JSON object per line");
    out.lines().map(parse).collect()
}

/// A file of the package.
pub(crate) fn package(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// First line of every statement.
pub(crate) const HEADER: &str = "\"trans_id\";\"account_id\";\"date\";\"type\";\"operation\";\"amount\";\"balance\";\"k_symbol\";\"bank\";\"account\"\n";

/// A statement of deposits, one row after the other for each account.
pub(crate) fn deposits(rows: u32, accounts: u32) -> String {
    let row = |n| format!("{n};{};930101;PRIJEM;VKLAD;1.00;1.00;;;", n % accounts);
    let rows: Vec<String> = (0..rows).map(row).collect();
    format!("{HEADER}{}\n", rows.join("\n"))
}

/// Copies a directory to a place where there is none.
pub(crate) fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).expect("a new directory");
    for entry in std::fs::read_dir(from).expect("a directory") {
        let entry = entry.expect("an entry");
        let to = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &to);
        } else {
            std::fs::copy(entry.path(), to).expect("copied");
        }
    }
}
