//! How the writer answers the tasks that wait for it.
//!
//! Waking a task from outside its runtime costs a system call or two. So the writer wakes one task of a group, and that one,
//! already inside the runtime, wakes the others: the [`Relay`]. Should it not get to run soon, or not at all, the writer
//! wakes the others itself before it does anything that takes time.

use std::future::Future;
use std::mem;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};
use std::thread;

use crate::index::panic_text;

/// Makes both ends of an answer.
pub(super) fn channel<T>() -> (Answer<T>, Waiting<T>) {
    let slot = Arc::new(Slot(Mutex::new(State::Open(None))));
    (Answer(Some(slot.clone())), Waiting(slot))
}

#[derive(Debug)]
struct Slot<T>(Mutex<State<T>>);

#[derive(Debug)]
enum State<T> {
    /// Not answered yet.
    Open(Option<Waker>),
    Answered(T, Option<Arc<Relay>>),
    /// There will be no answer, or it has been taken.
    Done(Unanswered),
}

impl<T> Slot<T> {
    fn state(&self) -> MutexGuard<'_, State<T>> {
        // Each change is a single assignment, so a panic elsewhere cannot leave it torn.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Changes the state and returns who waits for that.
    fn set(&self, state: State<T>) -> Option<Waker> {
        match mem::replace(&mut *self.state(), state) {
            State::Open(waker) => waker,
            State::Answered(..) | State::Done(_) => None,
        }
    }
}

/// The writer's end.
#[derive(Debug)]
pub(super) struct Answer<T>(Option<Arc<Slot<T>>>);

impl<T> Answer<T> {
    /// Answers and wakes.
    pub(super) fn send(self, answer: T) {
        if let Some(waker) = self.put(answer, None) {
            wake(waker);
        }
    }

    /// Answers, and leaves the waking to the relay.
    pub(super) fn send_by(self, answer: T, relay: &Arc<Relay>) {
        if let Some(waker) = self.put(answer, Some(relay.clone())) {
            relay.wakers().push(waker);
        }
    }

    fn put(mut self, answer: T, relay: Option<Arc<Relay>>) -> Option<Waker> {
        self.0.take()?.set(State::Answered(answer, relay))
    }
}

impl<T> Drop for Answer<T> {
    fn drop(&mut self) {
        // Not answered: the writer is gone, or about to go.
        let why = if thread::panicking() {
            Unanswered::Panicked
        } else {
            Unanswered::Untouched
        };
        let waker = self.0.take().and_then(|slot| slot.set(State::Done(why)));
        if let Some(waker) = waker {
            wake(waker);
        }
    }
}

/// The waiting task's end: the answer, or why there will be none.
#[derive(Debug)]
pub(super) struct Waiting<T>(Arc<Slot<T>>);

/// Why there is no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unanswered {
    /// The writer has ended before it looked at this.
    Untouched,
    /// The writer panicked over it.
    Panicked,
}

impl<T> Future for Waiting<T> {
    type Output = Result<T, Unanswered>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut state = self.0.state();
        if let State::Open(waker) = &mut *state {
            match waker {
                Some(waker) => waker.clone_from(cx.waker()),
                None => *waker = Some(cx.waker().clone()),
            }
            return Poll::Pending;
        }
        let done = mem::replace(&mut *state, State::Done(Unanswered::Untouched));
        drop(state);
        Poll::Ready(match done {
            State::Answered(answer, relay) => {
                if let Some(relay) = relay {
                    relay.wake_all();
                }
                Ok(answer)
            }
            State::Open(_) => Err(Unanswered::Untouched),
            State::Done(why) => Err(why),
        })
    }
}

impl<T> Drop for Waiting<T> {
    /// Whoever is woken and does not take the answer still has to wake the others.
    fn drop(&mut self) {
        let done = mem::replace(&mut *self.0.state(), State::Done(Unanswered::Untouched));
        if let State::Answered(_, Some(relay)) = done {
            relay.wake_all();
        }
    }
}

