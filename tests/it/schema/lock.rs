//! The flows of a lock file: first writing, drafts, releases, changes of the code behind its back.

// Items of modules inside a test are as public as a user's would be.
#![allow(unreachable_pub)]

use std::fs;
use std::path::Path;

use eventsourcing::schema::{Check, Lock, LockError, Rule};
use eventsourcing::{Event, Json, Schema};
use serde::{Deserialize, Serialize};

/// A lock file in a folder of its own.
struct File(tempfile::TempDir);

impl File {
    fn new() -> Self {
        Self(tempfile::tempdir().expect("a folder"))
    }

    fn check<E: Event + eventsourcing::__private::LockedSet<()>>(&self) -> Check {
        let folder = self.0.path().to_str().expect("a path in UTF-8");
        Check::new(folder, "events.lock")
            .set::<E>()
            .format::<E, _>(Json)
    }

    fn path(&self) -> impl AsRef<Path> {
        self.0.path().join("events.lock")
    }

    fn text(&self) -> String {
        fs::read_to_string(self.path()).expect("a lock file")
    }

    fn write(&self, text: &str) {
        fs::write(self.path(), text).expect("a writable file");
    }

    fn release(&self) {
        let mut lock: Lock = self.text().parse().expect("a lock file");
        lock.release();
        self.write(&lock.to_string());
    }
}

/// The rules that a failed check names.
#[track_caller]
fn rules(result: Result<(), LockError>) -> Vec<Rule> {
    match result {
        Err(LockError::Broken { report, .. }) => report.rules(),
        other => panic!("expected broken rules, got {other:?}"),
    }
}

mod first {
    use super::*;

    #[derive(Clone, Serialize, Deserialize, Schema)]
    pub struct Address {
        pub street: String,
        pub zip: String,
    }
    #[derive(Clone, Serialize, Deserialize, Schema)]
    pub struct Opened {
        pub owner: String,
        pub address: Address,
    }
    #[derive(Clone, Serialize, Deserialize, Schema)]
    pub struct Moved {
        pub to: Address,
    }
    #[derive(Clone, Event)]
    pub enum AccountEvent {
        #[es(name = "account.opened")]
        Opened(Opened),
        #[es(name = "account.moved", id = 7)]
        Moved(Moved),
    }
}

#[test]
fn a_missing_file_says_how_to_write_it() {
    let file = File::new();
    let error = file
        .check::<first::AccountEvent>()
        .check()
        .expect_err("no file");
    assert!(matches!(&error, LockError::Missing(_)), "{error}");
    assert!(
        error.to_string().contains("ES_LOCK=update cargo test"),
        "{error}"
    );
}

#[test]
fn the_first_update_writes_drafts_with_golden_payloads() {
    let file = File::new();
    let check = file.check::<first::AccountEvent>();
    check.update().expect("written");
    let text = file.text();
    assert!(
        text.contains("event account.opened draft\n  v1 draft "),
        "{text}"
    );
    assert!(
        text.contains("    address: {\n      street: str\n      zip: str\n    }\n"),
        "{text}"
    );
    assert!(text.contains("  id 7\n"), "{text}");
    assert!(
        text.contains("    golden json {\"owner\":\"text 1\",\"address\":{\"street\":\"text 2\",\"zip\":\"text 3\"}}\n      reads account.opened v1 {\"owner\":\"text 1\""),
        "{text}"
    );
    check.check().expect("up to date");
    check.update().expect("nothing to do");
    assert_eq!(file.text(), text);
    let lock: Lock = text.parse().expect("readable");
    assert_eq!(lock.to_string(), text);
}

mod edited {
    use super::*;

    #[derive(Clone, Serialize, Deserialize, Schema)]
    pub struct Address {
        pub street: String,
        pub zip: u32,
    }
    #[derive(Clone, Serialize, Deserialize, Schema)]
    pub struct Opened {
        pub owner: String,
        pub address: Address,
    }
    #[derive(Clone, Serialize, Deserialize, Schema)]
    pub struct Moved {
        pub to: Address,
    }
    #[derive(Clone, Event)]
    pub enum AccountEvent {
        #[es(name = "account.opened")]
        Opened(Opened),
        #[es(name = "account.moved", id = 7)]
        Moved(Moved),
    }
}

