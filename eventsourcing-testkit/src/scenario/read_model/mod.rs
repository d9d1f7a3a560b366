//! Given events, then these rows.

mod fold;
mod given;
mod lossy;
mod rows;
mod then;

pub use self::given::{Projected, projected};
pub use self::then::Folded;
