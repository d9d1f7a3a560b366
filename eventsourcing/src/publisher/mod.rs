//! Publishers: the log sent on to a bus, at least once and in order per stream.
//!
//! ```text
//! event ─► Relay (a Handler of the projections' driver) ─► Bus::publish ─► commit of the progress
//! ```
//!
//! What is in the log will be sent, for the log is the outbox; what was sent and not committed is sent again.

mod bus;
mod in_process;
mod relay;

pub use self::bus::{Bus, PublishError};
pub use self::in_process::{BusSubscriber, InProcessBus};
