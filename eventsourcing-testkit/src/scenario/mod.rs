//! Given some history, when a command comes, then these events (or this refusal) follow; and the same for read models and
//! process managers.

mod diff;
mod given;
mod history;
mod process;
mod read_model;
mod then;
mod when;

pub use self::given::{Given, given};
pub use self::process::{GivenProcess, Reacted, given_process};
pub use self::read_model::{Folded, Projected, projected};
pub use self::then::Then;
pub use self::when::When;
