//! `import`: what is booked, what is reported, what is counted.

use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::{Value, json};

use crate::support::{HEADER, Place, deposits, json_lines, package};

fn summary(lines: &[Value]) -> &Value {
    lines.last().expect("a summary")
}

/// What must not depend on how often a file is imported.
pub(crate) fn totals(lines: &[Value]) -> Vec<Value> {
    let summary = summary(lines);
    [
        "rows",
        "accounts",
        "credits",
        "credit_sum",
        "debits",
        "debit_sum",
        "balance_sum",
        "drifting_accounts",
    ]
    .map(|name| summary[name].clone())
    .into()
}

fn counts(lines: &[Value]) -> [u64; 4] {
    let summary = summary(lines);
    ["rows", "applied", "already_imported", "rejected"]
        .map(|name| summary[name].as_u64().expect("a number"))
}

/// The rejected lines.
pub(crate) fn reasons(lines: &[Value]) -> Vec<(u64, String)> {
    let reason = |line: &Value| {
        let number = line["rejected_line"].as_u64()?;
        Some((number, line["reason"].as_str()?.to_owned()))
    };
    let mut reasons: Vec<_> = lines.iter().filter_map(reason).collect();
    reasons.sort();
    reasons
}

fn sample() -> String {
    package("data/statement.csv").display().to_string()
}

#[test]
fn the_sample() {
    let bank = Place::new();
    let out = bank.ok(&["import", &sample()]);
    let expected = "\
account 103 leaves the bank's balance on 1995-01-31: 13621.44 here, 13621.40 there (off by 0.04; on 4 days, at last by 0.01)
credits          17             102632.86 CZK
debits           16              32358.55 CZK
accounts          4              70274.31 CZK
drift             1  accounts leave the bank's end-of-day balance
rows             33  33 applied, 0 imported before, 0 rejected
";
    assert_eq!(out, expected);
    let shown = &bank.json(&["show", "104"])[0];
    assert_eq!(
        (&shown["balance"], &shown["overdraft"]),
        (&json!(44_625), &json!("unlimited"))
    );
    let history = bank.json(&["history", "104"]);
    let kinds: Vec<_> = history
        .iter()
        .map(|line| line["type"].as_str().unwrap_or_default())
        .collect();
    let expected = [
        "account.opened",
        "account.deposited",
        "account.withdrawn",
        "account.interest-charged",
        "account.deposited",
    ];
    assert_eq!(kinds, expected);
    let note = json!({ "day": "1995-01-10", "way": "transfer", "purpose": "pension", "partner": "AB 10203040" });
    assert_eq!(bank.json(&["history", "101"])[2]["payload"]["note"], note);
}

#[test]
fn importing_twice_changes_nothing() {
    let bank = Place::new();
    let first = bank.json(&["import", &sample()]);
    let (list, events) = (
        bank.ok(&["list"]),
        bank.json(&["stats"])[0]["events"].clone(),
    );
    let second = bank.json(&["import", &sample()]);
    assert_eq!(totals(&first), totals(&second));
    assert_eq!(counts(&first), [33, 33, 0, 0]);
    assert_eq!(counts(&second), [33, 0, 33, 0]);
    assert_eq!(first[..first.len() - 1], second[..second.len() - 1]);
    assert_eq!(
        (bank.ok(&["list"]), &bank.json(&["stats"])[0]["events"]),
        (list, &events)
    );
}

#[test]
fn compressed_or_not_is_told_by_the_content() {
    let plain = std::fs::read(sample()).expect("the sample");
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(&plain).expect("compressed");
    let compressed = encoder.finish().expect("compressed");
    let bank = Place::new();
    bank.write("a.csv.gz", &compressed);
    bank.write("b.csv", &compressed);
    let crlf = String::from_utf8(plain)
        .expect("UTF-8")
        .replace('\n', "\r\n");
    bank.write("c.csv", format!("\u{feff}{crlf}"));
    for file in ["a.csv.gz", "b.csv", "c.csv"] {
        let lines = bank.json(&["import", file, "--store", "memory:"]);
        assert_eq!(counts(&lines), [33, 33, 0, 0], "{file}");
    }
    // A file that was cut short: what came before is imported, and the rest is an error.
    bank.write("cut.csv.gz", &compressed[..compressed.len() / 2]);
    let run = bank.run(&["import", "cut.csv.gz"]);
    assert!(
        run.failed().starts_with("cannot read cut.csv.gz (line "),
        "{run:?}"
    );
    assert_eq!(summary(&bank.json(&["import", "a.csv.gz"]))["rows"], 33);
}

