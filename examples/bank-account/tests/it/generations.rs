//! The stores that older generations of the program wrote, read by today's.

use serde_json::json;

use crate::support::{Place, copy, package};

/// A copy of a committed store.
fn store_of(generation: &str) -> (Place, String) {
    let place = Place::new();
    let to = place.path(generation);
    copy(&package("fixtures").join(generation), &to);
    let url = format!("sled:{generation}");
    (place, url)
}

fn balances(bank: &Place, url: &str) -> Vec<(String, i64, String, String)> {
    let text = |value: &serde_json::Value| value.as_str().unwrap_or_default().to_owned();
    let line = |line: &serde_json::Value| {
        let balance = line["balance"].as_i64().expect("an integer");
        (
            text(&line["account"]),
            balance,
            text(&line["currency"]),
            text(&line["status"]),
        )
    };
    bank.json(&["list", "--store", url])
        .iter()
        .map(line)
        .collect()
}

fn account(id: &str, balance: i64, currency: &str, status: &str) -> (String, i64, String, String) {
    (id.into(), balance, currency.into(), status.into())
}

#[test]
fn the_first_generation() {
    let (bank, url) = store_of("gen1");
    let expected = [
        account("7", 84_750, "CZK", "open"),
        account("8", 12_345, "EUR", "open"),
        account("konto č. 9 *>.", 0, "EUR", "closed"),
    ];
    assert_eq!(balances(&bank, &url), expected);

    let history = bank.json(&["history", "7", "--store", &url]);
    let kinds: Vec<_> = history
        .iter()
        .map(|line| (line["version"].as_u64(), line["type"].as_str()))
        .collect();
    let expected = [
        (Some(1), Some("account.opened")),
        (Some(2), Some("account.deposited")),
        (Some(3), Some("account.withdrawn")),
        (Some(3), Some("account.fee-charged")),
        (Some(4), None),
        (Some(5), Some("account.deposited")),
    ];
    assert_eq!(kinds, expected);
    // Opened: version 1 of three; the currency stood in the commit's header.
    assert_eq!(
        history[0]["stored_as"],
        json!({ "type": "account.opened", "schema_version": 1 })
    );
    assert_eq!(history[0]["schema_version"], 3);
    let payload = json!({ "owner": "Ada Novák", "currency": "CZK", "overdraft": { "limit": 0 } });
    assert_eq!(history[0]["payload"], payload);
    // Renamed.
    assert_eq!(
        history[1]["stored_as"],
        json!({ "type": "account.money-added", "schema_version": 1 })
    );
    // Split.
    let split = json!({ "type": "account.withdrawn-with-fee", "schema_version": 1 });
    assert_eq!(
        (&history[2]["stored_as"], &history[3]["stored_as"]),
        (&split, &split)
    );
    assert_eq!(
        (&history[2]["amount"], &history[3]["amount"]),
        (&json!(-20_000), &json!(-250))
    );
    // Retired.
    assert_eq!(
        history[4]["retired"],
        "consent is kept elsewhere; it moved no money"
    );
    assert_eq!(history[4]["balance"], history[3]["balance"]);

    let text = bank.ok(&["history", "7", "--store", &url]);
    for stored in [
        "[stored as account.opened v1]",
        "[stored as account.money-added v1]",
        "[stored as account.withdrawn-with-fee v1]",
        "[stored as account.marketing-consent-recorded v1]",
    ] {
        assert!(text.contains(stored), "{text}");
    }
    let then = bank.json(&[
        "show",
        "7",
        "--store",
        &url,
        "--at-time",
        "2019-03-02T09:00:00Z",
    ]);
    assert_eq!(then[0]["balance"], 100_000);
}

#[test]
fn the_second_generation_went_on_with_the_first() {
    let (bank, url) = store_of("gen2");
    let expected = [
        account("7", 114_750, "CZK", "open"),
        account("8", 12_345, "EUR", "open"),
        account("konto č. 9 *>.", 0, "EUR", "closed"),
        account("21", 90_000, "USD", "open"),
        account("22", 0, "GBP", "closed"),
    ];
    assert_eq!(balances(&bank, &url), expected);
    let ada = bank.json(&["history", "7", "--store", &url]);
    let stored: Vec<_> = ada
        .iter()
        .map(|line| line["stored_as"]["type"].as_str())
        .collect();
    let expected = [
        "account.opened",
        "account.money-added",
        "account.withdrawn-with-fee",
        "account.withdrawn-with-fee",
        "account.marketing-consent-recorded",
        "account.money-added",
        "account.deposited",
        "account.marketing-consent-recorded",
    ];
    assert_eq!(stored, expected.map(Some));
    assert_eq!(ada[7]["stored_as"]["schema_version"], 2);
    let dora = bank.json(&["history", "21", "--store", &url]);
    assert_eq!(
        dora[0]["stored_as"],
        json!({ "type": "account.opened", "schema_version": 2 })
    );
    assert_eq!(dora[0]["payload"]["currency"], "USD");
}

#[test]
fn todays_generation_goes_on_with_both() {
    for generation in ["gen1", "gen2"] {
        let (bank, url) = store_of(generation);
        bank.ok(&["verify", "--store", &url]);
        bank.ok(&["open", "30", "Fritz", "--currency", "CZK", "--store", &url]);
        bank.ok(&["transfer", "7", "30", "47.50", "--store", &url]);
        bank.ok(&["withdraw", "8", "23.45", "--fee", "1", "--store", &url]);
        let line = bank.fails(&["deposit", "konto č. 9 *>.", "1", "--store", &url]);
        assert_eq!(line, "account `konto č. 9 *>.` is closed");
        let now = balances(&bank, &url);
        assert_eq!(now.last(), Some(&account("30", 4_750, "CZK", "open")));
        assert_eq!(now[1], account("8", 9_900, "EUR", "open"));
        bank.ok(&["verify", "--store", &url]);
    }
}
