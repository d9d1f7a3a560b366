//! Process managers: state that reacts to events by asking for commands and setting timers.
//!
//! ```text
//! event ─► correlate ─► instance ─► react ─► ONE commit: own events + what was decided   (recorded.rs)
//!                                              └► timers: rows beside the progress        (timers.rs)
//!                                              └► commands, with keys of their own        (dispatch.rs)
//! ```
//!
//! Whatever is interrupted is done again from the recorded decision, which is never made twice.

mod context;
mod define;
mod dispatch;
mod handler;
mod instance;
mod reaction;
mod recorded;
mod taken_up;
mod timers;

pub use self::context::ProcessContext;
pub use self::define::{Correlation, ProcessManager};
pub use self::dispatch::{Dispatch, DispatchError};
pub use self::reaction::{Reaction, TimerChange};