#[test]
fn rows_that_make_no_sense_are_reported_and_the_others_booked() {
    let bank = Place::new();
    let mut file = HEADER.as_bytes().to_vec();
    let long = format!(
        "3;1;930101;\"PRIJEM\";\"{}\";1.00;1.00;\"\";;\n",
        "x".repeat(70_000)
    );
    let id = format!(
        "4;{};930101;\"PRIJEM\";\"VKLAD\";1.00;1.00;\"\";;\n",
        "y".repeat(300)
    );
    let rows: &[&[u8]] = &[
        b"1;1;930101;\"PRIJEM\";\"VKLAD\";700.00;700.00;\"\";;\n", // line 2, fine
        b"2;1;930101\n",                                           // 3
        long.as_bytes(),                                           // 4
        b"\n",                                                     // 5, no row
        id.as_bytes(),                                             // 6
        b";1;930101;\"PRIJEM\";\"VKLAD\";1.00;1.00;\"\";;\n",      // 7
        b"5;;930101;\"PRIJEM\";\"VKLAD\";1.00;1.00;\"\";;\n",      // 8
        b"6;1;931301;\"PRIJEM\";\"VKLAD\";1.00;1.00;\"\";;\n",     // 9
        b"7;1;930230;\"PRIJEM\";\"VKLAD\";1.00;1.00;\"\";;\n",     // 10
        b"8;1;93-1-1;\"PRIJEM\";\"VKLAD\";1.00;1.00;\"\";;\n",     // 11
        b"9;1;930101;\"DAR\";\"VKLAD\";1.00;1.00;\"\";;\n",        // 12
        b"10;1;930101;\"PRIJEM\";\"VKLAD\";1,00;1.00;\"\";;\n",    // 13
        b"11;1;930101;\"PRIJEM\";\"VKLAD\";1.00;;\"\";;\n",        // 14
        b"12;1;930101;\"PRIJEM\";\"VKLAD\";99999999999999999999.00;1.00;\"\";;\n", // 15
        b"13;1;930101;\"PRIJEM\";\"\xff\";1.00;1.00;\"\";;\n",     // 16
        b"14;1;930101;\"PRIJEM;\"VKLAD\";1.00;1.00;\"\";;\n",      // 17
        b"15;1\x01;930101;\"PRIJEM\";\"VKLAD\";1.00;1.00;\"\";;\n", // 18
        b"16;1;930102;\"VYDAJ\";\"VYBER\";100.00;600.00;\"\";;",   // 19, fine, without an end
    ];
    file.extend(rows.concat());
    bank.write("bad.csv", file);
    let lines = bank.json(&["import", "bad.csv"]);
    let expected = [
        (3, "it has 3 columns, not 10"),
        (4, "it is longer than 65536 bytes"),
        (
            6,
            "account_id cannot be an account: the stream id is 308 bytes long; the limit is 200",
        ),
        (7, "trans_id is empty"),
        (8, "account_id is empty"),
        (9, "date `931301` is not a day; expected YYMMDD"),
        (10, "date `930230` is not a day; expected YYMMDD"),
        (11, "date `93-1-1` is not a day; expected YYMMDD"),
        (12, "type `DAR` is unknown; expected PRIJEM, VYDAJ or VYBER"),
        (13, "amount: `1,00` is not an amount; write it like 12.34"),
        (14, "balance: `` is not an amount; write it like 12.34"),
        (
            15,
            "amount: `99999999999999999999.00` is too large an amount",
        ),
        (16, "it is not UTF-8"),
        (17, "a quote is not closed"),
        (18, "account_id holds a control character"),
    ];
    assert_eq!(
        reasons(&lines),
        expected.map(|(line, reason)| (line, reason.to_owned()))
    );
    assert_eq!(counts(&lines), [17, 2, 0, 15]);
    assert_eq!(bank.json(&["show", "1"])[0]["balance"], 60_000);
    let text = bank.ok(&["import", "bad.csv"]);
    assert!(
        text.contains("line 3 rejected: it has 3 columns, not 10\n"),
        "{text}"
    );
}