#[test]
fn drafts_follow_the_code() {
    let file = File::new();
    file.check::<first::AccountEvent>()
        .update()
        .expect("written");
    let check = file.check::<edited::AccountEvent>();
    let error = check.check().expect_err("another shape");
    let text = error.to_string();
    assert!(
        text.contains("account.opened v1 > address > zip: [S16] the type changed: `str` -> `u32`"),
        "{text}"
    );
    assert!(matches!(error, LockError::OutOfDate { .. }));
    check.update().expect("drafts may change");
    check.check().expect("up to date");
    assert!(file.text().contains("zip: u32"));
}

#[test]
fn an_edit_of_a_shared_nested_type_is_told_once_with_its_path() {
    let file = File::new();
    file.check::<first::AccountEvent>()
        .update()
        .expect("written");
    file.release();
    let released = file.text();
    let check = file.check::<edited::AccountEvent>();
    let error = check.check().expect_err("another shape");
    let text = error.to_string();
    assert!(
        text.contains("[V1] account.moved v1: a released version is written differently"),
        "{text}"
    );
    assert!(
        text.contains("account.moved v1 > to > zip\n      [S16] the type changed: `str` -> `u32`"),
        "{text}"
    );
    assert!(
        text.contains("the same edit of a shared type reaches: account.opened v1"),
        "{text}"
    );
    assert!(
        text.contains("keep the old type as `v1::Moved` (with a copy of the type at `to`"),
        "{text}"
    );
    assert!(
        text.contains(
            "set `version = 2, from(v1 = v1::Moved)` and write `impl From<v1::Moved> for Moved`"
        ),
        "{text}"
    );
    assert_eq!(
        rules(check.update()),
        [
            Rule::CurrentChanged,
            Rule::TypeChanged,
            Rule::CurrentChanged,
            Rule::TypeChanged
        ]
    );
    assert_eq!(
        file.text(),
        released,
        "an update writes nothing while something is broken"
    );
}

mod later {
    use super::*;

    pub mod v1 {
        use super::*;
        #[derive(Deserialize, Schema)]
        pub struct Moved {
            pub to: first::Address,
        }
    }
    #[derive(Clone, Serialize, Deserialize, Schema)]
    pub struct Opened {
        pub owner: String,
        #[serde(default)]
        pub address: Option<first::Address>,
        #[serde(default)]
        pub vip: bool,
    }
    #[derive(Clone, Serialize, Deserialize, Schema)]
    pub struct Relocated {
        pub zip: String,
    }
    impl From<v1::Moved> for Relocated {
        fn from(old: v1::Moved) -> Self {
            Self { zip: old.to.zip }
        }
    }
    #[derive(Clone, Event)]
    pub enum AccountEvent {
        #[es(name = "account.opened", version = 2, from(v1 = _))]
        Opened(Opened),
        #[es(name = "account.relocated", was = "account.moved", version = 2, from(v1 = v1::Moved), id = 7)]
        Relocated(Relocated),
    }
}

#[test]
fn a_declared_history_is_taken_over() {
    let file = File::new();
    file.check::<first::AccountEvent>()
        .update()
        .expect("written");
    file.release();
    let base: Lock = file.text().parse().expect("readable");
    let check = file.check::<later::AccountEvent>();
    let error = check.check().expect_err("out of date");
    let LockError::OutOfDate { lines, .. } = &error else {
        panic!("{error}");
    };
    assert!(
        lines.contains(&"~ account.moved is called account.relocated now".to_owned()),
        "{lines:?}"
    );
    check.update().expect("written");
    check.check().expect("up to date");
    let text = file.text();
    assert!(
        text.contains("event account.relocated draft\n  was account.moved\n  id 7\n  v1 released "),
        "{text}"
    );
    assert!(
        text.contains("reads account.relocated v2 {\"zip\":\"text 2\"}"),
        "{text}"
    );
    let head: Lock = text.parse().expect("readable");
    assert!(head.against(&base).is_empty(), "{}", head.against(&base));
    assert!(head.diff(&base).contains(&"+ account.opened v2: { owner: str, address?: { street: str, zip: str }?, vip?: bool }".to_owned()), "{:?}", head.diff(&base));
    // Back to the former name before it was released: the released version is known again.
    file.check::<first::AccountEvent>()
        .update()
        .expect("the drafts go away");
    assert_eq!(file.text(), base.to_string());
}

mod past {
    use super::*;
    use eventsourcing::{Split, UpcastCx, UpcastError};

