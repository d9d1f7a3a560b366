//! The one thread that writes. It decides every conflict, and one sync serves all appends that wait at the same time.

use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::mpsc::Receiver;
use std::thread::{self, Builder, JoinHandle};
use std::time::{Duration, Instant};

use eventsourcing::{AppendCondition, AppendError, ExpectedVersion, HeadPublisher, Timestamp};

use super::group::Group;
use super::heads::Heads;
use super::queue::{Gate, Room};
use super::reply::{Answer, Relay};
use super::shared::Shared;
use crate::config::Durability;
use crate::index::{CommitPlace, Postings, panic_text};
use crate::log::LogWriter;
use crate::log::frame::Draft;

/// Most commits in a group.
const MAX_JOBS: usize = 1024;
/// A group with as many bytes waits for no more.
const MAX_BYTES: usize = 1 << 20;

/// How long the writer waits for each task that was answered a moment ago to come back, and for all of them at most.
const PER_TASK: Duration = Duration::from_micros(3);
const MAX_PATIENCE: Duration = Duration::from_micros(100);
/// Most that [`Durability::Group`] waits, whatever it asks for.
const MAX_DELAY: Duration = Duration::from_secs(60);

/// What the writer is asked to do.
#[derive(Debug)]
pub(super) enum Message {
    Append(Box<Job>),
    /// End, after everything that was asked before.
    Close,
}

/// An append on its way to the log.
#[derive(Debug)]
pub(super) struct Job {
    pub(super) draft: Draft,
    pub(super) postings: Postings,
    /// Per stream, in the commit's order.
    pub(super) expected: Vec<ExpectedVersion>,
    pub(super) condition: Option<AppendCondition>,
    /// Taken when it is answered.
    pub(super) reply: Option<Answer<Reply>>,
    /// What it takes in the queue; taken when it is staged.
    pub(super) room: Option<Room>,
}

/// What became of an append.
#[derive(Debug)]
pub(super) enum Reply {
    Written {
        first: u64,
        recorded_at: Timestamp,
        /// The versions that its streams had before.
        versions: Vec<u64>,
        /// What is left of the job. Whoever made it frees it: here it would cost the time of all who wait.
        spent: Box<Job>,
    },
    /// The commit id is known: whether it is the same commit is for the caller to find out.
    Known(CommitPlace),
    /// The `part`-th stream is not as expected.
    Conflict {
        part: usize,
        actual: u64,
    },
    Failed(AppendError),
}

/// The writer's state.
#[derive(Debug)]
pub(super) struct Writer {
    pub(super) shared: Arc<Shared>,
    /// Its watches end with the writer, so that nobody waits for more of a closed store.
    pub(super) publisher: HeadPublisher,
    pub(super) log: LogWriter,
    pub(super) heads: Heads,
    /// When the last commit was recorded.
    pub(super) recorded_at: Timestamp,
    pub(super) group: Group,
    /// Wakes those whose commits were written last.
    pub(super) relay: Arc<Relay>,
    durability: Durability,
}

impl Writer {
    pub(super) fn new(
        shared: Arc<Shared>,
        publisher: HeadPublisher,
        log: LogWriter,
        recorded_at: Timestamp,
        durability: Durability,
    ) -> Self {
        let (heads, group) = (Heads::default(), Group::default());
        Self {
            shared,
            publisher,
            log,
            heads,
            recorded_at,
            group,
            relay: Arc::default(),
            durability,
        }
    }
}

/// Starts the thread.
pub(super) fn start(
    mut writer: Writer,
    jobs: Receiver<Message>,
    gate: Gate,
) -> io::Result<JoinHandle<()>> {
    Builder::new()
        .name("eventsourcing-log".into())
        .spawn(move || {
            // A panic must not leave anybody waiting, nor a log in use of which nobody knows the state.
            if let Err(panic) = catch_unwind(AssertUnwindSafe(|| writer.run(&jobs))) {
                let text = panic_text(panic.as_ref());
                writer.give_up(&format!("the writer panicked: {text}"));
                while let Ok(message) = jobs.try_recv() {
                    writer.take(message);
                }
            }
            // Whoever comes now finds the queue closed.
            drop(gate);
            drop(jobs);
            writer.end();
        })
}

impl Writer {
    fn run(&mut self, jobs: &Receiver<Message>) {
        let mut previous = 0;
        while let Some(message) = self.first(jobs, previous) {
            let mut open = self.take(message);
            let mut taken = 1;
            let deadline = Instant::now() + self.patience(previous);
            while open && taken < MAX_JOBS && self.group.bytes() < MAX_BYTES {
                match self.more(jobs, taken, previous, deadline) {
                    Some(message) => open = self.take(message),
                    None => break,
                }
                taken += 1;
            }
            previous = taken;
            self.relay.wake_all();
            self.finish_group();
            if !open {
                // What was sent before the store was closed is still answered.
                while let Ok(message) = jobs.try_recv() {
                    self.take(message);
                }
                self.finish_group();
                break;
            }
        }
        self.relay.wake_all();
    }

    /// Begins with an append; `false` if it is time to end.
    fn take(&mut self, message: Message) -> bool {
        match message {
            Message::Append(job) => {
                self.admit(job);
                true
            }
            Message::Close => false,
        }
    }

    /// How long it is worth waiting for those who were answered a moment ago: they are likely to be back with their
    /// next, and sharing a sync with them costs less than making them wait for one of their own.
    fn patience(&self, previous: usize) -> Duration {
        match self.durability {
            Durability::Group { max_delay } => max_delay.min(MAX_DELAY),
            _ if previous > 1 => {
                (PER_TASK * u32::try_from(previous).unwrap_or(u32::MAX)).min(MAX_PATIENCE)
            }
            _ => Duration::ZERO,
        }
    }

    /// Waits for the first message of a group; `None` if nobody can send one any more.
    fn first(&self, jobs: &Receiver<Message>, previous: usize) -> Option<Message> {
        if previous > 1 {
            let deadline = Instant::now() + MAX_PATIENCE;
            while Instant::now() < deadline {
                if let Ok(message) = jobs.try_recv() {
                    return Some(message);
                }
                thread::yield_now();
            }
        }
        // Nobody must be left asleep over what may be a long wait.
        self.relay.wake_all();
        jobs.recv().ok()
    }

    /// The next message for the group, if there is one or it is worth waiting for one.
    fn more(
        &self,
        jobs: &Receiver<Message>,
        taken: usize,
        previous: usize,
        deadline: Instant,
    ) -> Option<Message> {
        if let Ok(message) = jobs.try_recv() {
            return Some(message);
        }
        if let Durability::Group { .. } = self.durability {
            self.relay.wake_all();
            let left = deadline.saturating_duration_since(Instant::now());
            return jobs.recv_timeout(left).ok();
        }
        while taken < previous && Instant::now() < deadline {
            thread::yield_now();
            if let Ok(message) = jobs.try_recv() {
                return Some(message);
            }
        }
        None
    }

    /// Leaves the log without preallocated room, durable.
    fn end(&mut self) {
        if self.shared.poisoned().is_some() {
            return;
        }
        if let Err(error) = self.log.close() {
            tracing::error!(%error, "closing the log failed; what was acknowledged is durable");
        }
        self.count();
    }
}
