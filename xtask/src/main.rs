//! `cargo xtask test`: everything CI does, in the same order, on a machine with nothing but Rust.

mod run;
mod suite;

use std::process::ExitCode;

const USAGE: &str = "usage: cargo xtask test

  test    formatting, lints, documentation, examples, doc tests and all tests; cheap checks first";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let result = match arguments[..] {
        ["test"] => suite::test(),
        [] | ["help" | "--help" | "-h"] => {
            println!("{USAGE}");
            return ExitCode::SUCCESS;
        }
        _ => {
            eprintln!("{USAGE}");
            return ExitCode::from(2);
        }
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("xtask: {error}");
            ExitCode::FAILURE
        }
    }
}
