//! Faults injected into the system calls of a child, by strace.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use eventsourcing::{AppendError, Commit, CommitId, EventStore, EventStoreExt, ExpectedVersion};
use eventsourcing_sled::SledStore;

use crate::support::{Running, account, append, block_on, child, event, log};

/// What is done to the system calls of one thread of a child.
#[derive(Debug, Clone)]
pub(super) struct Fault {
    /// The call, as strace names it.
    pub(super) call: &'static str,
    /// What happens instead: `error=EIO`, `signal=KILL`, `retval=0`.
    pub(super) what: &'static str,
    /// Which calls of each thread, counted from 1: `3`, `1..2`.
    pub(super) when: String,
    /// Only calls on these files.
    pub(super) only: Vec<PathBuf>,
}

/// What a child has said until it ended.
#[derive(Debug)]
pub(super) struct Said {
    pub(super) lines: Vec<String>,
    /// How many calls were replaced.
    pub(super) injected: usize,
}

impl Said {
    /// What follows this word in each line that begins with it.
    pub(super) fn all<'a>(&'a self, word: &'a str) -> impl Iterator<Item = &'a str> {
        let line = move |line: &'a String| line.strip_prefix(word)?.strip_prefix(' ');
        self.lines.iter().filter_map(line)
    }

    pub(super) fn count(&self, word: &str) -> usize {
        self.all(word).count()
    }
}

/// A command under strace with the given options.
pub(super) fn strace(options: &[String], plain: &Command) -> Command {
    let mut traced = Command::new("strace");
    let set = plain
        .get_envs()
        .filter_map(|(key, value)| Some((key, value?)));
    traced
        .args(["-f", "-qq"])
        .args(options)
        .arg(plain.get_program())
        .args(plain.get_args())
        .envs(set)
        // sled panics at some of the faults; that is caught.
        .env("RUST_BACKTRACE", "0")
        .stdout(std::process::Stdio::piped());
    traced
}

/// Starts a traced command.
pub(super) fn start(traced: Command) -> Running {
    let there = Command::new("strace").arg("-V").output().is_ok();
    assert!(there, "strace is needed: apt-get install strace");
    Running::start(traced)
}

impl Fault {
    /// Runs a role of this program with a store's directory and this fault, until it ends.
    pub(super) fn run(&self, role: &str, dir: &Path) -> Said {
        let trace = tempfile::NamedTempFile::new().expect("a file");
        let Self {
            call, what, when, ..
        } = self;
        let mut options = vec![
            "-o".into(),
            trace.path().display().to_string(),
            format!("--trace={call}"),
            format!("--inject={call}:{what}:when={when}"),
        ];
        if !what.starts_with("signal") {
            // Faster, but then strace 6.1 forgets the signal unless it is for the first call.
            options.push("--seccomp-bpf".into());
        }
        for path in &self.only {
            options.extend(["-P".into(), path.display().to_string()]);
        }
        let mut child = start(strace(&options, &child(role, dir)));
        let said = child.lines.by_ref().map_while(Result::ok);
        // The test harness may have begun the line.
        let lines = said.filter_map(|line| Some(line.split_once("> ")?.1.to_owned()));
        let lines = lines.collect();
        child.wait();
        let trace = fs::read_to_string(trace.path()).expect("what strace has seen");
        let injected = trace.matches("(INJECTED").count();
        Said { lines, injected }
    }
}

/// The `number`-th commit of a writer: the same whoever asks.
pub(super) fn nth(writer: usize, number: usize) -> Commit {
    let payload = vec![b'a' + u8::try_from(writer % 26).expect("small"); 20 + number * 7 % 100];
    let commit = Commit::with_id(CommitId::from_key(&format!("{writer}/{number}")));
    let events = vec![event(payload); 1 + number % 2];
    commit.append(account(writer), ExpectedVersion::Any, events)
}

/// What an append came to, as a line for the parent.
pub(super) fn say(store: &SledStore, writer: usize, number: usize) -> bool {
    let result = block_on(store.append(nth(writer, number)));
    match &result {
        Ok(committed) => {
            let (first, last) = (committed.receipt.first, committed.receipt.last);
            println!("\n> acked {writer} {number} {first} {last}");
        }
        Err(AppendError::OutcomeUnknown { commit_id, reason }) => {
            assert_eq!(*commit_id, nth(writer, number).commit_id);
            println!("\n> unknown {writer} {number} {reason}");
        }
        Err(AppendError::Poisoned { reason }) => {
            println!("\n> poisoned {writer} {number} {reason}");
        }
        Err(AppendError::StorageFull { reason }) => println!("\n> full {writer} {number} {reason}"),
        Err(other) => panic!("{other:?}"),
    }
    result.is_ok()
}

/// The numbers at the beginning of a line.
fn numbers(line: &str) -> Vec<usize> {
    let words = line.split(' ');
    words.map_while(|word| word.parse().ok()).collect()
}

/// Opens the store that a child has left and compares it with what the child had said: acknowledged commits are there,
/// refused ones are not, and asking again tells about the others. Returns how many events were looked for, and how many
/// of these were not there.
pub(super) fn check(dir: &Path, said: &Said) -> (u64, u64) {
    let store = SledStore::open(dir).expect("it opens");
    let events = log(&store).expect("the log");
    assert!(store.verify().expect("a report").is_sound());
    let (mut checked, mut missing) = (0, 0);
    for line in said.all("acked") {
        let [writer, number, first, last] = numbers(line)[..] else {
            panic!("{line}")
        };
        let commit = nth(writer, number);
        checked += commit.event_count() as u64;
        let there = events.get(first - 1..last);
        if !there.is_some_and(|there| {
            there[0].commit_id == commit.commit_id && commit.is_recorded_as(there)
        }) {
            missing += commit.event_count() as u64;
        }
    }
    for line in said.all("poisoned").chain(said.all("full")) {
        let [writer, number] = numbers(line)[..2] else {
            panic!("{line}")
        };
        let found = block_on(store.find_commit(nth(writer, number).commit_id));
        assert_eq!(found.expect("a lookup"), None, "it was refused: {line}");
    }
    for line in said.all("unknown") {
        let [writer, number] = numbers(line)[..2] else {
            panic!("{line}")
        };
        let commit = nth(writer, number);
        let before = events
            .iter()
            .any(|event| event.commit_id == commit.commit_id);
        let committed = append(&store, commit.clone());
        assert_eq!(committed.duplicate, before, "{line}");
        let now = log(&store).expect("the log");
        let here = now
            .iter()
            .filter(|event| event.commit_id == commit.commit_id);
        assert_eq!(here.count(), commit.event_count(), "once: {line}");
    }
    (checked, missing)
}
