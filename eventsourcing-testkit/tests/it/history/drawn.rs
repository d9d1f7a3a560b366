//! Histories drawn by hand: a correct one, to be spoilt.

use std::sync::Arc;

use bytes::Bytes;
use eventsourcing::*;
use eventsourcing_testkit::history::{Call, History, Operation, Violation, ViolationKind};

pub(crate) fn account(id: &str) -> StreamId {
    StreamId::new("account", id).expect("a stream id")
}

pub(crate) fn event(payload: impl Into<Bytes>) -> NewEvent {
    NewEvent {
        event_type: Arc::from("account.deposited"),
        schema_version: 1,
        readable_by: 1,
        format: FormatId::JSON,
        tags: Vec::new(),
        payload: payload.into(),
    }
}

/// A commit of so many events to one stream.
pub(crate) fn commit(id: &str, expected: ExpectedVersion, events: usize) -> Commit {
    let events = (0..events).map(|n| event(format!("{n}"))).collect();
    Commit::new().append(account(id), expected, events)
}

/// Calls one after the other on a correct store, and what is added to them.
pub(crate) struct Drawn {
    pub(crate) store: MemoryStore,
    pub(crate) log: Vec<RecordedEvent>,
    history: History,
    now: u64,
}

impl Drawn {
    pub(crate) fn new() -> Self {
        Self {
            store: MemoryStore::new(),
            log: Vec::new(),
            history: History::new(),
            now: 0,
        }
    }

    /// The correct history of three commits: one event for `ada`, two for `bob`, two more for `ada`.
    pub(crate) fn three() -> (Self, [(Commit, Committed); 3]) {
        let mut drawn = Self::new();
        let commits = [("ada", 1), ("bob", 2), ("ada", 2)].map(|(id, events)| {
            let commit = commit(id, ExpectedVersion::Any, events);
            let committed = drawn.append(&commit).expect("an append");
            (commit, committed)
        });
        assert_eq!(drawn.check().map(|checked| checked.events), Ok(5));
        (drawn, commits)
    }

    /// Appends, and notes it between two times of its own.
    pub(crate) fn append(&mut self, commit: &Commit) -> Result<Committed, AppendError> {
        let result = now(self.store.append(commit.clone()));
        self.note(Operation::append(commit, Some(&result)));
        let all = now(self.store.read_all(Position::START, &Filter::all(), 1000));
        self.log = all.expect("a page").events;
        result
    }

    /// Notes a call between two times of its own.
    pub(crate) fn note(&mut self, operation: Operation) {
        self.note_at(self.now + 1, Some(self.now + 2), operation);
    }

    pub(crate) fn note_at(&mut self, begun: u64, ended: Option<u64>, operation: Operation) {
        self.now = self.now.max(ended.unwrap_or(begun));
        self.history.note(Call {
            begun,
            ended,
            operation,
        });
    }

    /// Notes an append that was answered so.
    pub(crate) fn answered(&mut self, commit: &Commit, answer: &Result<Committed, AppendError>) {
        self.note(Operation::append(commit, Some(answer)));
    }

    /// A page of the log, as it is now.
    pub(crate) fn page(&self, after: u64, limit: usize) -> LogPage {
        let after = Position::new(after);
        now(self.store.read_all(after, &Filter::all(), limit)).expect("a page")
    }

    /// Notes a read of the log that came to this page.
    pub(crate) fn read(&mut self, after: u64, limit: usize, page: LogPage) {
        let (after, all) = (Position::new(after), Filter::all());
        self.note(Operation::read_all(after, &all, limit, &Ok(page)));
    }

    pub(crate) fn head(&mut self, head: u64) {
        self.note(Operation::head(&Ok(Position::new(head))));
    }

    pub(crate) fn check(&self) -> Result<eventsourcing_testkit::history::Checked, Violation> {
        self.history.check_log(&self.log)
    }

    /// Checks that just this is found, and that so many calls are named.
    #[track_caller]
    pub(crate) fn assert(&self, kind: ViolationKind, calls: usize) {
        let violation = self.check().expect_err("there is a violation");
        assert_eq!(violation.kind, kind, "{violation}");
        assert_eq!(violation.calls.len(), calls, "{violation}");
    }
}

/// The result of a future that need not wait.
pub(crate) fn now<T>(future: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().build();
    runtime.expect("a runtime").block_on(future)
}
