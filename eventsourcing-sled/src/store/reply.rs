//! How the writer answers the tasks that wait for it.
//!
//! Waking a task from outside its runtime costs a system call or two. So the writer wakes one task of a group, and that one,
//! already inside the runtime, wakes the others: the [`Relay`]. Should it not get to run soon, or not at all, the writer
//! wakes the others itself before it does anything that takes time.

use std::future::Future;
use std::mem;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

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
    Done,
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
            State::Answered(..) | State::Done => None,
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
            waker.wake();
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
        // Not answered: the writer is gone.
        if let Some(waker) = self.0.take().and_then(|slot| slot.set(State::Done)) {
            waker.wake();
        }
    }
}

/// The waiting task's end: the answer, or `None` if there will be none.
#[derive(Debug)]
pub(super) struct Waiting<T>(Arc<Slot<T>>);

impl<T> Future for Waiting<T> {
    type Output = Option<T>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<T>> {
        let mut state = self.0.state();
        if let State::Open(waker) = &mut *state {
            match waker {
                Some(waker) => waker.clone_from(cx.waker()),
                None => *waker = Some(cx.waker().clone()),
            }
            return Poll::Pending;
        }
        let done = mem::replace(&mut *state, State::Done);
        drop(state);
        match done {
            State::Answered(answer, relay) => {
                if let Some(relay) = relay {
                    relay.wake_all();
                }
                Poll::Ready(Some(answer))
            }
            State::Open(_) | State::Done => Poll::Ready(None),
        }
    }
}

impl<T> Drop for Waiting<T> {
    /// Whoever is woken and does not take the answer still has to wake the others.
    fn drop(&mut self) {
        let done = mem::replace(&mut *self.0.state(), State::Done);
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
            waker.wake();
        }
    }

    /// Wakes all that have not been woken yet.
    pub(super) fn wake_all(&self) {
        // Not under the lock: what is woken may come here at once.
        let wakers = mem::take(&mut *self.wakers());
        wakers.into_iter().for_each(Waker::wake);
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
        fn poll(&mut self) -> Poll<Option<u8>> {
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
            Poll::Ready(Some(u8::try_from(first).expect("small")))
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
        assert_eq!((task.woken(), task.poll()), (1, Poll::Ready(None)));
    }
}
