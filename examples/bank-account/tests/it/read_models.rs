//! Read models: what the verbs show that look things up, and what they say when something is missing.

use serde_json::{Value, json};

use crate::faults::plant;
use crate::support::{HEADER, Place};

/// Two owners, three accounts, two currencies.
fn bank() -> Place {
    let bank = Place::new();
    bank.ok(&["open", "1", "Ada", "--overdraft", "100"]);
    bank.ok(&["open", "2", "Ben"]);
    bank.ok(&["open", "3", "Ada", "--currency", "USD"]);
    bank.ok(&["deposit", "1", "50"]);
    bank.ok(&["deposit", "2", "20"]);
    bank.ok(&["deposit", "3", "7.50", "--as", "interest"]);
    bank.ok(&["transfer", "1", "2", "5"]);
    bank
}

#[test]
fn balances_by_owner() {
    let bank = bank();
    let lines = bank.json(&["balances"]);
    let line = |owner: &str, account: &str, balance: i64, currency: &str| json!({ "owner": owner, "account": account, "status": "open", "balance": balance, "currency": currency });
    let expected = [
        line("Ada", "1", 4_500, "EUR"),
        line("Ada", "3", 750, "USD"),
        line("Ben", "2", 2_500, "EUR"),
    ];
    assert_eq!(lines, expected);
    assert_eq!(bank.json(&["balances", "--owner", "Ben"]), expected[2..]);
    // Not those whose name only begins so.
    assert_eq!(bank.json(&["balances", "--owner", "A"]).len(), 0);
    let text = bank.ok(&["balances", "--owner", "Ada"]);
    let lines: Vec<_> = text.lines().collect();
    assert_eq!(
        lines[1..],
        [
            "Ada                      1            open                45.00 EUR",
            "Ada                      3            open                 7.50 USD",
            "2 accounts, 45.00 EUR, 7.50 USD",
        ],
        "{text}"
    );
    // What is written later is there without being asked for.
    bank.ok(&["withdraw", "2", "25"]);
    bank.ok(&["close", "2"]);
    let ben = &bank.json(&["balances", "--owner", "Ben"])[0];
    assert_eq!(
        (&ben["status"], &ben["balance"]),
        (&json!("closed"), &json!(0))
    );
}

#[test]
fn turnover_by_month() {
    let bank = Place::new();
    let row = |id: u32, account: u32, day: &str, kind: &str, amount: &str| {
        format!("{id};{account};{day};{kind};VKLAD;{amount};0.00;;;")
    };
    let rows = [
        row(1, 1, "930101", "PRIJEM", "100.00"),
        row(2, 2, "930131", "PRIJEM", "10.00"),
        row(3, 1, "930131", "VYDAJ", "30.50"),
        row(4, 1, "930201", "VYDAJ", "1.00"),
        row(5, 2, "931201", "PRIJEM", "2.00"),
    ];
    bank.write("rows.csv", format!("{HEADER}{}\n", rows.join("\n")));
    bank.json(&["import", "rows.csv"]);
    let month = |month: &str, credits: (u64, i64), debits: (u64, i64)| {
        json!({
            "month": month, "credits": credits.0, "credit_sum": credits.1, "debits": debits.0, "debit_sum": debits.1,
            "net": credits.1 - debits.1, "currency": "CZK",
        })
    };
    let expected = [
        month("1993-01", (2, 11_000), (1, 3_050)),
        month("1993-02", (0, 0), (1, 100)),
        month("1993-12", (1, 200), (0, 0)),
    ];
    assert_eq!(bank.json(&["turnover"]), expected);
    assert_eq!(
        bank.json(&["turnover", "--month", "1993-02"]),
        expected[1..2]
    );
    assert_eq!(
        bank.ok(&["turnover", "--month", "1993-03"]),
        "nothing moved\n"
    );
    let text = bank.ok(&["turnover", "--month", "1993-01"]);
    assert_eq!(
        text.lines().nth(1),
        Some(
            "1993-01        2             110.00        1              30.50              79.50 CZK"
        ),
        "{text}"
    );
    // What has no day of the bank's counts for the day on which it was recorded; currencies are kept apart.
    bank.ok(&["open", "9", "Ada", "--currency", "USD"]);
    bank.ok(&["deposit", "9", "3"]);
    let last = bank.json(&["turnover"]).pop().expect("a month");
    assert_eq!(
        (&last["currency"], &last["credit_sum"]),
        (&json!("USD"), &json!(300))
    );
    let today = bank.json(&["history", "9"])[1]["time"]
        .as_str()
        .map(|time| time[..7].to_owned());
    assert_eq!(last["month"].as_str(), today.as_deref());
    let run = bank.run(&["turnover", "--month", "1993-13"]);
    assert!(
        run.code == 2 && run.err.contains("`1993-13` is not a month"),
        "{run:?}"
    );
}

