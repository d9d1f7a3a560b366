//! Transfers in steps: every one ends, and the money is somewhere at any time, wherever the program is killed.

use std::collections::BTreeMap;
use std::time::Duration;

use eventsourcing_testkit::faults::kill::{Moment, killed_at};
use eventsourcing_testkit::faults::rounds;
use serde_json::{Value, json};

use crate::faults::plant;
use crate::support::Place;

fn in_steps<'a>(key: &'a str, from: &'a str, to: &'a str, amount: &'a str) -> [&'a str; 7] {
    [
        "transfer",
        from,
        to,
        amount,
        "--in-steps",
        "--idempotency-key",
        key,
    ]
}

/// Ada, Ben with money; Cleo in another currency; Dora's account is closed.
fn bank() -> Place {
    let bank = Place::new();
    bank.ok(&["open", "ada", "Ada"]);
    bank.ok(&["open", "ben", "Ben"]);
    bank.ok(&["open", "cleo", "Cleo", "--currency", "USD"]);
    bank.ok(&["open", "dora", "Dora"]);
    bank.ok(&["close", "dora"]);
    bank.ok(&["deposit", "ada", "100"]);
    bank.ok(&["deposit", "ben", "100"]);
    bank
}

fn balances(bank: &Place, verb: &str) -> BTreeMap<String, i64> {
    let lines = bank.json(&[verb]);
    let line = |line: &Value| {
        let account = line["account"].as_str().expect("an account");
        (
            account.to_owned(),
            line["balance"].as_i64().expect("an integer"),
        )
    };
    lines.iter().map(line).collect()
}

#[test]
fn all_that_can_come_of_one() {
    let bank = bank();
    let out = bank.ok(&in_steps("t1", "ada", "ben", "30"));
    assert_eq!(
        out,
        "transferred 30.00 from account ada to account ben: transfer t1\n"
    );
    let again = &bank.json(&in_steps("t1", "ada", "ben", "30"))[0];
    assert_eq!(again["duplicate"], true);
    for (key, from, to, amount, said) in [
        (
            "t2",
            "ada",
            "ben",
            "70.01",
            "account `ada` has 70.00 EUR at its disposal, which is less than 70.01; nothing has moved",
        ),
        (
            "t3",
            "ada",
            "dora",
            "5",
            "account `dora` is closed; 5.00 went back",
        ),
        (
            "t4",
            "ada",
            "cleo",
            "5",
            "account `cleo` is kept in USD, not in EUR; 5.00 went back",
        ),
        (
            "t5",
            "ada",
            "nobody",
            "5",
            "account `nobody` does not exist; 5.00 went back",
        ),
        (
            "t6",
            "dora",
            "ada",
            "5",
            "account `dora` is closed; nothing has moved",
        ),
    ] {
        assert_eq!(bank.fails(&in_steps(key, from, to, amount)), said);
        // For good, whatever the balance is by now.
        bank.ok(&["deposit", "ada", "1"]);
        bank.ok(&["withdraw", "ada", "1"]);
        assert_eq!(bank.fails(&in_steps(key, from, to, amount)), said);
    }
    assert_eq!(balances(&bank, "list")["ada"], 7_000);
    assert_eq!(balances(&bank, "list")["ben"], 13_000);
    let history = bank.ok(&["history", "ada"]);
    assert!(
        history.contains("transfer came back: the receiver is closed"),
        "{history}"
    );
    let found = bank.json(&["events", "--type", "transfer.returned"]);
    assert_eq!(
        (found.len(), &found[0]["payload"]["reason"]),
        (3, &json!("is closed"))
    );
    assert_eq!(bank.ok(&["parked", "list"]), "0 parked events\n");
    bank.ok(&["projections", "verify"]);
}

#[test]
fn what_is_not_even_begun() {
    let bank = bank();
    bank.ok(&in_steps("t1", "ada", "ben", "30"));
    for (key, from, to, amount, said) in [
        (
            "t7",
            "nobody",
            "ada",
            "5",
            "account `nobody` does not exist",
        ),
        (
            "t7",
            "ada",
            "ada",
            "5",
            "the transfer leads from an account to itself",
        ),
        (
            "t7",
            "ada",
            "ben",
            "0",
            "the transfer cannot move 0.00: an amount must be above zero",
        ),
        (
            "t1",
            "ada",
            "ben",
            "31",
            "idempotency key `t1` was used before for something else",
        ),
        (
            &"t".repeat(101),
            "ada",
            "ben",
            "1",
            "the transfer has a name of more than 100 bytes",
        ),
    ] {
        assert_eq!(bank.fails(&in_steps(key, from, to, amount)), said);
    }
    assert_eq!(
        bank.json(&["events", "--type", "transfer.requested"]).len(),
        1
    );
}

#[test]
fn money_that_comes_back_to_a_closed_account_opens_it_again() {
    let bank = bank();
    let returned = br#"{"transfer":"t","amount":500,"reason":"is closed"}"#;
    plant(
        &bank,
        "account-dora",
        "account.transfer-returned",
        1,
        returned,
    );
    let dora = &bank.json(&["balances", "--owner", "Dora"])[0];
    assert_eq!(
        (&dora["status"], &dora["balance"]),
        (&json!("open"), &json!(500))
    );
    bank.ok(&["withdraw", "dora", "5"]);
    assert_eq!(bank.json(&["show", "dora"])[0]["status"], "open");
}

