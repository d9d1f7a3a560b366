//! `kill -9` at every step of a transfer in steps: the store as it is behind each call that changes anything on the disk.

use std::fs;

use eventsourcing_testkit::faults::power_cut::{Recorder, Recording};
use eventsourcing_testkit::faults::{Tally, rounds};
use serde_json::Value;

use crate::support::Place;

/// A transfer of Ada's, and what comes of it.
struct Case {
    to: &'static str,
    amount: i64,
    state: &'static str,
    said: &'static str,
    /// What Ada and Ben have then.
    balances: [i64; 2],
}

impl Case {
    const KEY: &str = "t";

    /// Asks for it in a new bank and records what that does to the disk.
    fn record(&self, bank: &Place) -> Recording {
        for (account, owner) in [("ada", "Ada"), ("ben", "Ben"), ("dora", "Dora")] {
            bank.ok(&["open", account, owner]);
        }
        bank.ok(&["close", "dora"]);
        bank.ok(&["deposit", "ada", "100"]);
        bank.ok(&["deposit", "ben", "100"]);
        // What is written later is what belongs to the transfer.
        bank.ok(&["projections", "catch-up"]);
        let recorder = Recorder::new(bank.path("bank.db"));
        let code = i32::from(self.state != "completed");
        let amount = self.amount.to_string();
        recorder
            .ending_with(code)
            .record(&bank.command(&self.args(&amount)))
    }

    fn args<'a>(&'a self, amount: &'a str) -> [&'a str; 7] {
        let key = "--idempotency-key";
        [
            "transfer",
            "ada",
            self.to,
            amount,
            "--in-steps",
            key,
            Self::KEY,
        ]
    }

    /// How far the transfer has come, if it was asked for.
    fn state(bank: &Place) -> Option<String> {
        let listed = bank.json(&["transfers"]);
        assert!(listed.len() < 2, "{listed:?}");
        let transfer = listed.first()?;
        assert_eq!(transfer["transfer"], Self::KEY);
        transfer["state"].as_str().map(Into::into)
    }

    /// What Ada and Ben have.
    fn balances(bank: &Place, verb: &str) -> [i64; 2] {
        let lines = bank.json(&[verb]);
        ["ada", "ben"].map(|account| {
            let mut lines = lines.iter();
            let line = lines.find(|line| line["account"] == account);
            line.and_then(|line: &Value| line["balance"].as_i64())
                .expect("an account")
        })
    }

    /// Kills it at every step; in the short form, at those that change the log, which is all that lasts.
    fn survives(&self) {
        const ALL: i64 = 20_000;
        let recorded = Place::new();
        let recording = self.record(&recorded);
        let fault = format!("kill -9 at every step of a transfer, {}", self.state);
        let mut tally = Tally::new(fault);
        let (mut log, mut states) = (None, Vec::new());
        for at in recording.kills() {
            let bank = Place::new();
            recording.killed(at, &bank.path("bank.db"));
            let now = fs::read(bank.path("bank.db/log/00000000000000000001.log"));
            let now = now.expect("the log");
            let before = log.replace(now);
            if rounds(0, 1) == 0 && before == log {
                continue;
            }
            let state = Self::state(&bank);
            let on_its_way = match state.as_deref() {
                Some("sent" | "returning") => self.amount * 100,
                _ => 0,
            };
            let sum: i64 = Self::balances(&bank, "balances").iter().sum();
            let lost = u64::from(sum + on_its_way != ALL);
            tally.round(1, lost, || format!("step {at}, {state:?}: {sum}"));
            if states.last() != Some(&state) {
                states.push(state);
            }
            // The same again leads it to its end.
            let run = bank.run(&self.args(&self.amount.to_string()));
            let said = run.out + &run.err;
            assert!(said.starts_with(self.said), "step {at}: {said}");
            assert_eq!(Self::balances(&bank, "list"), self.balances, "step {at}");
        }
        let states: Vec<_> = states.iter().map(|state| state.as_deref()).collect();
        let all: &[_] = match self.state {
            "completed" => &[None, Some("begun"), Some("sent"), Some("completed")],
            "refused" => &[None, Some("begun"), Some("refused")],
            _ => &[
                None,
                Some("begun"),
                Some("sent"),
                Some("returning"),
                Some("returned"),
            ],
        };
        assert_eq!(states, all, "no step is left out");
        tally.finish();
    }
}

#[test]
fn a_transfer_that_arrives() {
    let case = Case {
        to: "ben",
        amount: 30,
        state: "completed",
        said: "transferred 30.00 from account ada to account ben: transfer t",
        balances: [7_000, 13_000],
    };
    case.survives();
}

#[test]
fn a_transfer_that_comes_back() {
    let case = Case {
        to: "dora",
        amount: 30,
        state: "returned",
        said: "error: account `dora` is closed; 30.00 went back",
        balances: [10_000, 10_000],
    };
    case.survives();
}

#[test]
fn a_transfer_that_does_not_leave() {
    let case = Case {
        to: "ben",
        amount: 300,
        state: "refused",
        said: "error: account `ada` has 100.00 EUR at its disposal, which is less than 300.00; nothing has moved",
        balances: [10_000, 10_000],
    };
    case.survives();
}
