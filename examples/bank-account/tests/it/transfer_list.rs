//! The list of transfers: how far each has come, and since when.

use serde_json::{Value, json};

use crate::faults::plant;
use crate::support::Place;

/// Ada and Ben with money; Dora's account is closed.
fn bank() -> Place {
    let bank = Place::new();
    bank.ok(&["open", "ada", "Ada"]);
    bank.ok(&["open", "ben", "Ben"]);
    bank.ok(&["open", "dora", "Dora"]);
    bank.ok(&["close", "dora"]);
    bank.ok(&["deposit", "ada", "100"]);
    bank
}

/// A transfer from Ada; what it says on stdout or stderr.
fn transfer(bank: &Place, key: &str, to: &str, amount: &str, in_steps: bool) -> String {
    let mut args = vec!["transfer", "ada", to, amount, "--idempotency-key", key];
    args.extend(in_steps.then_some("--in-steps"));
    let run = bank.run(&args);
    run.out + &run.err
}

/// The lines of the list, without their times.
fn listed(bank: &Place, args: &[&str]) -> Vec<Value> {
    let mut lines = bank.json(&[&["transfers"], args].concat());
    for line in &mut lines {
        let line = line.as_object_mut().expect("an object");
        assert!(line.remove("begun_at").is_some(), "{line:?}");
        let (waiting, ended) = (line.remove("waiting_since"), line.remove("ended_at"));
        assert!(waiting.is_some() != ended.is_some(), "{line:?}");
        line.insert("waiting".into(), waiting.is_some().into());
    }
    lines
}

fn line(key: &str, to: &str, amount: i64, in_steps: bool, state: &str, waiting: bool) -> Value {
    json!({
        "transfer": key, "from": "ada", "to": to, "amount": amount, "currency": "EUR", "in_steps": in_steps,
        "state": state, "waiting": waiting,
    })
}

fn because(mut line: Value, reason: &str) -> Value {
    line["reason"] = reason.into();
    line
}

#[test]
fn each_with_its_end() {
    let bank = bank();
    assert_eq!(bank.ok(&["transfers"]), "0 transfers\n");
    transfer(&bank, "t1", "ben", "30", false);
    transfer(&bank, "t2", "ben", "5", true);
    transfer(&bank, "t3", "dora", "6.50", true);
    transfer(&bank, "t4", "ben", "1000", true);
    let short = "has 65.00 EUR at its disposal, which is less than 1000.00";
    let expected = [
        line("t1", "ben", 3_000, false, "completed", false),
        line("t2", "ben", 500, true, "completed", false),
        because(
            line("t3", "dora", 650, true, "returned", false),
            "is closed",
        ),
        because(line("t4", "ben", 100_000, true, "refused", false), short),
    ];
    assert_eq!(listed(&bank, &[]), expected);
    let of = |account| listed(&bank, &["--account", account]);
    assert_eq!(of("ada"), expected);
    assert_eq!(of("dora"), expected[2..3]);
    assert_eq!(of("ben").len(), 3);
    assert_eq!(of("be"), [] as [Value; 0]);

    let text = bank.ok(&["transfers", "--account", "dora"]);
    let lines: Vec<_> = text.lines().collect();
    assert_eq!(
        (&lines[0][..26], lines[2]),
        ("begun                 from", "1 transfer"),
        "{text}"
    );
    assert_eq!(
        &lines[1][22..],
        "ada          dora                   6.50 EUR  t3                                   returned: the receiver is closed"
    );
    // Done before: no second one.
    transfer(&bank, "t1", "ben", "30", false);
    transfer(&bank, "t2", "ben", "5", true);
    assert_eq!(listed(&bank, &[]), expected);
    // Thrown away, it is made again.
    bank.ok(&["projections", "rebuild", "transfer-list"]);
    assert_eq!(listed(&bank, &[]), expected);
    bank.ok(&["projections", "verify", "transfer-list"]);
}

#[test]
fn what_waits_says_since_when_and_is_led_on() {
    let bank = bank();
    bank.ok(&["projections", "pause", "transfer"]);
    let said = transfer(&bank, "t1", "ben", "30", true);
    assert_eq!(
        said,
        "error: transfer t1 is still on its way: see `projections list` and `parked list transfer`\n"
    );
    let expected = [line("t1", "ben", 3_000, true, "begun", true)];
    assert_eq!(listed(&bank, &[]), expected);
    let waiting = &bank.json(&["transfers"])[0];
    assert_eq!(waiting["begun_at"], waiting["waiting_since"]);
    let text = bank.ok(&["transfers"]);
    let lines: Vec<_> = text.lines().collect();
    assert!(lines[1].contains(" begun, waiting since 20"), "{text}");
    assert_eq!(lines[2], "1 transfer");
    assert!(
        lines[3].starts_with("1 of them waiting: `projections catch-up` leads them on"),
        "{text}"
    );

    bank.ok(&["projections", "resume", "transfer"]);
    bank.ok(&["projections", "catch-up"]);
    let expected = [line("t1", "ben", 3_000, true, "completed", false)];
    assert_eq!(listed(&bank, &[]), expected);
}

#[test]
fn what_is_in_the_way_of_one_is_found() {
    let bank = bank();
    plant(&bank, "account-ben", "account.frozen", 1, b"{}");
    let said = transfer(&bank, "t1", "ben", "30", true);
    assert!(said.contains("still on its way"), "{said}");
    let expected = [line("t1", "ben", 3_000, true, "sent", true)];
    assert_eq!(listed(&bank, &[]), expected);
    let parked = bank.ok(&["parked", "list", "transfer"]);
    assert!(
        parked.contains(" t1 ") && parked.contains("account.frozen"),
        "{parked}"
    );
    // The others go on.
    transfer(&bank, "t2", "dora", "5", true);
    assert_eq!(listed(&bank, &[])[1]["state"], "returned");
}

#[test]
fn an_account_that_cannot_be_read_keeps_only_its_own_transfers_out_of_the_list() {
    let bank = bank();
    let sent = br#"{"transfer":"t0","to":"ben","amount":500}"#;
    plant(&bank, "account-nobody", "account.transfer-sent", 1, sent);
    transfer(&bank, "t1", "ben", "30", false);
    let lines = bank.json(&["transfers"]);
    assert_eq!((lines.len(), &lines[0]["transfer"]), (2, &json!("t1")));
    assert_eq!(lines[1]["incomplete"], "transfer-list");
    let parked = bank.ok(&["parked", "list", "transfer-list"]);
    assert!(
        parked.contains("account `nobody` was never opened"),
        "{parked}"
    );
}
