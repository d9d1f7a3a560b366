//! Lock files as editors, merges and accidents leave them: read as they were meant, or refused with the line and what to do.

use eventsourcing::schema::{Lock, compare};
use fastrand::Rng;

const BANK: &str = include_str!("../../../examples/bank-account/events.lock");
const ORDERS: &str = include_str!("../../../examples/orders/events.lock");

fn read(text: &str) -> Result<Lock, String> {
    text.parse().map_err(|error| format!("{error}"))
}

#[test]
fn what_editors_do_is_understood() {
    let bank = read(BANK).expect("the bank's");
    assert_eq!(bank.to_string(), BANK);
    for text in [
        BANK.replace('\n', "\r\n"),
        format!("\u{feff}{BANK}"),
        BANK.trim_end().to_owned(),
        format!("{BANK}\n\n"),
        BANK.replace("\n\n", "\n"),
        BANK.replace("  ", "\t"),
    ] {
        let read = read(&text).expect("the same");
        assert_eq!(read.to_string(), BANK, "written as ever");
        assert!(read.against(&bank).is_empty());
        assert!(read.diff(&bank).is_empty());
    }
}

#[test]
fn what_cannot_be_meant_is_refused() {
    let version = |shape: &str| {
        format!("lock 1\n\nevent a.b\n  v1 draft 0000000000000000 0000000000000000 {shape}\n")
    };
    for (text, says) in [
        (String::new(), "line 1: this is no lock file"),
        ("\r\n \n".into(), "line 3: this is no lock file"),
        ("{ \"lock\": 1 }".into(), "line 1: this is no lock file"),
        ("lock\n".into(), "line 1: expected `lock 1`"),
        ("lock 0\n".into(), "line 1: expected `lock 1`"),
        (
            "lock 99999999999999999999\n".into(),
            "line 1: expected `lock 1`",
        ),
        (
            "lock 2\nanything\n".into(),
            "line 1: the file has form 2, this program reads form 1: a newer `eventsourcing` wrote it",
        ),
        (
            "lock 1\nevent a.b v1\n".into(),
            "line 2: expected `draft` or nothing, found `v1`",
        ),
        ("lock 1\nevent\n".into(), "line 2: expected a name"),
        (
            "lock 1\nevents a\n".into(),
            "line 2: expected `event`, found `events`",
        ),
        (
            "lock 1\nevent a\n  v99999 draft never-stored\n".into(),
            "line 3: expected a version like `v1`, found `v99999`",
        ),
        (version(""), "expected a shape"),
        (
            version("u8"),
            "the fingerprints of v1 are not those of its shape",
        ),
        (
            version(&"[".repeat(100_000)),
            "more than 128 shapes inside each other",
        ),
        (
            version(&format!("u8{}", "?".repeat(200_000))),
            "more than 8 `?` behind each other",
        ),
        (
            version("[u8; 99999999999999999999999]"),
            "expected a number",
        ),
    ] {
        let error = read(&text).expect_err("refused");
        assert!(error.contains(says), "{error}");
    }
    for marker in ["<<<<<<< HEAD", "||||||| base", "=======", ">>>>>>> theirs"] {
        let text = BANK.replacen("\n\n", &format!("\n\n{marker}\n"), 1);
        let error = read(&text).expect_err("a conflict");
        assert!(
            error.contains("a merge conflict is not resolved"),
            "{error}"
        );
        let error = read(&text.replace('\n', "\r\n")).expect_err("a conflict");
        assert!(
            error.contains("a merge conflict is not resolved"),
            "{error}"
        );
    }
}

#[test]
fn many_events_are_read() {
    let events = (0..20_000).map(|number| format!("\nevent a.e{number}\n  was a.f{number}\n"));
    let text = format!("lock 1\n{}", events.collect::<String>());
    assert_eq!(read(&text).expect("many").entries.len(), 20_000);
}

/// Whatever a file holds, nothing panics; what is read is written so that it is read again, and judged against what it was.
#[test]
fn damage_is_no_panic() {
    let mut refused = 0;
    for (file, text) in [BANK, ORDERS].into_iter().enumerate() {
        let before = read(text).expect("as committed");
        let lines: Vec<&str> = text.lines().collect();
        for seed in 0..1_500 {
            let mut random = Rng::with_seed(seed);
            let damaged = damage(&mut random, text, &lines);
            let Ok(lock) = read(&damaged) else {
                refused += 1;
                continue;
            };
            let again = read(&lock.to_string());
            assert_eq!(again.as_ref(), Ok(&lock), "file {file}, seed {seed}");
            let _ = lock.against(&before).to_string();
            let _ = lock.diff(&before);
            for (entry, was) in lock.entries.values().zip(before.entries.values()) {
                for (version, was) in entry.versions.values().zip(was.versions.values()) {
                    if let (Some(now), Some(was)) = (&version.shape, &was.shape) {
                        let _ = compare(was, now);
                    }
                }
            }
        }
    }
    assert!((300..2_900).contains(&refused), "{refused}");
}

fn damage(random: &mut Rng, text: &str, lines: &[&str]) -> String {
    let mut damaged: Vec<&str> = lines.to_vec();
    let at = random.usize(..lines.len());
    match random.u8(..5) {
        0 => drop(damaged.remove(at)),
        1 => damaged.insert(at, lines[random.usize(..lines.len())]),
        2 => damaged.swap(at, random.usize(..lines.len())),
        3 => damaged.truncate(at),
        _ => {
            // A character becomes another of the file, or one that no part of it begins with.
            let mut chars: Vec<char> = text.chars().collect();
            let at = random.usize(..chars.len());
            let others = ['\0', '"', '\\', '\u{2028}', '#', '?', '{', '}', '\n', '9'];
            chars[at] = if random.bool() {
                chars[random.usize(..chars.len())]
            } else {
                others[random.usize(..others.len())]
            };
            return chars.into_iter().collect();
        }
    }
    damaged.join("\n")
}
