//! Given an instance of a process manager, when something happens, then these commands, events and timers follow.

mod given;
mod life;
mod then;
mod timers;
mod twice;

use eventsourcing::{Aggregate, ProcessManager};

pub use self::given::{GivenProcess, given_process};
pub use self::then::Reacted;

type EventOf<M> = <<M as ProcessManager>::State as Aggregate>::Event;
