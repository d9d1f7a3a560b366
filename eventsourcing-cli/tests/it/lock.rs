//! `es lock`: a repository with a lock file, and what a reviewer or a pipeline asks about it.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use eventsourcing::schema::{Entry, Golden, Lock, LockedVersion, Reading, Rule, Shape, State};

/// A git repository with one file.
struct Repository(tempfile::TempDir);

impl Repository {
    fn new() -> Self {
        let repository = Self(tempfile::tempdir().expect("a folder"));
        repository.git(&["init", "--quiet", "--initial-branch", "main"]);
        repository
    }

    fn git(&self, args: &[&str]) {
        let output = Command::new("git")
            .current_dir(&self.0)
            .args([
                "-c",
                "user.name=Ada",
                "-c",
                "user.email=ada@example.org",
                "-c",
                "commit.gpgsign=false",
            ])
            .args(args)
            .output()
            .expect("git, which these tests need: install it with `apt install git`");
        assert!(output.status.success(), "{output:?}");
    }

    fn commit(&self) {
        self.git(&["add", "."]);
        self.git(&["commit", "--quiet", "--message", "events"]);
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    fn write(&self, lock: &Lock) {
        fs::write(self.path().join("events.lock"), lock.to_string()).expect("a writable file");
    }

    fn lock(&self) -> Lock {
        let text = fs::read_to_string(self.path().join("events.lock")).expect("a file");
        text.parse().expect("a lock file")
    }

    /// Runs `es lock`: its exit status and all it says.
    fn es(&self, args: &[&str]) -> (i32, String) {
        let es = Command::new(env!("CARGO_BIN_EXE_es"))
            .current_dir(&self.0)
            .arg("lock")
            .args(args)
            .output();
        said(&es.expect("es"))
    }
}

fn said(output: &Output) -> (i32, String) {
    let text = [output.stdout.as_slice(), output.stderr.as_slice()].concat();
    (
        output.status.code().unwrap_or(-1),
        String::from_utf8(text).expect("UTF-8"),
    )
}

fn version(shape: &str) -> LockedVersion {
    let shape: Shape = shape.parse().expect("a shape");
    LockedVersion {
        state: State::Draft,
        shape: Some(shape),
        golden: Vec::new(),
    }
}

fn first() -> Lock {
    let mut lock = Lock::default();
    for (name, shape) in [
        ("account.opened", "{ owner: str, address: { zip: str } }"),
        ("account.closed", "{}"),
    ] {
        let mut entry = Entry {
            draft: true,
            ..Entry::default()
        };
        entry.versions.insert(1, version(shape));
        lock.entries.insert(name.into(), entry);
    }
    lock
}

#[test]
fn a_release_is_kept() {
    let repository = Repository::new();
    repository.write(&first());
    assert_eq!(
        repository.es(&["check", "--against", "git:HEAD"]).0,
        2,
        "there is no commit yet"
    );
    repository.commit();
    assert_eq!(
        repository.es(&["diff"]),
        (0, "events.lock: nothing changed since git:HEAD\n".into())
    );
    assert_eq!(
        repository.es(&["release"]),
        (0, "events.lock: 2 drafts released\n".into())
    );
    assert_eq!(
        repository.es(&["release"]),
        (0, "events.lock: 0 drafts released\n".into())
    );
    let (status, text) = repository.es(&["diff"]);
    assert_eq!(status, 1);
    assert!(text.contains("~ account.opened v1: released\n"), "{text}");
    assert_eq!(
        repository.es(&["check", "--against", "git:HEAD"]),
        (
            0,
            "events.lock: 2 events, 2 released versions, 0 drafts; all that git:HEAD had released is kept\n".into()
        ),
        "a release breaks nothing"
    );
    repository.commit();

    let mut lock = repository.lock();
    let opened = lock.entries.get_mut("account.opened").expect("it");
    opened.versions.insert(
        1,
        LockedVersion {
            state: State::Released,
            ..version("{ owner: str, address: { zip: u32 } }")
        },
    );
    lock.entries.remove("account.closed");
    repository.write(&lock);
    let (status, text) = repository.es(&["check", "--against", "git:main"]);
    assert_eq!(status, 1);
    for line in [
        "[L2] account.closed: a released line of the lock file was removed",
        "[L1] account.opened v1: a released line of the lock file was changed",
        "    account.opened v1 > address > zip\n      [S16] the type changed: `str` -> `u32`",
        "events.lock: 2 not kept as git:main has it; `es lock explain RULE` says more of a rule",
    ] {
        assert!(text.contains(line), "{text}");
    }
    let (status, text) = repository.es(&["diff"]);
    assert_eq!(status, 1);
    assert_eq!(
        text,
        "~ account.opened v1 > address > zip: [S16] the type changed: `str` -> `u32`\n- account.closed\n\nevents.lock: 2 differences since git:HEAD\n"
    );
}

#[test]
fn a_golden_payload_is_told_with_what_it_was_read_as() {
    let golden = |payload: &str, read: &str, corrected: Option<&str>| Golden {
        format: "json".into(),
        payload: payload.into(),
        headers: std::collections::BTreeMap::new(),
        corrected: corrected.map(Into::into),
        reads: Some(vec![Reading {
            name: "account.opened".into(),
            version: 1,
            payload: read.into(),
        }]),
    };
    let repository = Repository::new();
    let mut lock = first();
    let with = |lock: &mut Lock, goldens: Vec<Golden>| {
        let opened = lock.entries.get_mut("account.opened").expect("it");
        opened.versions.get_mut(&1).expect("it").golden = goldens;
    };
    with(&mut lock, vec![golden("{\"a\":1}", "{\"x\":1}", None)]);
    repository.write(&lock);
    repository.commit();
    let kept = golden("{\"a\":1}", "{\"x\":2}", Some("it was wrong"));
    let added = golden("{}", "{\"x\":0}", None);
    with(&mut lock, vec![kept, added.clone()]);
    repository.write(&lock);
    let (status, text) = repository.es(&["diff"]);
    assert_eq!(status, 1);
    assert_eq!(
        text,
        "~ account.opened v1 (json): it is read as something else\n    \
         payload: {\"a\":1}\n    \
         before:  account.opened v1 {\"x\":1}\n    \
         now:     account.opened v1 {\"x\":2}\n\
         ~ account.opened v1 (json): corrected \"it was wrong\"\n\
         + account.opened v1: golden json {}\n\n\
         events.lock: 3 differences since git:HEAD\n"
    );
    repository.commit();
    with(&mut lock, vec![added]);
    repository.write(&lock);
    let (_, text) = repository.es(&["diff"]);
    assert!(
        text.starts_with("- account.opened v1: golden json {\"a\":1}\n\n"),
        "{text}"
    );
}

#[test]
fn new_versions_and_declared_ends_pass() {
    let repository = Repository::new();
    let mut lock = first();
    lock.release();
    repository.write(&lock);
    repository.commit();
    let opened = lock.entries.get_mut("account.opened").expect("it");
    opened.versions.insert(2, version("{ holder: str }"));
    let mut renamed = lock.entries.remove("account.opened").expect("it");
    renamed.was.push("account.opened".into());
    lock.entries.insert("account.begun".into(), renamed);
    let closed = lock.entries.get_mut("account.closed").expect("it");
    closed.reserved.push(eventsourcing::schema::Reserved {
        versions: 1..=1,
        refused: false,
        reason: "nobody leaves".into(),
    });
    closed.versions.clear();
    repository.write(&lock);
    let (status, text) = repository.es(&["check", "--against", "git:HEAD"]);
    assert_eq!(status, 0, "{text}");
    let (status, text) = repository.es(&["diff", "git:HEAD"]);
    assert_eq!(status, 1);
    for line in [
        "~ account.opened is called account.begun now",
        "+ account.begun v2: { holder: str }",
        "+ account.closed: retired v1 \"nobody leaves\"",
    ] {
        assert!(text.contains(line), "{text}");
    }
}

#[test]
fn explain_tells_the_history_and_what_may_change() {
    let repository = Repository::new();
    let mut lock = first();
    lock.release();
    let opened = lock.entries.get_mut("account.opened").expect("it");
    opened.was.push("account.begun".into());
    opened.versions.insert(
        2,
        version("{ owner: str, address: { zip: str }, vip?: bool }"),
    );
    repository.write(&lock);
    let (status, text) = repository.es(&["explain", "account.begun"]);
    assert_eq!(status, 0);
    for line in [
        "account.begun is called account.opened now",
        "from v1 to v2\n  vip: [S2] an optional field was added: `bool`\n  named formats can read v1 as v2\n  positional formats cannot read v1 as v2",
        "everything about v2, which is a draft",
    ] {
        assert!(text.contains(line), "{text}");
    }
    for (asked, says) in [
        ("opened", "did you mean account.opened?"),
        ("acount.opend", "did you mean account.opened?"),
        ("account.begn", "did you mean account.begun?"),
        ("payment.closed", "did you mean account.closed?"),
        ("transfer", "it lists account.closed, account.opened"),
    ] {
        let (status, text) = repository.es(&["explain", asked]);
        let expected = format!("es: the lock file does not know `{asked}`; {says}\n");
        assert_eq!((status, text), (2, expected));
    }
    let (_, text) = repository.es(&["explain", "account.closed"]);
    assert!(
        text.contains("everything else as v2: `version = 2, from(.., v1 = <the old type>)`"),
        "{text}"
    );
}

#[test]
fn what_cannot_be_answered_has_a_status_of_its_own() {
    let repository = Repository::new();
    let (status, text) = repository.es(&["check"]);
    assert_eq!(status, 2);
    assert!(
        text.starts_with("es: events.lock does not exist\nhelp: `--file PATH`"),
        "{text}"
    );
    fs::write(repository.path().join("events.lock"), "<<<<<<< ours\n").expect("a writable file");
    let (status, text) = repository.es(&["check"]);
    assert_eq!(status, 2);
    assert!(
        text.contains("line 1: a merge conflict is not resolved"),
        "{text}"
    );
    repository.write(&first());
    assert_eq!(
        repository.es(&["check"]),
        (
            0,
            "events.lock: 2 events, 0 released versions, 2 drafts\n".into()
        )
    );
    for reference in ["git:nowhere", "git:--output=x"] {
        let (status, text) = repository.es(&["diff", reference]);
        assert_eq!(status, 2);
        assert!(text.starts_with("es: git: there is no commit"), "{text}");
    }
    // The first commit has no lock file: everything in it is new.
    repository.git(&["commit", "--quiet", "--allow-empty", "--message", "nothing"]);
    let (status, text) = repository.es(&["diff", "git:HEAD"]);
    assert_eq!(status, 1);
    assert!(
        text.contains("+ account.opened v1: { owner: str, address: { zip: str } }"),
        "{text}"
    );
    // A file in a folder, asked from outside.
    fs::create_dir(repository.path().join("bank")).expect("a folder");
    fs::rename(
        repository.path().join("events.lock"),
        repository.path().join("bank/events.lock"),
    )
    .expect("moved");
    repository.commit();
    assert_eq!(
        repository.es(&["--file", "bank/events.lock", "diff"]),
        (
            0,
            "bank/events.lock: nothing changed since git:HEAD\n".into()
        )
    );
}

#[test]
fn help_has_examples_and_exit_states() {
    let repository = Repository::new();
    let (status, text) = repository.es(&["--help"]);
    assert_eq!(status, 0);
    for line in [
        "es lock check --against git:main",
        "Exit status:",
        "2  the question cannot be answered",
    ] {
        assert!(text.contains(line), "{text}");
    }
}

#[test]
fn every_rule_is_explained() {
    let repository = Repository::new();
    let (status, list) = repository.es(&["rules"]);
    assert_eq!(status, 0);
    assert_eq!(list.lines().count(), Rule::ALL.len());
    // No lock file is needed.
    for rule in Rule::ALL {
        assert!(
            list.contains(&format!("{:4} {}\n", rule.id(), rule.text())),
            "{list}"
        );
        let (status, text) = repository.es(&["explain", rule.id()]);
        assert_eq!(status, 0, "{text}");
        assert!(
            text.starts_with(&format!("[{rule}] {}\n", rule.text())),
            "{text}"
        );
        assert!(text.ends_with(&format!("  {}\n", rule.help())), "{text}");
    }
    assert_eq!(
        repository.es(&["explain", "s9"]).1,
        "[S9] an integer was narrowed or changed its sign\n  named formats: programs of today refuse or misread some of what is stored, programs of before read what is written now\n  positional formats: programs of today refuse or misread what is stored, programs of before refuse or misread what is written now\n  Stored numbers may not fit. Keep the old type in a version of its own and say in a `TryFrom` what becomes of those.\n"
    );
    assert_eq!(repository.es(&["explain", "S99"]).0, 2);
    // An event may be called like a rule.
    let mut lock = first();
    let entry = lock.entries["account.closed"].clone();
    lock.entries.insert("s9".into(), entry);
    repository.write(&lock);
    assert!(repository.es(&["explain", "s9"]).1.starts_with("event s9"));
    assert!(repository.es(&["explain", "S9"]).1.starts_with("[S9]"));
}

#[test]
fn a_file_that_was_moved_is_compared_with_what_it_was() {
    let repository = Repository::new();
    let mut lock = first();
    lock.release();
    repository.write(&lock);
    // Another crate's lock stays where it is, and a file that only looks like one does not matter.
    fs::create_dir(repository.path().join("other")).expect("a folder");
    fs::write(
        repository.path().join("other/events.lock"),
        lock.to_string(),
    )
    .expect("a file");
    fs::write(repository.path().join("notes.txt"), "lock 1\nthe door\n").expect("a file");
    repository.commit();
    fs::remove_file(repository.path().join("notes.txt")).expect("removed");
    let moved = |lock: &Lock| {
        fs::create_dir_all(repository.path().join("bank")).expect("a folder");
        let _ = fs::remove_file(repository.path().join("events.lock"));
        let path = repository.path().join("bank/accounts.lock");
        fs::write(path, lock.to_string()).expect("a writable file");
    };
    let check = || {
        repository.es(&[
            "--file",
            "bank/accounts.lock",
            "check",
            "--against",
            "git:HEAD",
        ])
    };
    moved(&lock);
    let note = "bank/accounts.lock is not in git:HEAD: compared with events.lock, which is gone and had events of it\n";
    assert_eq!(
        check(),
        (
            0,
            format!(
                "{note}bank/accounts.lock: 2 events, 2 released versions, 0 drafts; all that git:HEAD had released is kept\n"
            )
        )
    );
    let (status, text) = repository.es(&["--file", "bank/accounts.lock", "diff"]);
    assert_eq!(
        (status, text),
        (
            0,
            format!("{note}bank/accounts.lock: nothing changed since git:HEAD\n")
        )
    );
    lock.entries.remove("account.closed");
    moved(&lock);
    let (status, text) = check();
    assert_eq!(status, 1, "{text}");
    assert!(text.contains("[L2] account.closed"), "{text}");
    // What shares nothing is new; what is gone is said.
    let mut other = Lock::default();
    other
        .entries
        .insert("parcel.sent".into(), lock.entries["account.opened"].clone());
    moved(&other);
    let (status, text) = check();
    assert_eq!(status, 0, "{text}");
    for line in [
        "bank/accounts.lock is not in git:HEAD: all of it is new\n",
        "events.lock of git:HEAD is gone, and no event of it is in bank/accounts.lock\n",
    ] {
        assert!(text.contains(line), "{text}");
    }
}
