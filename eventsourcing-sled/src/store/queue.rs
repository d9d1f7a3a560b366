//! The way to the writer: in order, and bounded in bytes, so that no flood of appends takes more memory than that.

use std::sync::Arc;
use std::sync::mpsc::{self, Receiver, Sender};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::writer::{Job, Message};

/// Most bytes of encoded commits that wait for the writer. A larger one waits alone.
const MAX_BYTES: u32 = 16 << 20;
/// What a waiting commit takes beside its encoded bytes, roughly.
const PER_JOB: usize = 512;

/// The callers' end.
#[derive(Debug)]
pub(super) struct Queue {
    jobs: Sender<Message>,
    /// Permits are bytes.
    room: Arc<Semaphore>,
}

/// Room in the queue, given back when it is dropped.
#[derive(Debug)]
pub(super) struct Room(OwnedSemaphorePermit);

/// The store is closed, or its writer has ended.
#[derive(Debug)]
pub(super) struct Closed;

impl Queue {
    pub(super) fn new() -> (Self, Receiver<Message>) {
        let (jobs, receiver) = mpsc::channel();
        let room = Arc::new(Semaphore::new(MAX_BYTES as usize));
        (Self { jobs, room }, receiver)
    }

    /// Waits for room for a commit of so many bytes. Whoever came first is served first; dropping the future gives its
    /// place back.
    pub(super) async fn room(&self, bytes: usize) -> Result<Room, Closed> {
        let bytes = u32::try_from(bytes + PER_JOB).unwrap_or(MAX_BYTES);
        let room = self.room.clone().acquire_many_owned(bytes.min(MAX_BYTES));
        room.await.map(Room).map_err(|_| Closed)
    }

    /// Hands a job over.
    pub(super) fn send(&self, job: Box<Job>) -> Result<(), Closed> {
        self.jobs.send(Message::Append(job)).map_err(|_| Closed)
    }

    /// Lets nobody in any more, and asks the writer to end.
    pub(super) fn close(&self) {
        self.room.close();
        // If it has ended already, there is nothing to tell it.
        let _ = self.jobs.send(Message::Close);
    }

    /// What the writer closes when it ends, so that nobody waits for room any more.
    pub(super) fn gate(&self) -> Gate {
        Gate(self.room.clone())
    }
}

/// Lets nobody in any more once it is dropped.
#[derive(Debug)]
pub(super) struct Gate(Arc<Semaphore>);

impl Drop for Gate {
    fn drop(&mut self) {
        self.0.close();
    }
}

impl Room {
    /// Puts this room to that of others, so that it is given back at once.
    pub(super) fn join(self, others: &mut Option<Self>) {
        match others {
            Some(others) => others.0.merge(self.0),
            None => *others = Some(self),
        }
    }
}
