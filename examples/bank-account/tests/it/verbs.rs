//! Every verb, as text and as JSON.

use serde_json::{Value, json};

use crate::support::Place;

#[test]
fn a_life_of_an_account() {
    let bank = Place::new();
    let out = bank.ok(&[
        "open",
        "1",
        "Ada",
        "--currency",
        "CZK",
        "--overdraft",
        "100",
    ]);
    assert_eq!(out, "opened account 1: balance 0.00 CZK, version 1\n");
    let out = bank.ok(&["deposit", "1", "12.5", "--purpose", "found"]);
    assert_eq!(
        out,
        "deposited 12.50 CZK, account 1: balance 12.50 CZK, version 2\n"
    );
    let out = bank.ok(&["withdraw", "1", "100", "--fee", "0.50"]);
    assert_eq!(
        out,
        "withdrew 100.00 CZK, account 1: balance -88.00 CZK, version 4\n"
    );
    let out = bank.ok(&["withdraw", "1", "20", "--as", "interest"]);
    assert_eq!(
        out,
        "charged interest of 20.00 CZK, account 1: balance -108.00 CZK, version 5\n"
    );
    let out = bank.ok(&["withdraw", "1", "2", "--as", "fee"]);
    assert_eq!(
        out,
        "charged a fee of 2.00 CZK, account 1: balance -110.00 CZK, version 6\n"
    );
    let out = bank.ok(&["deposit", "1", "110", "--as", "interest"]);
    assert_eq!(
        out,
        "credited interest 110.00 CZK, account 1: balance 0.00 CZK, version 7\n"
    );
    let out = bank.ok(&["close", "1"]);
    assert_eq!(out, "closed account 1: balance 0.00 CZK, version 8\n");

    let shown = "account    1\nowner      Ada\nstatus     closed\nbalance    0.00 CZK\noverdraft  100.00\nversion    8\n";
    assert_eq!(bank.ok(&["show", "1"]), shown);
    let list = bank.ok(&["list"]);
    assert_eq!(
        list.lines().nth(1),
        Some("1            closed               0.00 CZK       8  Ada"),
        "{list}"
    );
    assert_eq!(list.lines().last(), Some("1 account"));
}

#[test]
fn answers_as_json() {
    let bank = Place::new();
    let open = bank.json(&["open", "1", "Ada", "--unlimited-overdraft"]);
    assert_eq!(open[0]["done"], "opened");
    assert_eq!(open[0]["duplicate"], false);
    bank.ok(&["deposit", "1", "0.07"]);
    let shown = bank.json(&["show", "1"]);
    let expected = json!({
        "account": "1", "owner": "Ada", "status": "open", "balance": 7, "currency": "EUR",
        "overdraft": "unlimited", "version": 2,
    });
    assert_eq!(shown, [expected]);
    let listed = bank.json(&["list"]);
    let expected = json!({
        "account": "1", "status": "open", "balance": 7, "currency": "EUR", "version": 2, "owner": "Ada",
    });
    assert_eq!(listed, [expected]);
    let stats = &bank.json(&["stats"])[0];
    assert_eq!(
        (&stats["accounts"], &stats["events"]),
        (&json!(1), &json!(2))
    );
    assert!(stats["log_bytes"].as_u64() > Some(0), "{stats}");
    let verified = bank.json(&["verify"]);
    let expected = json!({ "events": 2, "commits": 2, "streams": 1, "faults": 0 });
    assert_eq!(verified, [expected]);
}

