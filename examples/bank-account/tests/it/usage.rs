//! Help and wrong usage.

use crate::support::Place;

#[test]
fn without_a_verb_it_prints_help() {
    let bank = Place::new();
    let help = bank.ok(&[]);
    for verb in [
        "open",
        "deposit",
        "withdraw",
        "transfer",
        "close",
        "show",
        "history",
        "list",
        "events",
        "tail",
        "balances",
        "turnover",
        "overdrawn",
        "transfers",
        "projections",
        "parked",
        "import",
        "stats",
        "verify",
        "backup",
        "restore",
        "rebuild-index",
        "--store",
        "--json",
        "--actor",
        "sled:bank.db",
    ] {
        assert!(help.contains(verb), "no {verb} in:\n{help}");
    }
    assert_eq!(bank.ok(&["--json"]), help);
    assert!(!bank.path("bank.db").exists());
}

#[test]
fn options_are_shown_where_they_mean_something() {
    let bank = Place::new();
    for verb in ["open", "deposit", "withdraw", "transfer", "close"] {
        let help = bank.ok(&[verb, "--help"]);
        assert!(help.contains("--idempotency-key <KEY>"), "{help}");
    }
    for verb in ["show", "list", "events", "import", "stats"] {
        let help = bank.ok(&[verb, "--help"]);
        assert!(!help.contains("--idempotency-key"), "{help}");
    }
    for verb in [
        &["tail"][..],
        &["projections", "catch-up"],
        &["parked", "retry"],
        &["parked", "skip"],
    ] {
        let help = bank.ok(&[verb, &["--help"]].concat());
        let option = "--dormant-after <TIME>";
        assert!(
            help.contains(option) && help.contains("[default: 365d]"),
            "{help}"
        );
    }
    let help = bank.ok(&["projections", "pause", "--help"]);
    assert!(
        help.contains("--actor <NAME>") && !help.contains("--as"),
        "{help}"
    );
}

#[test]
fn wrong_usage_is_exit_code_2() {
    let bank = Place::new();
    let wrong: &[&[&str]] = &[
        &["frobnicate"],
        &["show"],
        &["backup"],
        &["restore"],
        &["open", "1"],
        &["open", "1", "Ada", "--currency", "XXX"],
        &[
            "open",
            "1",
            "Ada",
            "--overdraft",
            "5",
            "--unlimited-overdraft",
        ],
        &["deposit", "1", "1.234"],
        &["deposit", "1", "1e3"],
        &["deposit", "1", "92233720368547758.08"],
        &["show", "1", "--at-version", "-1"],
        &[
            "show",
            "1",
            "--at-version",
            "1",
            "--at-time",
            "2026-01-01T00:00:00Z",
        ],
        &["show", "1", "--at-time", "yesterday"],
        &["list", "--store", "bank.db"],
        &["list", "--store", "sled:"],
        &["list", "--store", "memory:x"],
        &["list", "--idempotency-key", "k"],
        &["list", "--dormant-after", "90d"],
        &["tail", "--dormant-after", "soon"],
        &["tail", "--dormant-after", "0d"],
        &["tail", "--dormant-after", "23h"],
        &["projections", "catch-up", "--dormant-after", "1 year"],
        &["balances", "Ada"],
        &["transfers", "ada"],
        &["turnover", "--month", "1995"],
        &["projections", "pause"],
        &["parked", "skip", "balances", "4"],
        &["parked", "skip", "balances", "four", "--reason", "x"],
        &["import", "x.csv", "--idempotency-key", "k"],
    ];
    for args in wrong {
        let run = bank.run(args);
        assert_eq!((run.code, run.out.as_str()), (2, ""), "{args:?}: {run:?}");
        assert!(run.err.starts_with("error: "), "{args:?}: {run:?}");
    }
    assert!(!bank.path("bank.db").exists());
}

#[test]
fn a_reader_that_leaves_is_no_error() {
    use std::process::Stdio;

    let bank = Place::new();
    bank.ok(&["open", "1", "Ada"]);
    let mut command = bank.command(&["history", "1"]);
    let (reader, writer) = std::io::pipe().expect("a pipe");
    drop(reader);
    let run = command
        .stdout(writer)
        .stderr(Stdio::piped())
        .spawn()
        .expect("started");
    let output = run.wait_with_output().expect("ended");
    assert_eq!(
        (output.status.code(), output.stderr.as_slice()),
        (Some(0), &b""[..])
    );
}