#[test]
fn overdrawn_accounts_and_since_when() {
    let bank = Place::new();
    let row = |id: u32, account: u32, day: &str, kind: &str, amount: u32| {
        format!("{id};{account};{day};{kind};VKLAD;{amount}.00;0.00;;;")
    };
    let rows = [
        row(1, 1, "930101", "VYDAJ", 10),
        row(2, 1, "930102", "PRIJEM", 30),
        row(3, 1, "930103", "VYDAJ", 60),
        row(4, 1, "930105", "PRIJEM", 25),
        row(5, 2, "930104", "VYDAJ", 20),
        row(6, 3, "930104", "PRIJEM", 20),
    ];
    bank.write("rows.csv", format!("{HEADER}{}\n", rows.join("\n")));
    bank.json(&["import", "rows.csv"]);
    let line = |account: &str, balance: i64, lowest: i64, since: &str| {
        json!({
            "account": account, "balance": balance, "lowest": lowest, "currency": "CZK", "since": since,
            "owner": format!("holder of {account}"),
        })
    };
    // The lowest first. Account 1 went below zero twice: the second time counts.
    let expected = [
        line("2", -2_000, -2_000, "1993-01-04"),
        line("1", -1_500, -4_000, "1993-01-03"),
    ];
    assert_eq!(bank.json(&["overdrawn"]), expected);
    bank.ok(&["deposit", "2", "20"]);
    let text = bank.ok(&["overdrawn"]);
    let lines: Vec<_> = text.lines().skip(1).collect();
    assert_eq!(
        lines,
        [
            "1                        -15.00             -40.00 CZK  1993-01-03  holder of 1",
            "1 account",
        ],
        "{text}"
    );
}

#[test]
fn events_of_older_generations_are_folded_as_todays() {
    for generation in ["gen1", "gen2"] {
        let place = Place::new();
        let fixture = crate::support::package("fixtures").join(generation);
        crate::support::copy(&fixture, &place.path("bank.db"));
        let listed = place.json(&["list"]);
        let mut looked_up = place.json(&["balances"]);
        assert_eq!(looked_up.len(), listed.len());
        for line in &mut looked_up {
            let same = |other: &&Value| other["account"] == line["account"];
            let expected = listed.iter().find(same).expect("listed");
            for field in ["owner", "status", "balance", "currency"] {
                assert_eq!(line[field], expected[field], "{generation}: {field}");
            }
        }
        let parked = place.ok(&["parked", "list"]);
        assert_eq!(parked, "0 parked events\n");
        place.ok(&["projections", "verify"]);
    }
}

#[test]
fn what_is_parked_is_said() {
    let bank = bank();
    plant(
        &bank,
        "account-2",
        "account.deposited",
        2,
        b"{\"amount\":\"much\"}",
    );
    plant(
        &bank,
        "account-2",
        "account.deposited",
        2,
        b"{\"amount\":100}",
    );
    bank.ok(&["deposit", "1", "1"]);
    let text = bank.ok(&["balances"]);
    assert_eq!(
        text.lines().last(),
        Some("incomplete: balances is without 2 parked events; `parked list balances` shows them")
    );
    // All others go on.
    let lines = bank.json(&["balances"]);
    let balances: Vec<_> = lines.iter().map(|line| line["balance"].clone()).collect();
    assert_eq!(
        balances,
        [json!(4_600), json!(750), json!(2_500), Value::Null]
    );
    assert_eq!(
        lines[3],
        json!({ "incomplete": "balances", "position": 11, "head": 11, "parked": 2 })
    );
}

#[test]
fn what_is_paused_is_said_and_shown_as_it_was() {
    let bank = bank();
    bank.ok(&["balances"]);
    let said = bank.ok(&["projections", "pause", "balances", "--as", "cleo"]);
    assert_eq!(
        said,
        "paused balances: paused, at position 8 of 9, build 1\n"
    );
    bank.ok(&["deposit", "1", "1"]);
    let text = bank.ok(&["balances", "--owner", "Ada"]);
    assert!(text.contains(" 45.00 EUR"), "{text}");
    assert_eq!(
        text.lines().last(),
        Some(
            "incomplete: balances is paused by cleo at position 8 of 10; `projections resume balances` lets it go on"
        )
    );
    bank.ok(&["projections", "resume", "balances"]);
    let text = bank.ok(&["balances", "--owner", "Ada"]);
    assert!(text.contains(" 46.00 EUR"), "{text}");
    assert_eq!(text.lines().last(), Some("2 accounts, 46.00 EUR, 7.50 USD"));
}

#[test]
fn in_memory_there_is_nothing_to_look_up() {
    let bank = Place::new();
    let memory = ["--store", "memory:"];
    for (args, said) in [
        (&["balances"][..], "0 accounts\n"),
        (&["turnover"], "nothing moved\n"),
        (&["overdrawn"], "0 accounts\n"),
        (&["transfers"], "0 transfers\n"),
        (&["parked", "list"], "0 parked events\n"),
        (&["projections", "verify"], ""),
    ] {
        assert_eq!(bank.ok(&[args, &memory].concat()), said);
    }
}
