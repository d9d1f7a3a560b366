//! What an operator does about projections and parked events; each leaves a record.

use serde_json::{Value, json};

use crate::faults::plant;
use crate::support::Place;

fn bank() -> Place {
    let bank = Place::new();
    bank.ok(&["open", "1", "Ada"]);
    bank.ok(&["deposit", "1", "10"]);
    bank.ok(&["open", "2", "Ben"]);
    bank
}

/// The line of a projection in `projections list`.
fn listed(bank: &Place, name: &str) -> Value {
    let lines = bank.json(&["projections", "list"]);
    let mut lines = lines.into_iter();
    lines
        .find(|line| line["projection"] == name)
        .expect("listed")
}

#[test]
fn listed_as_they_come_along() {
    let bank = bank();
    let balances = listed(&bank, "balances");
    assert_eq!(
        (&balances["state"], &balances["behind"]),
        (&json!("never run"), &json!(3))
    );
    bank.ok(&["balances"]);
    let expected = json!({
        "projection": "balances", "state": "up to date", "position": 3, "head": 3, "behind": 0, "applied": 3,
        "parked": 0, "skipped": 0, "build": 1,
    });
    assert_eq!(listed(&bank, "balances"), expected);
    // Each for itself.
    assert_eq!(listed(&bank, "turnover")["state"], "never run");
    bank.ok(&["deposit", "2", "1"]);
    let balances = listed(&bank, "balances");
    assert_eq!(
        (&balances["state"], &balances["behind"]),
        (&json!("behind"), &json!(1))
    );
    let text = bank.ok(&["projections", "catch-up"]);
    let lines: Vec<_> = text.lines().collect();
    assert_eq!(
        lines[1],
        "balances      up to date         8       0         4       0       0     1"
    );
    assert!(
        lines[2..].iter().all(|line| line.contains(" up to date ")),
        "{text}"
    );
}

#[test]
fn paused_resumed_reset_and_rebuilt() {
    let bank = bank();
    bank.ok(&["balances"]);
    bank.ok(&["projections", "pause", "balances", "--as", "cleo"]);
    let paused = listed(&bank, "balances");
    assert_eq!(paused["state"], "paused");
    assert!(
        paused["why"]
            .as_str()
            .is_some_and(|why| why.starts_with("by cleo at 20")),
        "{paused}"
    );
    let said = bank.ok(&["projections", "resume", "balances", "--as", "cleo"]);
    assert_eq!(
        said,
        "resumed balances: behind, at position 3 of 5, build 1\n"
    );
    assert_eq!(
        bank.ok(&["projections", "verify", "balances"]),
        "balances: 3 events applied, complete up to position 3 of 5\n"
    );
    let before = bank.json(&["balances"]);
    let said = bank.ok(&["projections", "reset", "balances", "--as", "dora"]);
    assert_eq!(
        said,
        "reset balances: up to date, at position 6 of 6, build 2\n"
    );
    let said = bank.ok(&["projections", "rebuild", "balances", "--actor", "dora"]);
    assert_eq!(
        said,
        "rebuilt balances: up to date, at position 7 of 7, build 3\n"
    );
    assert_eq!(bank.json(&["balances"]), before);
    let verified = bank.ok(&["projections", "verify", "balances"]);
    assert_eq!(
        verified,
        "balances: 3 events applied, complete up to position 7\n"
    );
    let line = bank.fails(&["projections", "pause", "balance"]);
    assert_eq!(
        line,
        "there is no projection `balance`; there are: balances, turnover, overdrawn, transfer-list, transfer, dormancy"
    );
    let empty = Place::new();
    empty.ok(&["open", "1", "Ada"]);
    let line = empty.fails(&["projections", "verify", "turnover"]);
    assert_eq!(line, "projection `turnover` has never run");
}

#[test]
fn a_process_begins_anew_and_repeats_nothing() {
    let bank = bank();
    bank.ok(&[
        "transfer",
        "1",
        "2",
        "4",
        "--in-steps",
        "--idempotency-key",
        "t1",
    ]);
    bank.ok(&["projections", "catch-up"]);
    let before = (bank.json(&["balances"]), bank.json(&["transfers"]));
    let line = bank.fails(&["projections", "reset", "transfer"]);
    assert_eq!(
        line,
        "`transfer` acts on others, so it is neither reset nor rebuilt; `projections begin-anew transfer` lets it go on"
    );
    let anew = ["projections", "begin-anew", "transfer", "--actor", "dora"];
    let line = bank.fails(&[&anew[..], &["--after", "1000"]].concat());
    assert!(
        line.starts_with("`transfer` cannot begin behind position 1000: the log ends at "),
        "{line}"
    );
    for after in [&[][..], &["--after", "2"]] {
        let said = bank.ok(&[&anew[..], after].concat());
        assert!(
            said.starts_with("begun anew transfer: behind, at "),
            "{said}"
        );
        bank.ok(&["projections", "catch-up"]);
        assert_eq!(listed(&bank, "transfer")["state"], "up to date");
        let after = (bank.json(&["balances"]), bank.json(&["transfers"]));
        assert_eq!(after, before);
    }
    let events = bank.ok(&["events"]);
    assert!(events.contains("begins anew behind 2"), "{events}");
}

