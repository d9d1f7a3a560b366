//! A bank on the command line.

use std::process::ExitCode;

fn main() -> ExitCode {
    bank_account::run()
}
