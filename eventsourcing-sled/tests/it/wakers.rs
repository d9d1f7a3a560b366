//! What the writer wakes is somebody else's code: it may panic, and it may let go of the last handle.

use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, mpsc};
use std::task::{Context, Poll, Wake, Waker};
use std::time::Duration;

use eventsourcing::{Clock, EventStore, Timestamp};
use eventsourcing_sled::SledStore;

use crate::support::{LIMIT, account, append, block_on, commit, log, wait_until};

/// A clock that holds up the writer until it is let go.
#[derive(Debug)]
struct Gate(Mutex<mpsc::Receiver<()>>);

impl Clock for Gate {
    fn now(&self) -> Timestamp {
        // After the first time the sender is gone, and nobody waits.
        let _ = self.0.lock().expect("no panic").recv_timeout(LIMIT);
        Timestamp::now()
    }
}

/// A store whose writer waits, and what lets it go on.
fn held_up(dir: &std::path::Path) -> (SledStore, mpsc::Sender<()>) {
    let (open, gate) = mpsc::channel();
    open.send(()).expect("for opening");
    let clock = Arc::new(Gate(Mutex::new(gate)));
    let store = SledStore::builder()
        .clock(clock)
        .open(dir)
        .expect("a store");
    (store, open)
}

struct Panics(AtomicBool);

impl Wake for Panics {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::SeqCst);
        panic!("somebody else's trouble");
    }
}

#[test]
fn a_panicking_waker_harms_nobody() {
    let dir = tempfile::tempdir().expect("a directory");
    let (store, open) = held_up(dir.path());
    let panics = Arc::new(Panics(AtomicBool::new(false)));
    let mut appending = store.append(commit(&account(1), 1));
    let waker = Waker::from(panics.clone());
    assert!(
        appending
            .as_mut()
            .poll(&mut Context::from_waker(&waker))
            .is_pending()
    );
    drop(open);
    wait_until("waking", || panics.0.load(Ordering::SeqCst));
    assert!(block_on(appending).is_ok());
    append(&store, commit(&account(2), 1));
    assert_eq!(log(&store).expect("the log").len(), 2);
    assert_eq!(store.stats().expect("figures").poisoned, None);
}

type Running = Pin<Box<dyn Future<Output = ()> + Send>>;

/// A task that only its waker knows of: waking it is the end of it.
struct Forgotten(Mutex<Option<Running>>);

impl Wake for Forgotten {
    fn wake(self: Arc<Self>) {}
}

#[test]
fn the_last_handle_may_be_let_go_by_the_writer() {
    let dir = tempfile::tempdir().expect("a directory");
    let (store, open) = held_up(dir.path());
    let task = Arc::new(Forgotten(Mutex::new(None)));
    let mut appending: Running = Box::pin(async move {
        let _ = store.append(commit(&account(1), 1)).await;
    });
    let waker = Waker::from(task.clone());
    let polled = appending.as_mut().poll(&mut Context::from_waker(&waker));
    assert_eq!(polled, Poll::Pending);
    *task.0.lock().expect("no panic") = Some(appending);
    // From here on the store's waker alone knows of the task, and the task alone of the store.
    drop((waker, task));
    drop(open);
    let mut found = None;
    wait_until("closing", || {
        std::thread::sleep(Duration::from_millis(5));
        found = SledStore::open(dir.path()).ok();
        found.is_some()
    });
    let store = found.expect("it opens");
    assert_eq!(log(&store).expect("the log").len(), 1);
}