#[test]
fn what_is_rebuilt_while_it_is_paused_waits() {
    let bank = bank();
    bank.ok(&["balances"]);
    bank.ok(&["projections", "pause", "balances"]);
    let said = bank.ok(&["projections", "rebuild", "balances"]);
    assert_eq!(
        said,
        "rebuilt balances: paused, at position 3 of 5, build 1\n\
         the new build waits until it is resumed: `projections resume balances`\n"
    );
    bank.ok(&["projections", "resume", "balances"]);
    bank.ok(&["balances"]);
    assert_eq!(listed(&bank, "balances")["build"], 2);
}

#[test]
fn a_process_whose_log_was_restored_goes_on_where_it_is_told() {
    let bank = bank();
    bank.ok(&["projections", "catch-up"]);
    bank.ok(&["backup", "b"]);
    bank.ok(&["transfer", "1", "2", "4", "--in-steps"]);
    bank.ok(&["restore", "b", "--store", "sled:old.db"]);
    std::fs::rename(bank.path("bank.db/models"), bank.path("old.db/models")).expect("moved");
    let old = ["--store", "sled:old.db"];
    let transfer = [
        &[
            "transfer",
            "1",
            "2",
            "3",
            "--in-steps",
            "--idempotency-key",
            "t",
        ],
        &old[..],
    ]
    .concat();
    let line = bank.fails(&transfer);
    assert!(
        line.contains("`projections begin-anew transfer` lets it go on")
            && !line.contains("begin_anew"),
        "{line}"
    );
    bank.ok(&[&["projections", "begin-anew", "transfer"], &old[..]].concat());
    bank.ok(&transfer);
    let transfers = bank.json(&[&["transfers"], &old[..]].concat());
    assert_eq!(
        (transfers.len(), &transfers[0]["state"]),
        (1, &json!("completed"))
    );
}

#[test]
fn parked_events_are_listed_retried_and_skipped() {
    let bank = bank();
    plant(
        &bank,
        "account-1",
        "account.deposited",
        2,
        b"{\"amount\":\"much\"}",
    );
    plant(
        &bank,
        "account-1",
        "account.deposited",
        2,
        b"{\"amount\":500}",
    );
    bank.ok(&["projections", "catch-up"]);
    let parked = bank.json(&["parked", "list", "balances"]);
    assert_eq!(parked.len(), 2);
    assert_eq!(
        (
            &parked[0]["key"],
            &parked[0]["position"],
            &parked[0]["failure"]["attempts"]
        ),
        (&json!("account-1"), &json!(4), &json!(1))
    );
    let error = parked[0]["failure"]["error"].as_str().expect("a text");
    assert!(
        error.contains("cannot read event `account.deposited` v2"),
        "{error}"
    );
    assert_eq!(parked[1].get("failure"), None, "it only waits");
    // Of all three; the process that watches for dormant accounts passes over a movement of the same day, which needs no
    // account in order.
    assert_eq!(bank.json(&["parked", "list"]).len(), 7);
    let text = bank.ok(&["parked", "list", "turnover"]);
    assert!(text.contains("waits behind the one before"), "{text}");
    assert_eq!(text.lines().last(), Some("2 parked events"));

    let said = bank.ok(&["parked", "retry", "balances", "--key", "account-1"]);
    assert_eq!(
        said,
        "retried in balances: 0 events freed, 2 still parked\n"
    );
    let parked = bank.json(&["parked", "list", "balances"]);
    assert_eq!(parked[0]["failure"]["attempts"], 2);
    let line = bank.fails(&["parked", "retry", "balances", "--key", "account-2"]);
    assert!(
        line.contains("nothing parked for the key `account-2`"),
        "{line}"
    );
    let skip = ["parked", "skip", "balances", "3", "--reason", "a mistake"];
    assert_eq!(
        bank.fails(&skip),
        "projection `balances` has no parked event at position 3; `parked list balances` shows those it has"
    );

    let skip = [
        "parked",
        "skip",
        "balances",
        "4",
        "--reason",
        "a mistake",
        "--as",
        "cleo",
    ];
    assert_eq!(
        bank.ok(&skip),
        "skipped in balances: 2 events freed, 0 still parked\n"
    );
    assert_eq!(
        bank.json(&["balances", "--owner", "Ada"])[0]["balance"],
        1_500
    );
    let verified = bank.ok(&["projections", "verify", "balances"]);
    assert!(
        verified.starts_with("balances: 4 events applied, 1 skipped, complete up to "),
        "{verified}"
    );
    // Also when it is built anew.
    bank.ok(&["projections", "rebuild", "balances"]);
    assert_eq!(
        bank.json(&["balances", "--owner", "Ada"])[0]["balance"],
        1_500
    );
    assert_eq!(listed(&bank, "balances")["skipped"], 1);
}