#[test]
fn dormant_is_what_every_verb_says() {
    let bank = bank();
    plant(&bank, "account-ben", "account.marked-dormant", 1, b"{}");
    let status = |args: &[&str]| {
        let lines = bank.json(args);
        let ben = lines.iter().find(|line| line["account"] == "ben");
        ben.expect("Ben")["status"].clone()
    };
    let verbs = [&["list"][..], &["balances"], &["show", "ben"]];
    assert_eq!(verbs.map(status), ["dormant"; 3]);
    bank.ok(&["deposit", "ben", "1"]);
    assert_eq!(verbs.map(status), ["open"; 3]);
}

/// What is wrong with the transfers as far as they have come; how many have not ended.
fn check(bank: &Place) -> usize {
    let mut steps: BTreeMap<String, BTreeMap<String, u32>> = BTreeMap::new();
    for event in bank.json(&["events"]) {
        let name = event["type"].as_str().expect("a type");
        let stream = event["stream"].as_str().expect("a stream");
        let transfer = match (
            stream.strip_prefix("transfer-"),
            &event["payload"]["transfer"],
        ) {
            (Some(transfer), _) => transfer,
            (None, Value::String(transfer)) => transfer,
            _ => continue,
        };
        let step = name.rsplit('.').next().expect("a name");
        let steps = steps.entry(transfer.into()).or_default();
        *steps.entry(step.into()).or_default() += 1;
    }
    let mut open = 0;
    for (transfer, steps) in &steps {
        assert!(
            steps.values().all(|times| *times == 1),
            "{transfer}: {steps:?}"
        );
        let has = |step: &str| steps.contains_key(step);
        let (sent, received, came_back) = (
            has("transfer-sent"),
            has("transfer-received"),
            has("transfer-returned"),
        );
        assert!(!(received && came_back), "{transfer}: {steps:?}");
        assert!(sent || !(received || came_back), "{transfer}: {steps:?}");
        match (has("completed"), has("refused"), has("returned")) {
            (false, false, false) => open += 1,
            (completed, refused, returned) => {
                assert_eq!(
                    (completed, refused, returned),
                    (received, !sent, came_back),
                    "{transfer}: {steps:?}"
                );
            }
        }
    }
    open
}

#[test]
fn killed_at_any_step() {
    const TRANSFERS: usize = 18;
    let bank = bank();
    let before: i64 = balances(&bank, "list").values().sum();
    let mut expected = balances(&bank, "list");
    bank.ok(&["projections", "pause", "transfer"]);
    for number in 0..TRANSFERS {
        let (from, to, amount) = match number % 6 {
            0 | 3 => ("ada", "ben", 250),
            1 | 4 => ("ben", "ada", 150),
            2 => ("ada", "dora", 300),
            _ => ("ben", "cleo", 1_000_000),
        };
        if to != "dora" && to != "cleo" {
            *expected.get_mut(from).expect("an account") -= amount;
            *expected.get_mut(to).expect("an account") += amount;
        }
        let (key, amount) = (
            format!("t{number}"),
            format!("{}.{:02}", amount / 100, amount % 100),
        );
        let line = bank.fails(&in_steps(&key, from, to, &amount));
        assert!(line.contains("still on its way"), "{line}");
    }
    bank.ok(&["projections", "resume", "transfer"]);

    let (mut killed, mut open) = (0, check(&bank));
    assert_eq!(open, TRANSFERS);
    while killed < rounds(12, 40) && open > 3 {
        // At the n-th event that it has written, or while it starts.
        // All transfers take the first step before any takes the second, so it takes many events to see all steps.
        let times = (killed * 5 % 11).min(open);
        let delay = Duration::from_micros(u64::try_from(killed * 700 % 3_000).expect("small"));
        if times == 0 {
            killed_at(
                &mut bank.command(&["tail"]),
                Moment::after("position", delay * 10),
            );
        } else {
            let moment = Moment {
                word: "transfer",
                times,
                delay,
            };
            killed_at(&mut bank.command(&["tail", "--json"]), moment);
        }
        killed += 1;
        open = check(&bank);
    }
    assert!(
        killed >= 5,
        "only killed {killed} times before all had ended"
    );
    println!("killed {killed} times; {open} of {TRANSFERS} transfers were still on their way");
    bank.ok(&["projections", "catch-up"]);
    assert_eq!(check(&bank), 0, "each has ended");
    let after = balances(&bank, "list");
    assert_eq!(after, expected);
    assert_eq!(
        after.values().sum::<i64>(),
        before,
        "the money is all there"
    );
    // What is folded from the log has come along.
    assert_eq!(balances(&bank, "balances"), after);
    assert_eq!(bank.ok(&["parked", "list"]), "0 parked events\n");
    bank.ok(&["projections", "verify"]);
    bank.ok(&["verify"]);
}
