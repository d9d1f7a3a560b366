//! The log, looked through and followed.

use serde_json::{Value, json};

use crate::faults::plant;
use crate::support::{Place, copy, package};

fn bank() -> Place {
    let bank = Place::new();
    bank.ok(&["open", "1", "Ada"]);
    bank.ok(&[
        "deposit",
        "1",
        "10",
        "--purpose",
        "pension",
        "--actor",
        "clerk",
    ]);
    bank.ok(&["withdraw", "1", "4", "--fee", "0.50"]);
    bank.ok(&["open", "2", "Ben"]);
    bank.ok(&["deposit", "2", "10"]);
    bank
}

fn positions(events: &[Value]) -> Vec<u64> {
    let position = |event: &Value| event["position"].as_u64().expect("a position");
    events.iter().map(position).collect()
}

#[test]
fn by_type_time_and_payload() {
    let bank = bank();
    let all = bank.json(&["events"]);
    assert_eq!(positions(&all), [1, 2, 3, 4, 5, 6]);
    assert_eq!(
        (&all[1]["stream"], &all[1]["type"], &all[1]["actor"]),
        (
            &json!("account-1"),
            &json!("account.deposited"),
            &json!("clerk")
        )
    );
    assert_eq!(
        all[1]["payload"],
        json!({ "amount": 1000, "note": { "purpose": "pension" } })
    );
    let find = |args: &[&str]| positions(&bank.json(&[&["events"][..], args].concat()));
    assert_eq!(find(&["--type", "account.deposited"]), [2, 6]);
    assert_eq!(
        find(&[
            "--type",
            "account.deposited",
            "--type",
            "account.fee-charged"
        ]),
        [2, 4, 6]
    );
    assert_eq!(find(&["--where", "amount=1000"]), [2, 6]);
    assert_eq!(
        find(&["--where", "amount=1000", "--where", "note.purpose=pension"]),
        [2]
    );
    assert_eq!(find(&["--where", "owner=Ben"]), [5]);
    assert_eq!(find(&["--where", "amount=10"]), [0; 0]);
    let time = all[3]["time"].as_str().expect("a time");
    assert_eq!(
        find(&["--since", time]).first(),
        Some(&3),
        "the fee has the withdrawal's time"
    );
    assert_eq!(find(&["--until", time]).last(), Some(&4));
    assert_eq!(find(&["--since", "2100-01-01T00:00:00Z"]), [0; 0]);
    assert_eq!(find(&["--newest-first", "--limit", "2"]), [6, 5]);
    assert_eq!(find(&["--newest-first"]), [6, 5, 4, 3, 2, 1]);

    let text = bank.ok(&["events", "--type", "account.withdrawn"]);
    let lines: Vec<_> = text.lines().collect();
    assert!(
        lines[1].starts_with("       3  20")
            && lines[1].ends_with("account-1                     -4.00  withdrawal"),
        "{text}"
    );
    assert_eq!(lines[2], "1 event");
    let text = bank.ok(&[
        "events",
        "--where",
        "amount=10",
        "--where",
        "note.colour=red",
    ]);
    assert_eq!(
        text,
        "0 events\nno event looked at has a field `note.colour`\n"
    );
    let text = bank.ok(&["events", "--limit", "1"]);
    assert_eq!(text.lines().last(), Some("... and more"));

    for wrong in [
        &["--where", "amount"][..],
        &["--where", "=5"],
        &["--since", "yesterday"],
    ] {
        assert_eq!(
            bank.run(&[&["events"][..], wrong].concat()).code,
            2,
            "{wrong:?}"
        );
    }
    let line = bank.fails(&["events", "--type", "account.deposit"]);
    assert!(
        line.starts_with(
            "there are no events `account.deposit`; there are: account.opened, account.deposited, "
        ),
        "{line}"
    );
}

#[test]
fn events_of_older_generations_are_found_as_what_they_are_today() {
    let bank = Place::new();
    copy(&package("fixtures/gen1"), &bank.path("bank.db"));
    let fees = bank.json(&["events", "--type", "account.fee-charged"]);
    assert_eq!(fees.len(), 2);
    assert_eq!(fees[0]["payload"], json!({ "amount": 250 }));
    assert_eq!(
        fees[0]["stored_as"],
        json!({ "type": "account.withdrawn-with-fee", "schema_version": 1 })
    );
    // The currency was elsewhere then.
    let czech = bank.json(&[
        "events",
        "--type",
        "account.opened",
        "--where",
        "currency=CZK",
    ]);
    assert_eq!((czech.len(), &czech[0]["stream"]), (1, &json!("account-7")));
    for (former, now) in [
        ("account.money-added", "account.deposited"),
        (
            "account.withdrawn-with-fee",
            "account.withdrawn and account.fee-charged",
        ),
        ("account.marketing-consent-recorded", "not read"),
    ] {
        let line = bank.fails(&["events", "--type", former]);
        assert_eq!(line, format!("events `{former}` are {now} today"));
    }
    let retired = bank.json(&["events"]);
    assert!(retired.iter().any(|event| event.get("retired").is_some()));
    // Both parts of a split event, in the order asked for.
    let newest = bank.json(&["events", "--newest-first"]);
    let mut parts = newest
        .iter()
        .filter(|event| event["stored_as"]["type"] == "account.withdrawn-with-fee");
    assert_eq!(
        parts.next().map(|part| &part["type"]),
        Some(&json!("account.fee-charged"))
    );
}