#[test]
fn a_history_reads_like_a_statement() {
    let bank = Place::new();
    bank.ok(&["open", "1", "Ada", "--actor", "clerk"]);
    bank.ok(&["deposit", "1", "100", "--purpose", "pension"]);
    bank.ok(&["withdraw", "1", "30", "--fee", "1"]);
    let history = bank.ok(&["history", "1"]);
    let lines: Vec<&str> = history.lines().collect();
    assert_eq!(lines.len(), 5, "{history}");
    let ends = [
        ("opened for Ada", "0.00 EUR"),
        ("deposit: pension", "+100.00          100.00 EUR"),
        ("withdrawal", "-30.00           70.00 EUR"),
        ("fee", "-1.00           69.00 EUR"),
    ];
    for (line, (what, end)) in lines[1..].iter().zip(ends) {
        assert!(
            line.contains(what) && line.ends_with(end),
            "{line:?}: {what} {end}"
        );
        assert_eq!(
            line.chars().count(),
            lines[0].chars().count(),
            "not aligned: {line:?}"
        );
    }
    let long = bank.ok(&["history", "1", "--long"]);
    assert!(
        long.lines()
            .nth(2)
            .is_some_and(|line| line.contains("by clerk, commit ")),
        "{long}"
    );

    let events = bank.json(&["history", "1"]);
    assert_eq!(events.len(), 4);
    let deposit = &events[1];
    assert_eq!(deposit["version"], 2);
    assert_eq!(deposit["type"], "account.deposited");
    assert_eq!(
        deposit["payload"],
        json!({ "amount": 10000, "note": { "purpose": "pension" } })
    );
    assert_eq!(
        (&deposit["amount"], &deposit["balance"]),
        (&json!(10000), &json!(10000))
    );
    assert_eq!(events[3]["amount"], -100);
    assert_eq!(deposit.get("stored_as"), None);
    // Written in one commit.
    assert_eq!(events[2]["commit"], events[3]["commit"]);
}

#[test]
fn an_account_as_it_was() {
    let bank = Place::new();
    bank.ok(&["open", "1", "Ada"]);
    bank.ok(&["deposit", "1", "10"]);
    let time = bank.json(&["history", "1"])[1]["time"].clone();
    bank.ok(&["deposit", "1", "20"]);
    let balance = |args: &[&str]| bank.json(args)[0]["balance"].clone();
    assert_eq!(balance(&["show", "1", "--at-version", "1"]), 0);
    assert_eq!(balance(&["show", "1", "--at-version", "2"]), 1000);
    assert_eq!(balance(&["show", "1", "--at-version", "3"]), 3000);
    assert_eq!(
        balance(&["show", "1", "--at-time", time.as_str().expect("a text")]),
        1000
    );
    let line = bank.fails(&["show", "1", "--at-version", "4"]);
    assert!(line.contains("there is no version 4"), "{line}");
    let line = bank.fails(&["show", "1", "--at-version", "0"]);
    assert_eq!(line, "account `1` did not exist at version 0");
    let line = bank.fails(&["show", "1", "--at-time", "2001-01-01T00:00:00Z"]);
    assert_eq!(line, "account `1` did not exist at 2001-01-01T00:00:00Z");
    for version in ["0", "4"] {
        let line = bank.fails(&["show", "2", "--at-version", version]);
        assert_eq!(line, "account `2` does not exist");
    }
}

#[test]
fn a_transfer_moves_money_in_one_commit() {
    let bank = Place::new();
    bank.ok(&["open", "1", "Ada"]);
    bank.ok(&["open", "2", "Ben"]);
    bank.ok(&["open", "3", "Cleo", "--currency", "USD"]);
    bank.ok(&["open", "4", "Dora"]);
    bank.ok(&["close", "4"]);
    bank.ok(&["deposit", "1", "100"]);
    let out = bank.ok(&["transfer", "1", "2", "30", "--idempotency-key", "t1"]);
    assert_eq!(
        out,
        "transferred 30.00 from account 1 to account 2: transfer t1\n"
    );
    let (sent, received) = (bank.json(&["history", "1"]), bank.json(&["history", "2"]));
    assert_eq!(
        (&sent[2]["amount"], &received[1]["amount"]),
        (&json!(-3000), &json!(3000))
    );
    assert_eq!(sent[2]["commit"], received[1]["commit"]);
    assert_eq!(
        sent[2]["payload"]["transfer"],
        received[1]["payload"]["transfer"]
    );

    for (args, reason) in [
        (["1", "1", "5"], "account `1` cannot transfer to itself"),
        (["1", "3", "5"], "account `3` is kept in USD, not in EUR"),
        (["1", "4", "5"], "account `4` is closed"),
        (["4", "1", "5"], "account `4` is closed"),
        (["1", "9", "5"], "account `9` does not exist"),
        (
            ["1", "2", "70.01"],
            "account `1` has 70.00 EUR at its disposal, which is less than 70.01",
        ),
        (
            ["1", "2", "-1"],
            "account `1` cannot book -1.00: an amount must be above zero",
        ),
    ] {
        assert_eq!(bank.fails(&[&["transfer"][..], &args].concat()), reason);
    }
    let balances: Vec<Value> = bank
        .json(&["list"])
        .iter()
        .map(|line| line["balance"].clone())
        .collect();
    assert_eq!(balances, [7000, 3000, 0, 0]);
}

