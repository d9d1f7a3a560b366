//! Killed at any time, an import that is run again ends where one clean run ends.

use std::fmt::Write as _;
use std::io::{BufRead, BufReader};
use std::process::Stdio;

use crate::import::{reasons, totals};
use crate::support::{HEADER, Place};

/// A statement of this many rows over 40 accounts, the same every time.
fn statement(rows: u64) -> String {
    let mut file = String::from(HEADER);
    let mut seed = 7_u64;
    for row in 0..rows {
        seed = seed
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        let (account, minor, day) = (seed >> 33 & 0xff, seed >> 41 & 0xffff, 1 + row * 28 / rows);
        let kind = if seed >> 60 & 1 == 0 {
            "PRIJEM"
        } else {
            "VYDAJ"
        };
        let (units, cents) = (minor / 100, minor % 100);
        writeln!(
            file,
            "{row};{};9301{day:02};{kind};VKLAD;{units}.{cents:02};0.00;;;",
            account % 40
        )
        .expect("a string takes all");
    }
    file
}

#[test]
fn kill_9_and_again() {
    const ROWS: u64 = 3_000;
    let bank = Place::new();
    bank.write("rows.csv", statement(ROWS));
    // An account with a limit refuses some rows for want of money; no later run may find that there is enough by now.
    for store in ["sled:clean.db", "sled:bank.db"] {
        bank.ok(&[
            "open",
            "3",
            "Ada",
            "--currency",
            "CZK",
            "--overdraft",
            "500",
            "--store",
            store,
        ]);
    }
    let clean = bank.json(&["import", "rows.csv", "--store", "sled:clean.db"]);
    let clean_list = bank.ok(&["list", "--json", "--store", "sled:clean.db"]);

    // Each round kills the program when it has come this far, as it says itself; each goes on with the last one's store.
    let mut killed = 0;
    for progress in [1, 100, 300, 300, 700, 1_200, 1_200, 1_900, 2_500, 2_900] {
        let mut child = bank
            .command(&["import", "rows.csv", "--progress", "lines"])
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .expect("started");
        let lines = BufReader::new(child.stderr.take().expect("piped")).lines();
        // `1` stands for: before the first sign of life, while the store is made.
        if progress > 1 {
            let sign = format!("progress {progress}");
            assert!(
                lines.map_while(Result::ok).any(|line| line == sign),
                "no {sign}"
            );
        }
        child.kill().expect("killed");
        killed += u32::from(child.wait().expect("ended").code().is_none());
    }
    assert!(
        killed >= 8,
        "only {killed} of 10 runs were killed before they ended"
    );

    let last = bank.json(&["import", "rows.csv"]);
    assert_eq!(totals(&last), totals(&clean));
    assert_eq!(reasons(&last), reasons(&clean));
    assert!(!reasons(&last).is_empty());
    // Every row that was reported as dealt with is there: none of those acknowledged was lost.
    let summary = last.last().expect("a summary");
    let number = |name: &str| summary[name].as_u64().expect("a number");
    assert!(
        number("already_imported") + number("rejected") >= 2_900,
        "{summary}"
    );
    // The order of the list is that of the openings, which is not the file's.
    let sorted = |list: &str| {
        let mut lines: Vec<String> = list.lines().map(Into::into).collect();
        lines.sort();
        lines
    };
    assert_eq!(sorted(&bank.ok(&["list", "--json"])), sorted(&clean_list));
    bank.ok(&["verify"]);
}
