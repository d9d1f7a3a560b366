//! [`AggregateId`]: what can name an aggregate instance, and [`ParseId`]: the way back from its text.

use std::error::Error;
use std::fmt::{Debug, Display};
use std::hash::Hash;
use std::str::FromStr;

/// The id of an aggregate instance. Its text names the stream, so it must round-trip: parsing what `Display` writes
/// gives an equal id.
///
/// Ready for [`String`], [`Uuid`](uuid::Uuid) and the integers; `#[derive(AggregateId)]` makes a newtype of one of them
/// an id.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an aggregate id",
    label = "missing `#[derive(eventsourcing::AggregateId)]`",
    note = "derive it on a newtype (`struct AccountId(u64)`), or use `String`, `Uuid` or an integer"
)]
pub trait AggregateId:
    ParseId + Display + Clone + Debug + Eq + Hash + Send + Sync + 'static
{
}

/// Reads an id from its text. Everything has it that implements [`FromStr`] with an error that is one.
///
/// It is a trait of its own because of what rustc says where `#[derive(AggregateId)]` is missing: with
/// `FromStr<Err: Error>` as a bound of [`AggregateId`] it asked for `FromStr`, and not for the derive.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be read from the text of an id",
    label = "its `FromStr` needs an error that implements `std::error::Error`",
    note = "what `FromStr::Err` must be: `std::error::Error + Send + Sync + 'static`"
)]
pub trait ParseId: FromStr {
    /// The id that is written as `text`.
    ///
    /// # Errors
    /// What [`FromStr`] says; a retry does not help.
    fn parse_id(text: &str) -> Result<Self, Box<dyn Error + Send + Sync>>;
}

#[diagnostic::do_not_recommend]
impl<T: FromStr<Err: Error + Send + Sync + 'static>> ParseId for T {
    fn parse_id(text: &str) -> Result<Self, Box<dyn Error + Send + Sync>> {
        Ok(text.parse()?)
    }
}

macro_rules! aggregate_ids {
    ($($ty:ty),*) => { $(impl AggregateId for $ty {})* };
}

aggregate_ids!(
    String,
    uuid::Uuid,
    u8,
    u16,
    u32,
    u64,
    u128,
    usize,
    i8,
    i16,
    i32,
    i64,
    i128,
    isize
);
