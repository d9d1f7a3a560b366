//! Dispatch: from an event to the state's own method.

/// A state's transition for one event type.
///
/// Pure and total: no I/O, no clock, no error. The event is passed by value, so replay moves and never clones.
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no transition for event `{E}`",
    label = "missing `impl eventsourcing::Apply<{E}> for {Self}`",
    note = "replaying a stream must account for every event type; if this event changes nothing, write an empty `apply`"
)]
pub trait Apply<E> {
    /// Changes the state to what it is after `event`.
    fn apply(&mut self, event: E);
}

/// An event set that can drive the state `S`: an exhaustive `match` over [`Apply`], written by `#[derive(Event)]`.
pub trait Evolve<S> {
    /// Applies the event to the state.
    fn evolve(self, state: &mut S);
}
