//! Stores to break, and what was in them.

use std::fmt::Display;
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use bytes::Bytes;
use eventsourcing::{
    Commit, Committed, EventStore, EventStoreExt, ExpectedVersion, Filter, FormatId, HeldTypes,
    NewEvent, Position, ReadError, RecordedEvent, StreamId, StreamRange, Tag,
};
use eventsourcing_sled::{OpenError, SledStore};

/// Most time for anything that is waited for. Generous: it is there to end a hang.
pub(crate) const LIMIT: Duration = Duration::from_secs(120);

pub(crate) fn block_on<T>(future: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build();
    let limited = async { tokio::time::timeout(LIMIT, future).await.expect("it hangs") };
    runtime.expect("a runtime").block_on(limited)
}

/// The same on several threads, for a future whose parts have limits of their own.
pub(crate) fn run_on_threads<T>(future: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_time()
        .build();
    runtime.expect("a runtime").block_on(future)
}

pub(crate) fn account(id: impl Display) -> StreamId {
    StreamId::new("account", &format!("{id}")).expect("a stream id")
}

pub(crate) fn event(payload: impl Into<Bytes>) -> NewEvent {
    NewEvent {
        event_type: "account.deposited".into(),
        schema_version: 1,
        readable_by: 1,
        format: FormatId::JSON,
        tags: Vec::new(),
        payload: payload.into(),
    }
}

pub(crate) fn commit(stream: &StreamId, events: usize) -> Commit {
    let tag = Tag::new(&format!("of:{stream}")).expect("a tag");
    let events = (0..events).map(|n| event(format!("{{\"n\":{n}}}")).with_tag(tag.clone()));
    Commit::new().append(stream.clone(), ExpectedVersion::Any, events.collect())
}

pub(crate) fn append(store: &SledStore, commit: Commit) -> Committed {
    block_on(store.append(commit)).expect("an append")
}

/// Appends `commits` commits of one event to each of five streams in turn.
pub(crate) fn fill(store: &SledStore, commits: usize) {
    for number in 0..commits {
        append(store, commit(&account(number % 5), 1));
    }
}

/// Everything in the store's log.
pub(crate) fn log(store: &SledStore) -> Result<Vec<RecordedEvent>, ReadError> {
    filtered(store, &Filter::all())
}

pub(crate) fn filtered(
    store: &SledStore,
    filter: &Filter,
) -> Result<Vec<RecordedEvent>, ReadError> {
    block_on(async {
        let (mut events, mut after) = (Vec::new(), Position::START);
        loop {
            let page = store.read_all(after, filter, 100).await?;
            events.extend(page.events);
            if page.next >= page.head {
                return Ok(events);
            }
            after = page.next;
        }
    })
}

pub(crate) fn stream(
    store: &SledStore,
    stream: &StreamId,
) -> Result<Vec<RecordedEvent>, ReadError> {
    block_on(async {
        let mut events = Vec::new();
        let mut range = Some(StreamRange::all().limit(100));
        while let Some(wanted) = range {
            let page = store.read_stream(stream, wanted).await?;
            events.extend(page.events);
            range = page.next;
        }
        Ok(events)
    })
}

/// Checks that the store has exactly these events, by every way to get at them.
pub(crate) fn check(store: &SledStore, expected: &[RecordedEvent]) {
    let events = log(store).expect("the log");
    assert!(
        events == expected,
        "{} events instead of {}",
        events.len(),
        expected.len()
    );
    let of = |id: u32| -> Vec<_> {
        expected
            .iter()
            .filter(|event| event.stream == account(id))
            .cloned()
            .collect()
    };
    for id in 0..5 {
        let own = of(id);
        assert!(
            stream(store, &account(id)).expect("a stream") == own,
            "stream {id}"
        );
        let tag = Tag::new(&format!("of:{}", account(id))).expect("a tag");
        assert!(
            filtered(store, &Filter::all().tag(tag)).expect("a tag") == own,
            "tag {id}"
        );
    }
    let mut written = HeldTypes::default();
    for event in expected {
        written.add(event);
    }
    let held = block_on(store.event_types()).expect("the types");
    assert_eq!(held, written.list());
    let typed = Filter::all()
        .category("account")
        .event_type("account.deposited");
    assert!(filtered(store, &typed).expect("a type") == expected, "type");
    for event in expected.iter().step_by(7) {
        let found = block_on(store.find_commit(event.commit_id)).expect("a lookup");
        assert_eq!(
            found.expect("the commit").committed.receipt.commit_id,
            event.commit_id
        );
    }
}

