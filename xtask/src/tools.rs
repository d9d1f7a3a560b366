//! Programs that tests need and Rust does not bring.

use std::process::{Command, Stdio};

use crate::run::Failure;

/// Makes sure that `strace` is there: tests of the store watch its system calls with it, and let some fail.
pub(crate) fn strace() -> Result<(), Failure> {
    if !cfg!(target_os = "linux") || succeeds("strace", &["-V"]) {
        return Ok(());
    }
    println!("\n=== installing strace");
    let install = ["install", "--yes", "strace"];
    let installed = succeeds("apt-get", &install)
        || (succeeds("apt-get", &["update"]) && succeeds("apt-get", &install));
    if installed && succeeds("strace", &["-V"]) {
        return Ok(());
    }
    Err("`strace` is missing and could not be installed: `apt-get install strace` as root, or whatever your system has".into())
}

fn succeeds(program: &str, arguments: &[&str]) -> bool {
    let mut command = Command::new(program);
    command
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::null());
    command.status().is_ok_and(|status| status.success())
}
