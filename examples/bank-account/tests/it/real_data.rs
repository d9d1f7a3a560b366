//! Real transactions of a real bank, where they are at hand.

use std::collections::{BTreeMap, HashMap};
use std::io::Read;
use std::path::PathBuf;
use std::process::Stdio;
use std::time::{Duration, Instant};

use flate2::read::GzDecoder;
use serde_json::{Value, json};

use crate::support::{Place, json_lines};

const FILE: &str = "berka-trans-1993-1994.csv.gz";

/// The file, unless it is not there; on CI it has to be.
fn real_data() -> Option<PathBuf> {
    let folder = std::env::var_os("ES_SHARED_DATA").map_or_else(
        || PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/data")),
        PathBuf::from,
    );
    let file = folder.join(FILE);
    if file.exists() {
        return Some(file);
    }
    assert!(
        std::env::var("CI").as_deref() != Ok("true"),
        "{} is missing; set ES_SHARED_DATA",
        file.display()
    );
    println!(
        "DID NOT RUN: {} is missing; set ES_SHARED_DATA",
        file.display()
    );
    None
}

/// What the file says, worked out without any of the program's code.
#[derive(Default)]
struct Expected {
    rows: u64,
    credits: (u64, i64),
    debits: (u64, i64),
    balances: HashMap<String, i64>,
    drifting: usize,
    /// By month: number and sum of credits, number and sum of debits.
    months: BTreeMap<String, [i64; 4]>,
    /// Accounts below zero: since which day, and the lowest balance since.
    debts: BTreeMap<String, (String, i64)>,
}

fn expected(file: &PathBuf) -> Expected {
    let mut text = String::new();
    let file = std::fs::File::open(file).expect("the file");
    GzDecoder::new(file)
        .read_to_string(&mut text)
        .expect("text");
    let mut expected = Expected::default();
    // Per account, its days in order: the running balance at the end, and the bank's balances.
    let mut days: HashMap<String, Vec<(String, i64, Vec<i64>)>> = HashMap::new();
    for line in text.lines().skip(1) {
        let column: Vec<&str> = line
            .split(';')
            .map(|column| column.trim_matches('"'))
            .collect();
        let minor = |text: &str| -> i64 {
            let (whole, cents) = text.split_once('.').expect("two decimals");
            assert_eq!(cents.len(), 2);
            format!("{whole}{cents}").parse().expect("digits")
        };
        let amount = minor(column[5]);
        let account = column[1].to_owned();
        expected.rows += 1;
        let (total, signed) = if column[3] == "PRIJEM" {
            (&mut expected.credits, amount)
        } else {
            (&mut expected.debits, -amount)
        };
        *total = (total.0 + 1, total.1 + amount);
        let balance = expected.balances.entry(account.clone()).or_default();
        *balance += signed;
        let day = format!(
            "19{}-{}-{}",
            &column[2][..2],
            &column[2][2..4],
            &column[2][4..]
        );
        let month = expected.months.entry(day[..7].to_owned()).or_default();
        let place = if signed > 0 { 0 } else { 2 };
        month[place] += 1;
        month[place + 1] += amount;
        if *balance < 0 {
            let debt = expected.debts.entry(account.clone()).or_insert((day, 0));
            debt.1 = debt.1.min(*balance);
        } else {
            expected.debts.remove(&account);
        }
        let days = days.entry(account).or_default();
        if days.last().is_none_or(|(day, ..)| day != column[2]) {
            days.push((column[2].into(), 0, Vec::new()));
        }
        let day = days.last_mut().expect("just pushed");
        day.1 = *balance;
        day.2.push(minor(column[6]));
    }
    let leaves = |days: &&Vec<(String, i64, Vec<i64>)>| {
        days.iter()
            .any(|(_, running, bank)| !bank.contains(running))
    };
    expected.drifting = days.values().filter(leaves).count();
    expected
}

/// Largest size of a running process so far, in KiB, where the system tells.
fn peak_kib(pid: u32) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().strip_suffix("kB")?.trim().parse().ok()
}