    impl Split<AccountEvent> for first::Moved {
        type Output = Vec<AccountEvent>;
        fn split(self, _: &UpcastCx<'_>) -> Result<Self::Output, UpcastError> {
            Ok(vec![
                Noted {
                    text: self.to.street,
                }
                .into(),
                Noted { text: self.to.zip }.into(),
            ])
        }
    }
    #[derive(Clone, Serialize, Deserialize, Schema)]
    pub struct Noted {
        pub text: String,
    }
    #[derive(Clone, Event)]
    #[es(
        split(name = "account.moved", v1 = first::Moved, into(Noted)),
        retired(name = "account.opened", versions = 1..=1, reason = "nobody opens accounts"),
    )]
    pub enum AccountEvent {
        #[es(name = "account.noted")]
        Noted(Noted),
    }
}

#[test]
fn splits_and_retirements_are_kept_for_good() {
    let file = File::new();
    file.check::<first::AccountEvent>()
        .update()
        .expect("written");
    file.release();
    let first = file.text();
    let check = file.check::<past::AccountEvent>();
    check.update().expect("declared");
    file.release();
    check.check().expect("up to date");
    let text = file.text();
    assert!(text.contains("  split into account.noted\n"), "{text}");
    assert!(text.contains("reads account.noted v1 {\"text\":\"text 1\"}\n      reads account.noted v1 {\"text\":\"text 2\"}"), "{text}");
    assert!(
        text.contains("  retired v1 \"nobody opens accounts\"\n  v1 released "),
        "{text}"
    );
    let (head, base): (Lock, Lock) = (
        text.parse().expect("a lock"),
        first.parse().expect("a lock"),
    );
    assert!(head.against(&base).is_empty(), "{}", head.against(&base));
    // Both names are taken now.
    assert_eq!(
        rules(file.check::<first::AccountEvent>().check()),
        [Rule::NameReused, Rule::NameVanished, Rule::NameReused]
    );
}

mod strict {
    use super::*;

    #[derive(Debug, Clone, Serialize, Deserialize, Schema)]
    #[serde(try_from = "String", into = "String")]
    pub struct Code(String);
    impl TryFrom<String> for Code {
        type Error = std::fmt::Error;
        fn try_from(text: String) -> Result<Self, Self::Error> {
            if text == "EUR" {
                Ok(Self(text))
            } else {
                Err(std::fmt::Error)
            }
        }
    }
    impl From<Code> for String {
        fn from(code: Code) -> Self {
            code.0
        }
    }
    #[derive(Clone, Serialize, Deserialize, Schema)]
    pub struct Opened {
        pub currency: Code,
    }
    #[derive(Clone, Event)]
    pub enum Set {
        #[es(name = "account.opened")]
        Opened(Opened),
    }
}

#[test]
fn a_payload_that_cannot_be_made_is_asked_for() {
    let file = File::new();
    let check = file.check::<strict::Set>();
    let error = check.update().expect_err("`text 1` is no currency");
    let text = error.to_string();
    assert!(
        text.contains("[G3] account.opened v1 (json): there is no golden payload"),
        "{text}"
    );
    assert!(
        text.contains("add a payload as it was stored, in a line `golden json <payload>`"),
        "{text}"
    );
    let written = file.text();
    assert_eq!(rules(check.check()), [Rule::GoldenMissing]);
    file.write(&written.replace("  }\n", "  }\n    golden json {\"currency\":\"EUR\"}\n"));
    check.update().expect("it is readable");
    check.check().expect("up to date");
    assert!(
        file.text()
            .contains("reads account.opened v1 {\"currency\":\"EUR\"}")
    );
}

mod defaults {
    use super::*;

    pub mod cents {
        use super::*;
        #[derive(Clone, Serialize, Deserialize, Schema)]
        pub struct Paid {
            pub amount: u64,
        }
        #[derive(Clone, Event)]
        pub enum Set {
            #[es(name = "account.paid", version = 2, from(v1 = Old))]
            Paid(Paid),
        }
        impl From<Old> for Paid {
            fn from(old: Old) -> Self {
                Self {
                    amount: old.euros * 100,
                }
            }
        }
    }
    pub mod slip {
        use super::*;
        #[derive(Clone, Serialize, Deserialize, Schema)]
        pub struct Paid {
            pub amount: u64,
        }
        #[derive(Clone, Event)]
        pub enum Set {
            #[es(name = "account.paid", version = 2, from(v1 = Old))]
            Paid(Paid),
        }
        impl From<Old> for Paid {
            fn from(old: Old) -> Self {
                Self { amount: old.euros }
            }
        }
    }
    pub mod broken {
        use super::*;
        #[derive(Clone, Serialize, Deserialize, Schema)]
        pub struct Paid {
            pub amount: u64,
        }
        #[derive(Clone, Event)]
        pub enum Set {
            #[es(name = "account.paid", version = 2, from(v1 = Old))]
            Paid(Paid),
        }
        impl TryFrom<Old> for Paid {
            type Error = std::fmt::Error;
            fn try_from(_: Old) -> Result<Self, Self::Error> {
                Err(std::fmt::Error)
            }
        }
    }
    #[derive(Deserialize, Schema)]
    pub struct Old {
        pub euros: u64,
    }
}