/// Checks that a store does not open, twice, because of what is at this position, and says so.
pub(crate) fn refused(dir: &Path, at: u64, words: &str) {
    for _ in 0..2 {
        match SledStore::open(dir) {
            Err(OpenError::Corruption {
                position, reason, ..
            }) => {
                assert_eq!(position, Position::new(at));
                assert!(reason.contains(words), "it says `{reason}`");
            }
            other => panic!("{other:?}"),
        }
    }
}

/// The log's files, in order.
pub(crate) fn segments(dir: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(dir.join("log")).expect("a log");
    let mut files: Vec<_> = entries
        .map(|entry| entry.expect("an entry").path())
        .collect();
    files.sort();
    files
}

/// Paths of everything in a directory, below it, in order.
pub(crate) fn entries(dir: &Path) -> Vec<String> {
    let mut found = Vec::new();
    for entry in fs::read_dir(dir).expect("a directory") {
        let path = entry.expect("an entry").path();
        let name = path.strip_prefix(dir).expect("below").display().to_string();
        if path.is_dir() {
            let below = entries(&path);
            found.extend(below.iter().map(|below| format!("{name}/{below}")));
        }
        found.push(name);
    }
    found.sort();
    found
}

pub(crate) fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a directory");
    for entry in fs::read_dir(from).expect("a directory") {
        let path = entry.expect("an entry").path();
        let target = to.join(path.file_name().expect("a name"));
        if path.is_dir() {
            copy(&path, &target);
        } else {
            fs::copy(&path, &target).expect("a copy");
        }
    }
}

/// This test program again, as another process that runs `role` with a store's directory.
pub(crate) fn child(role: &str, dir: &Path) -> Command {
    let mut command = Command::new(std::env::current_exe().expect("this program"));
    command
        .args(["--exact", role, "--nocapture"])
        .env("SLED_STORE_CHILD", dir)
        .stdout(Stdio::piped());
    command
}

/// The directory given to a child; `None` in a run of all tests.
pub(crate) fn child_dir() -> Option<PathBuf> {
    std::env::var_os("SLED_STORE_CHILD").map(PathBuf::from)
}

/// A running child. It is killed when it is dropped.
pub(crate) struct Running {
    child: Child,
    pub(crate) lines: std::io::Lines<BufReader<ChildStdout>>,
}

impl Running {
    pub(crate) fn start(mut command: Command) -> Self {
        let mut child = command.spawn().expect("a child");
        let lines = BufReader::new(child.stdout.take().expect("its output")).lines();
        Self { child, lines }
    }

    /// The rest of the first line that begins with `word`.
    pub(crate) fn wait_for(&mut self, word: &str) -> String {
        for line in &mut self.lines {
            let line = line.expect("output");
            // The test harness may have begun the line.
            if let Some((_, rest)) = line.split_once(word) {
                return rest.trim().to_owned();
            }
        }
        panic!("the child has ended without saying `{word}`");
    }

    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// What the child reads.
    pub(crate) fn input(&mut self) -> ChildStdin {
        self.child.stdin.take().expect("its input")
    }

    /// Writes a line to the child.
    pub(crate) fn say(&mut self, line: &str) {
        let mut input = self.child.stdin.take().expect("its input");
        // In one piece: a child that has read its beginning may be gone before the rest.
        let said = input.write_all(format!("{line}\n").as_bytes());
        said.expect("writing to the child");
    }

    /// Waits for its end.
    pub(crate) fn wait(&mut self) {
        self.child.wait().expect("the child's end");
    }

    pub(crate) fn kill(&mut self) {
        self.child.kill().expect("killing the child");
        self.child.wait().expect("the child's end");
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Waits until something holds.
pub(crate) fn wait_until(what: &str, mut holds: impl FnMut() -> bool) {
    let started = Instant::now();
    while !holds() {
        assert!(started.elapsed() < LIMIT, "{what} never happens");
        // Not to take the time of whoever makes it happen.
        std::thread::sleep(Duration::from_millis(1));
    }
}

/// A sled database that was just closed: its threads hold the lock a little longer.
pub(crate) fn open_sled(dir: &Path) -> sled::Db {
    let started = Instant::now();
    loop {
        match sled::open(dir) {
            Err(sled::Error::Io(error)) if started.elapsed() < LIMIT => {
                assert!(error.to_string().contains("lock"), "{error}");
                std::thread::sleep(Duration::from_millis(5));
            }
            opened => return opened.expect("a database"),
        }
    }
}
