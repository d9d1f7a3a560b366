//! An order system behind HTTP.

use std::process::ExitCode;

fn main() -> ExitCode {
    orders::run()
}
