//! `cargo xtask test`: everything CI does, in the same order, on a machine with nothing but Rust. `cargo xtask faults`:
//! the long forms of the fault tests. `cargo xtask compile-cost`: what the derives cost the compiler.

mod compile_cost;
mod faults;
mod run;
mod suite;
mod tools;

use std::process::ExitCode;

const USAGE: &str = "usage: cargo xtask test
       cargo xtask faults [--short] [NAME..]
       cargo xtask faults --list
       cargo xtask compile-cost [ROUNDS]

  test    formatting, lints, documentation, examples, doc tests and all tests; cheap checks first
  faults  the tests that break the machine, at length, and a table of what they cost, which is written down in
          eventsourcing-sled/FAULTS.md. --short repeats what `test` does of them, --list says what there is
  compile-cost
          compiles a crate of 200 events with serde's derives alone and with ours, and prints how they compare";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let result = match arguments[..] {
        ["test"] => suite::test(),
        ["faults", "--list"] => {
            faults::list();
            Ok(())
        }
        ["faults", "--short", ref names @ ..] if are_names(names) => faults::run(names, true),
        ["faults", ref names @ ..] if are_names(names) => faults::run(names, false),
        ["compile-cost"] => compile_cost::run(None),
        ["compile-cost", rounds] if rounds.parse::<usize>().is_ok() => {
            compile_cost::run(rounds.parse().ok())
        }
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

fn are_names(arguments: &[&str]) -> bool {
    !arguments.iter().any(|argument| argument.starts_with('-'))
}
