//! [`Then`]: the decision was as expected; the state after it may be checked too.

use std::fmt::Debug;

use super::diff::list;

/// A checked decision, with the state after it.
#[derive(Debug)]
pub struct Then<A> {
    pub(super) state: A,
}

impl<A: Debug> Then<A> {
    /// The predicate holds for the state after the command's events; after a refusal that is the state before it.
    ///
    /// # Panics
    /// If it does not.
    #[track_caller]
    pub fn then_state(self, predicate: impl FnOnce(&A) -> bool) -> Self {
        check_state(&self.state, predicate);
        self
    }
}

#[track_caller]
pub(super) fn check_state<A: Debug>(state: &A, predicate: impl FnOnce(&A) -> bool) {
    assert!(
        predicate(state),
        "the state is not as expected:\n{}",
        list(&[state])
    );
}