/// The tasks of a group that are still to be woken.
#[derive(Debug, Default)]
pub(super) struct Relay(Mutex<Vec<Waker>>);

impl Relay {
    fn wakers(&self) -> MutexGuard<'_, Vec<Waker>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Wakes one task, which wakes the others.
    pub(super) fn start(&self) {
        let first = self.wakers().pop();
        if let Some(waker) = first {
            wake(waker);
        }
    }

    /// Wakes all that have not been woken yet.
    pub(super) fn wake_all(&self) {
        // Not under the lock: what is woken may come here at once.
        let wakers = mem::take(&mut *self.wakers());
        wakers.into_iter().for_each(wake);
    }
}

/// Wakes somebody, whose trouble is none of the writer's.
fn wake(waker: Waker) {
    if let Err(panic) = catch_unwind(AssertUnwindSafe(|| waker.wake())) {
        tracing::error!(
            panic = panic_text(panic.as_ref()),
            "a task panicked while it was woken"
        );
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::task::Wake;

    use super::*;

    #[derive(Default)]
    struct Count(AtomicUsize);

    impl Wake for Count {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, Ordering::SeqCst);
        }
    }

    struct Task {
        woken: Arc<Count>,
        waiting: Option<Pin<Box<Waiting<u8>>>>,
    }

    impl Task {
        fn poll(&mut self) -> Poll<Result<u8, Unanswered>> {
            let waker = Waker::from(self.woken.clone());
            let waiting = self.waiting.as_mut().expect("not dropped");
            waiting.as_mut().poll(&mut Context::from_waker(&waker))
        }

        fn woken(&self) -> usize {
            self.woken.0.load(Ordering::SeqCst)
        }
    }

    /// Three tasks that wait, answered by a relay that has been started.
    fn answered() -> (Vec<Task>, Arc<Relay>) {
        let relay = Arc::new(Relay::default());
        let (answers, mut tasks): (Vec<_>, Vec<_>) = (0..3)
            .map(|_| {
                let (answer, waiting) = channel();
                (
                    answer,
                    Task {
                        woken: Arc::default(),
                        waiting: Some(Box::pin(waiting)),
                    },
                )
            })
            .unzip();
        for task in &mut tasks {
            assert_eq!(task.poll(), Poll::Pending);
        }
        for (answer, number) in answers.into_iter().zip(0..) {
            answer.send_by(number, &relay);
        }
        assert!(tasks.iter().all(|task| task.woken() == 0));
        relay.start();
        (tasks, relay)
    }

    fn woken(tasks: &[Task]) -> usize {
        tasks.iter().map(Task::woken).sum()
    }

    #[test]
    fn the_first_wakes_the_others() {
        let (mut tasks, _) = answered();
        assert_eq!(woken(&tasks), 1);
        let first = tasks
            .iter()
            .position(|task| task.woken() == 1)
            .expect("one");
        assert_eq!(
            tasks[first].poll(),
            Poll::Ready(Ok(u8::try_from(first).expect("small")))
        );
        assert!(tasks.iter().all(|task| task.woken() == 1));
    }

    #[test]
    fn a_dropped_first_wakes_the_others() {
        let (mut tasks, _) = answered();
        let first = tasks
            .iter()
            .position(|task| task.woken() == 1)
            .expect("one");
        tasks[first].waiting = None;
        assert!(tasks.iter().all(|task| task.woken() == 1));
    }

    #[test]
    fn an_idle_first_does_not_hold_up_the_others() {
        let (tasks, relay) = answered();
        relay.wake_all();
        relay.wake_all();
        assert!(tasks.iter().all(|task| task.woken() == 1));
    }

    #[test]
    fn no_answer_is_an_answer() {
        let (answer, waiting) = channel::<u8>();
        let mut task = Task {
            woken: Arc::default(),
            waiting: Some(Box::pin(waiting)),
        };
        assert_eq!(task.poll(), Poll::Pending);
        drop(answer);
        let unanswered = Poll::Ready(Err(Unanswered::Untouched));
        assert_eq!((task.woken(), task.poll()), (1, unanswered));
    }
}