#[test]
fn what_no_shape_shows_the_golden_payloads_show() {
    let file = File::new();
    file.check::<defaults::cents::Set>()
        .update()
        .expect("written");
    file.release();
    assert!(
        file.text()
            .contains("golden json {\"euros\":1}\n      reads account.paid v2 {\"amount\":100}")
    );
    let check = file.check::<defaults::slip::Set>();
    let error = check.check().expect_err("cents are no euros");
    let text = error.to_string();
    assert!(
        text.contains("[G1] account.paid v1 (json): a golden payload is read as something else"),
        "{text}"
    );
    assert!(
        text.contains(
            "before:  account.paid v2 {\"amount\":100}\n  now:     account.paid v2 {\"amount\":1}"
        ),
        "{text}"
    );
    assert_eq!(
        rules(file.check::<defaults::broken::Set>().check()),
        [Rule::GoldenUnreadable]
    );
    assert!(
        text.contains("or:  if the new reading is right: write `corrected \"why\"` in place of the `reads` lines"),
        "{text}"
    );
    // Done as it says, the test passes, and so does a comparison with the file of before.
    let reads = "      reads account.paid v2 {\"amount\":100}";
    let corrected = "      corrected \"the amounts were cents all along\"";
    let base: Lock = file.text().parse().expect("a lock file");
    let head = |with: &str| {
        file.write(&base.to_string().replace(reads, with));
        check.update().expect("accepted");
        check.check().expect("up to date");
        file.text().parse::<Lock>().expect("a lock file")
    };
    let silent = head("");
    assert_eq!(silent.against(&base).rules(), [Rule::GoldenReadDifferently]);
    let text = silent.against(&base).to_string();
    assert!(
        text.contains("write `corrected \"why\"` in place of the `reads` lines"),
        "{text}"
    );
    let told = head(corrected);
    assert!(told.against(&base).is_empty(), "{}", told.against(&base));
    assert!(file.text().contains(&format!(
        "{corrected}\n      reads account.paid v2 {{\"amount\":1}}"
    )));
    // The reason counts once.
    let mut again = told.clone();
    let paid = again
        .entries
        .get_mut("account.paid")
        .and_then(|entry| entry.versions.get_mut(&1));
    paid.expect("it").golden[0].reads = base.entries["account.paid"].versions[&1].golden[0]
        .reads
        .clone();
    assert_eq!(again.against(&told).rules(), [Rule::GoldenReadDifferently]);
}

#[test]
fn damaged_files_are_told_from_others() {
    let file = File::new();
    let check = file.check::<first::AccountEvent>();
    check.update().expect("written");
    let text = file.text();
    for (damaged, message) in [
        (
            format!("<<<<<<< HEAD\n{text}"),
            "line 1: a merge conflict is not resolved",
        ),
        (
            text.replace("lock 1", "lock 2"),
            "a newer `eventsourcing` wrote it",
        ),
        (String::new(), "this is no lock file"),
        (
            text.replace("zip: str", "zip: i32"),
            "the fingerprints of v1 are not those of its shape",
        ),
        (
            text.replace("v1 draft", "v1 drafty"),
            "expected `draft` or `released`, found `drafty`",
        ),
        (
            text.replace("street: str", "street: string"),
            "unknown shape `string`",
        ),
        (text.replace("  id 7", "  id seven"), "expected a number"),
        (
            text.replace("account.moved draft", "account.opened"),
            "`account.opened` is listed twice",
        ),
        (
            text.replace("    golden json", "    golden-json"),
            "found `golden-json`",
        ),
    ] {
        file.write(&damaged);
        let error = check.check().expect_err("damaged").to_string();
        assert!(error.contains(message), "{error}");
        assert!(
            matches!(check.update(), Err(LockError::Parse { .. })),
            "an update keeps a damaged file"
        );
        assert_eq!(file.text(), damaged);
    }
}