#[test]
fn a_key_names_one_command() {
    let bank = Place::new();
    bank.ok(&["open", "1", "Ada", "--idempotency-key", "o"]);
    bank.ok(&["open", "2", "Ben"]);
    let again = bank.json(&["open", "1", "Ada", "--idempotency-key", "o"]);
    assert_eq!(again[0]["duplicate"], true);
    bank.ok(&["deposit", "1", "10", "--idempotency-key", "d"]);
    bank.ok(&["withdraw", "1", "10"]);
    let again = bank.json(&["deposit", "1", "10", "--idempotency-key", "d"]);
    // The first result: the balance back then.
    assert_eq!(
        (&again[0]["duplicate"], &again[0]["balance"]),
        (&json!(true), &json!(1000))
    );
    let transfer = ["transfer", "2", "1", "5", "--idempotency-key", "t"];
    let line = bank.fails(&transfer);
    assert!(
        line.contains("at its disposal"),
        "a refused command leaves no trace: {line}"
    );
    bank.ok(&["deposit", "2", "5"]);
    bank.ok(&transfer);
    // By now it would be refused.
    assert_eq!(bank.json(&transfer)[0]["duplicate"], true);
    bank.ok(&["deposit", "2", "50"]);
    assert_eq!(bank.json(&transfer)[0]["duplicate"], true);

    let reused = |key: &str| format!("idempotency key `{key}` was used before for something else");
    assert_eq!(
        bank.fails(&["deposit", "1", "11", "--idempotency-key", "d"]),
        reused("d")
    );
    assert_eq!(
        bank.fails(&["deposit", "2", "10", "--idempotency-key", "d"]),
        reused("d")
    );
    assert_eq!(
        bank.fails(&["withdraw", "1", "900", "--idempotency-key", "d"]),
        reused("d")
    );
    assert_eq!(
        bank.fails(&["transfer", "2", "1", "6", "--idempotency-key", "t"]),
        reused("t")
    );
    assert_eq!(
        bank.fails(&["transfer", "2", "1", "900", "--idempotency-key", "t"]),
        reused("t")
    );
    assert_eq!(
        bank.fails(&["transfer", "2", "1", "900", "--idempotency-key", "d"]),
        reused("d")
    );
    assert_eq!(bank.json(&["show", "1"])[0]["balance"], 500);
}

#[test]
fn ids_may_be_odd() {
    let bank = Place::new();
    for id in ["a b", "ž*>.", "x-y", "--", "a/../b", &"n".repeat(192)] {
        bank.ok(&["open", "--", id, "Ada"]);
        bank.ok(&["deposit", "--", id, "1"]);
        let shown = bank.ok(&["show", "--json", "--", id]);
        assert!(shown.contains("\"balance\":100,"), "{shown}");
    }
    assert_eq!(bank.json(&["list"]).len(), 6);
}

#[test]
fn the_memory_store_starts_empty() {
    let bank = Place::new();
    assert_eq!(bank.json(&["list", "--store", "memory:"]).len(), 0);
    assert_eq!(bank.json(&["stats", "--store", "memory:"])[0]["events"], 0);
    let line = bank.fails(&["verify", "--store", "memory:"]);
    assert_eq!(
        line,
        "there is nothing to verify in memory: it starts empty"
    );
    assert!(!bank.path("bank.db").exists());
}