#[test]
fn read_models_that_are_gone_are_made_again() {
    let bank = bank();
    let before = bank.json(&["balances"]);
    std::fs::remove_dir_all(bank.path("bank.db/models")).expect("removed");
    assert_eq!(bank.json(&["balances"]), before);
    // They are in no backup either.
    bank.ok(&["backup", "b"]);
    bank.ok(&["restore", "b", "--store", "sled:new.db"]);
    assert_eq!(bank.json(&["balances", "--store", "sled:new.db"]), before);
}

#[test]
fn a_log_restored_from_a_backup_is_noticed() {
    let bank = bank();
    bank.ok(&["backup", "b"]);
    bank.ok(&["deposit", "1", "5"]);
    bank.ok(&["projections", "catch-up"]);
    // The log of before, with read models that know of what it has no more.
    bank.ok(&["restore", "b", "--store", "sled:old.db"]);
    std::fs::rename(bank.path("bank.db/models"), bank.path("old.db/models")).expect("moved");
    let lines = bank.json(&["balances", "--store", "sled:old.db"]);
    assert_eq!((lines.len(), &lines[0]["balance"]), (2, &json!(1_000)));
    let verified = bank.ok(&[
        "projections",
        "verify",
        "balances",
        "--store",
        "sled:old.db",
    ]);
    assert_eq!(
        verified,
        "balances: 3 events applied, complete up to position 3\n"
    );
    // Processes do nothing again until somebody says where they go on.
    let old = |args: &[&'static str]| [args, &["--store", "sled:old.db"]].concat();
    let line = bank.fails(&old(&["projections", "catch-up"]));
    assert!(line.contains("does not fit the log"), "{line}");
    for process in ["transfer", "dormancy"] {
        bank.ok(&old(&["projections", "begin-anew", process]));
    }
    let transfer = ["transfer", "1", "2", "4", "--in-steps"];
    bank.ok(&old(&transfer));
    bank.ok(&old(&["projections", "catch-up"]));
    let lines = bank.json(&old(&["balances"]));
    assert_eq!(
        (&lines[0]["balance"], &lines[1]["balance"]),
        (&json!(600), &json!(400))
    );
}

#[test]
fn what_has_come_further_than_its_log_says_so_and_what_helps() {
    let bank = bank();
    bank.ok(&["backup", "b"]);
    // More than what an operator does below adds to the older log.
    for _ in 0..10 {
        bank.ok(&["deposit", "1", "5"]);
    }
    bank.ok(&["projections", "catch-up"]);
    bank.ok(&["restore", "b", "--store", "sled:old.db"]);
    std::fs::rename(bank.path("bank.db/models"), bank.path("old.db/models")).expect("moved");
    let old = |args: &[&'static str]| [args, &["--store", "sled:old.db"]].concat();
    let why = |line: &Value| line["why"].as_str().expect("a text").to_owned();
    let list = || bank.json(&old(&["projections", "list"]));

    let helps = [
        ("balances", "`projections rebuild balances` builds it anew"),
        (
            "transfer",
            "`projections begin-anew transfer` lets it go on",
        ),
    ];
    for (name, help) in helps {
        let lines = list();
        let listed = lines.iter().find(|line| line["projection"] == name);
        let listed = listed.expect("listed");
        assert_eq!(
            (&listed["state"], &listed["behind"]),
            (&json!("stale"), &Value::Null)
        );
        assert!(
            why(listed).starts_with("it has come to position ") && why(listed).contains(help),
            "{listed}"
        );
    }
    let text = bank.ok(&old(&["projections", "list"]));
    let line = text.lines().find(|line| line.starts_with("transfer "));
    let words: Vec<_> = line.expect("listed").split_whitespace().collect();
    assert_eq!((words[1], words[3]), ("stale", "-"), "{text}");

    // Paused, resumed: it still is.
    for (name, help) in helps {
        bank.ok(&old(&["projections", "pause", name]));
        let lines = list();
        let paused = lines.iter().find(|line| line["state"] == "paused");
        let paused = why(paused.expect("paused"));
        assert!(paused.contains(help), "{paused}");
        // It leaves out what is paused.
        assert!(!paused.contains("catch-up"), "{paused}");
        let said = bank.ok(&old(&["projections", "resume", name]));
        assert!(
            said.starts_with(&format!("resumed {name}: stale, at position "))
                && said.contains("but the log ends at ")
                && said.contains(help),
            "{said}"
        );
    }

    // What has been said to help already is not said again.
    bank.ok(&old(&["projections", "pause", "balances"]));
    bank.ok(&old(&["projections", "rebuild", "balances"]));
    let lines = list();
    let paused = lines.iter().find(|line| line["state"] == "paused");
    let paused = why(paused.expect("paused"));
    let resume = "build 2 takes its place once it is resumed: `projections resume balances`";
    assert!(paused.ends_with(resume), "{paused}");
    bank.ok(&old(&["projections", "resume", "balances"]));
    bank.ok(&old(&["projections", "begin-anew", "transfer"]));
    bank.ok(&old(&["projections", "begin-anew", "dormancy"]));
    bank.ok(&old(&["projections", "catch-up"]));
    for line in list() {
        assert_eq!(
            (&line["state"], &line["behind"]),
            (&json!("up to date"), &json!(0)),
            "{line}"
        );
    }
}