#[test]
fn rows_that_break_a_rule_are_reported_and_the_others_booked() {
    let bank = Place::new();
    bank.ok(&["open", "2", "Ada", "--currency", "EUR"]);
    bank.ok(&["open", "3", "Ben", "--currency", "CZK", "--overdraft", "50"]);
    bank.ok(&["open", "4", "Cleo", "--currency", "CZK"]);
    bank.ok(&["close", "4"]);
    let rows = [
        "1;1;930101;PRIJEM;VKLAD;700.00;700.00;;;",
        "2;2;930101;PRIJEM;VKLAD;1.00;1.00;;;",
        "3;3;930101;VYDAJ;VYBER;50.01;-50.01;;;",
        "4;3;930101;VYDAJ;VYBER;50.00;-100.01;;;",
        "5;4;930101;PRIJEM;VKLAD;1.00;1.00;;;",
        "6;1;930102;PRIJEM;VKLAD;0.00;700.00;;;",
        "7;1;930102;PRIJEM;VKLAD;-5.00;700.00;;;",
        "8;1;930103;PRIJEM;VKLAD;92233720368547758.07;700.00;;;",
        // The same transaction once more, with other content, and in another account.
        "1;1;930101;PRIJEM;VKLAD;700.00;700.00;;;",
        "1;1;930101;PRIJEM;VKLAD;700.01;700.00;;;",
        "1;3;930101;PRIJEM;VKLAD;700.00;700.00;;;",
        // Refused for want of money; no run books it later, though there is money then.
        "9;3;930104;VYDAJ;VYBER;60.00;-160.01;;;",
        "10;3;930105;PRIJEM;VKLAD;500.00;339.99;;;",
        "9;3;930105;VYDAJ;VYBER;60.00;-160.01;;;",
        "9;3;930104;VYDAJ;VYBER;60.00;-160.01;;;",
    ];
    bank.write("rules.csv", format!("{HEADER}{}\n", rows.join("\n")));
    let lines = bank.json(&["import", "rules.csv"]);
    let insufficient = "the account has 0.00 CZK at its disposal, which is less than 60.00";
    let expected = [
        (3, "the account is kept in EUR, not in CZK"),
        (
            4,
            "the account has 50.00 CZK at its disposal, which is less than 50.01",
        ),
        (6, "the account is closed"),
        (
            7,
            "the account cannot book 0.00: an amount must be above zero",
        ),
        (
            8,
            "the account cannot book -5.00: an amount must be above zero",
        ),
        (
            9,
            "the account cannot hold 700.00 and 92233720368547758.07 more: that is too large a number",
        ),
        (11, "the transaction id was used before with other content"),
        (
            12,
            "transaction id 1 was used before in this file, by another account",
        ),
        (13, insufficient),
        (15, insufficient),
        (16, insufficient),
    ];
    assert_eq!(
        reasons(&lines),
        expected.map(|(line, reason)| (line, reason.to_owned()))
    );
    assert_eq!(counts(&lines), [15, 3, 1, 11]);
    let again = bank.json(&["import", "rules.csv"]);
    assert_eq!(counts(&again), [15, 0, 4, 11]);
    assert_eq!(totals(&lines), totals(&again));
    assert_eq!(reasons(&lines), reasons(&again));
    // The bank booked what was refused here, so the account leaves the bank's balance; that is said.
    let drift = lines
        .iter()
        .find(|line| line["drift_of_account"] == "3")
        .expect("a drift");
    assert_eq!(
        (&drift["running_balance"], &drift["bank_balance"]),
        (&json!(-5_000), &json!(-5_001))
    );
}

#[test]
fn a_statement_that_goes_on_is_compared_from_where_the_account_stands() {
    let bank = Place::new();
    bank.write(
        "one.csv",
        format!("{HEADER}1;1;930101;PRIJEM;VKLAD;700.00;700.00;;;\n"),
    );
    bank.write("two.csv", format!("{HEADER}2;1;930201;PRIJEM;VKLAD;1.00;701.00;;;\n3;1;930202;VYBER;VYBER;1.00;699.90;;;\n"));
    assert_eq!(bank.json(&["import", "one.csv"])[0]["drifting_accounts"], 0);
    for _ in 0..2 {
        let lines = bank.json(&["import", "two.csv"]);
        assert_eq!(lines.len(), 2);
        assert_eq!(
            (&lines[0]["first_day"], &lines[0]["difference"]),
            (&json!("1993-02-02"), &json!(10))
        );
        // Money that came in by another way is in the balance, not in the comparison.
        bank.ok(&["deposit", "1", "5"]);
    }
    assert_eq!(bank.json(&["import", "one.csv"])[0]["balance_sum"], 71_000);
}

#[test]
fn what_is_no_statement_is_an_error() {
    let bank = Place::new();
    bank.write("empty.csv", "");
    bank.write("other.csv", "a,b,c\n1,2,3\n");
    bank.write("binary.csv", vec![0xff; 100_000]);
    std::fs::create_dir(bank.path("folder")).expect("a folder");
    for file in ["empty.csv", "other.csv", "binary.csv"] {
        let line = bank.fails(&["import", file]);
        assert!(
            line.starts_with(&format!(
                "cannot read {file} (line 1): it is not a statement"
            )),
            "{line}"
        );
    }
    for file in ["missing.csv", "folder"] {
        let line = bank.fails(&["import", file]);
        assert!(
            line.starts_with(&format!("cannot read {file} (line 1): ")),
            "{line}"
        );
    }
    bank.write("head.csv", HEADER);
    assert_eq!(counts(&bank.json(&["import", "head.csv"])), [0, 0, 0, 0]);
}

#[test]
fn progress_can_be_watched() {
    let bank = Place::new();
    bank.write("rows.csv", deposits(250, 7));
    let run = bank.run(&["import", "rows.csv", "--json", "--progress", "lines"]);
    assert_eq!(
        (run.code, run.err.as_str()),
        (0, "progress 100\nprogress 200\n")
    );
    assert_eq!(counts(&json_lines(&run.out)), [250, 250, 0, 0]);
    // No terminal, no bar.
    assert_eq!(bank.run(&["import", "rows.csv"]).err, "");
}
