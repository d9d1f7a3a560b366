//! Given some history, when a command comes, then these events (or this refusal) follow.

mod diff;
mod given;
mod history;
mod then;
mod when;

pub use self::given::{Given, given};
pub use self::then::Then;
pub use self::when::When;
