//! [`AggregateId`]: what can name an aggregate instance.

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
    Display
    + FromStr<Err: Error + Send + Sync + 'static>
    + Clone
    + Debug
    + Eq
    + Hash
    + Send
    + Sync
    + 'static
{
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