#[test]
fn an_event_that_cannot_be_read_is_shown_with_the_reason() {
    let bank = bank();
    plant(&bank, "account-1", "account.opened", 9, b"{}");
    bank.ok(&["deposit", "2", "1"]);
    bank.ok(&["projections", "pause", "balances", "--as", "cleo"]);
    let events = bank.json(&["events", "--since", "2020-01-01T00:00:00Z"]);
    assert_eq!(positions(&events), [1, 2, 3, 4, 5, 6, 7, 8, 9]);
    let why = events[6]["unreadable"].as_str().expect("a reason");
    assert!(why.contains("a newer program wrote it"), "{why}");
    assert_eq!(
        (&events[8]["type"], &events[8]["actor"]),
        (&json!("es.projection.paused"), &json!("cleo"))
    );
}

#[cfg(unix)]
mod tail {
    use std::io::{BufRead, BufReader, Lines};
    use std::process::{Child, ChildStdout, Command, Stdio};

    use super::*;

    struct Tail {
        program: Child,
        lines: Lines<BufReader<ChildStdout>>,
    }

    impl Tail {
        fn start(bank: &Place, from: &str) -> Self {
            let mut command = bank.command(&["tail", "--from", from, "--json"]);
            let mut program = command
                .stdout(Stdio::piped())
                .stderr(Stdio::piped())
                .spawn()
                .expect("started");
            let lines = BufReader::new(program.stdout.take().expect("piped")).lines();
            Self { program, lines }
        }

        /// The next `count` events.
        fn next(&mut self, count: usize) -> Vec<Value> {
            let parse = |line: String| serde_json::from_str(&line).expect("a JSON object");
            let lines = self.lines.by_ref().take(count);
            lines.map(|line| parse(line.expect("a line"))).collect()
        }

        /// Ctrl-c. It ends in good order, and has printed nothing more.
        fn interrupt(mut self) {
            let pid = self.program.id().to_string();
            let sent = Command::new("kill")
                .args(["-INT", &pid])
                .status()
                .expect("a kill program");
            assert!(sent.success());
            let output = self.program.wait_with_output().expect("ended");
            assert_eq!(
                (output.status.code(), output.stderr.as_slice()),
                (Some(0), &b""[..])
            );
            assert_eq!(self.lines.next().map(|line| line.expect("a line")), None);
        }
    }

    #[test]
    fn begins_where_it_is_told_and_ends_on_ctrl_c() {
        let bank = bank();
        // Whose processes have nothing to say.
        bank.ok(&["projections", "pause", "dormancy"]);
        let time = bank.json(&["events"])[4]["time"]
            .as_str()
            .expect("a time")
            .to_owned();
        for (from, expected) in [("beginning", 1..=7), ("4", 4..=7), (time.as_str(), 5..=7)] {
            let mut tail = Tail::start(&bank, from);
            let expected: Vec<u64> = expected.collect();
            assert_eq!(
                positions(&tail.next(expected.len())),
                expected,
                "from {from}"
            );
            tail.interrupt();
        }
        let run = bank.run(&["tail", "--from", "99", "--json"]);
        assert!(
            run.failed().contains("beyond the end of the log"),
            "{run:?}"
        );
        assert_eq!(bank.run(&["tail", "--from", "yesterday"]).code, 2);
    }

    #[test]
    fn what_processes_do_meanwhile_is_seen_as_it_happens() {
        let bank = bank();
        bank.ok(&["projections", "pause", "dormancy"]);
        bank.ok(&["projections", "pause", "transfer"]);
        let transfer = [
            "transfer",
            "1",
            "2",
            "5",
            "--in-steps",
            "--idempotency-key",
            "t",
        ];
        let line = bank.fails(&transfer);
        assert!(line.starts_with("transfer t is still on its way"), "{line}");
        bank.ok(&["projections", "resume", "transfer"]);
        let mut tail = Tail::start(&bank, "end");
        let types: Vec<_> = tail
            .next(3)
            .iter()
            .map(|event| event["type"].clone())
            .collect();
        assert_eq!(
            types,
            [
                "account.transfer-sent",
                "account.transfer-received",
                "transfer.completed"
            ]
        );
        tail.interrupt();
        assert_eq!(bank.json(&transfer)[0]["duplicate"], true);
        assert_eq!(bank.json(&["show", "2"])[0]["balance"], 1_500);
    }
}
