//! What can go wrong. Each error says what to do about it; match on the kinds, show the text.

mod append;
mod decode;
mod read;

pub use self::append::AppendError;
pub use self::decode::{DecodeError, DecodeErrorKind};
pub use self::read::ReadError;