#[test]
fn every_row_is_imported_and_the_sums_are_exact() {
    let Some(file) = real_data() else { return };
    let expected = expected(&file);
    assert_eq!((expected.rows, expected.balances.len()), (49_102, 1_229));

    let bank = Place::new();
    let path = file.display().to_string();
    let started = Instant::now();
    let mut child = bank
        .command(&["import", &path, "--json"])
        .stdout(Stdio::from(
            std::fs::File::create(bank.path("out")).expect("a file"),
        ))
        .spawn()
        .expect("started");
    let mut peak = None;
    while child.try_wait().expect("a process").is_none() {
        peak = peak_kib(child.id()).or(peak);
        std::thread::sleep(Duration::from_millis(20));
    }
    let elapsed = started.elapsed();
    assert!(child.wait().expect("ended").success());
    println!("imported in {elapsed:?}, at most {peak:?} KiB");
    assert!(peak.is_none_or(|kib| kib < 300 << 10), "{peak:?} KiB");

    let lines = json_lines(&std::fs::read_to_string(bank.path("out")).expect("the output"));
    let (summary, drifts) = lines.split_last().expect("a summary");
    let sum: i64 = expected.balances.values().sum();
    let totals = json!({
        "imported": path, "rows": 49_102, "applied": 49_102, "already_imported": 0, "rejected": 0, "accounts": 1_229,
        "credits": expected.credits.0, "credit_sum": expected.credits.1,
        "debits": expected.debits.0, "debit_sum": expected.debits.1,
        "balance_sum": sum, "currency": "CZK", "drifting_accounts": expected.drifting,
    });
    assert_eq!(*summary, totals);
    assert_eq!(sum, expected.credits.1 - expected.debits.1);
    assert_eq!(drifts.len(), expected.drifting);

    let listed: HashMap<String, i64> = bank
        .json(&["list"])
        .iter()
        .map(|line| {
            (
                line["account"].as_str().unwrap_or_default().to_owned(),
                line["balance"].as_i64().unwrap_or_default(),
            )
        })
        .collect();
    assert_eq!(listed, expected.balances);

    look_up(&bank, &expected);

    let again = bank.json(&["import", &path]);
    let mut second: Value = again.last().expect("a summary").clone();
    assert_eq!(
        (&second["applied"], &second["already_imported"]),
        (&json!(0), &json!(49_102))
    );
    (second["applied"], second["already_imported"]) = (json!(49_102), json!(0));
    assert_eq!(second, totals);
    bank.ok(&["verify"]);
}

/// Read models over the real statement are what a fold of the file says.
fn look_up(bank: &Place, expected: &Expected) {
    let timed = |args: &[&str]| {
        let started = Instant::now();
        let lines = bank.json(args);
        println!("{args:?} for the first time in {:?}", started.elapsed());
        lines
    };
    let text = |line: &Value, field: &str| line[field].as_str().expect("a text").to_owned();
    let number = |line: &Value, field: &str| line[field].as_i64().expect("an integer");

    let lines = timed(&["balances"]);
    let balances: HashMap<_, _> = lines
        .iter()
        .map(|line| (text(line, "account"), number(line, "balance")))
        .collect();
    assert_eq!(balances, expected.balances);

    let lines = timed(&["turnover"]);
    let month = |line: &Value| {
        let fields = ["credits", "credit_sum", "debits", "debit_sum"];
        (text(line, "month"), fields.map(|field| number(line, field)))
    };
    assert_eq!(
        lines.iter().map(month).collect::<BTreeMap<_, _>>(),
        expected.months
    );

    let lines = timed(&["overdrawn"]);
    let debt = |line: &Value| {
        assert_eq!(
            number(line, "balance"),
            expected.balances[&text(line, "account")]
        );
        (
            text(line, "account"),
            (text(line, "since"), number(line, "lowest")),
        )
    };
    assert!(!lines.is_empty(), "some accounts are below zero");
    assert_eq!(
        lines.iter().map(debt).collect::<BTreeMap<_, _>>(),
        expected.debts
    );

    let verified = bank.json(&["projections", "verify"]);
    assert_eq!(verified.len(), 3);
    for line in verified {
        // Every row, and the opening of every account.
        assert_eq!(
            (&line["applied"], &line["differing"]),
            (&json!(49_102 + 1_229), &json!(0))
        );
    }
}
