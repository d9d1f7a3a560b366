//! [`Key`]: what rows are found by. The bytes of keys are in the order of the keys.

mod numbers;
mod range;
mod text;
mod tuple;

use std::fmt;

pub(super) use self::range::ByteRange;
pub use self::range::{KeyRange, PrefixOf, Under, under};

/// What the rows of a read model are found by: integers, `bool`, [`String`], bytes, [`Uuid`](uuid::Uuid),
/// [`Timestamp`](crate::Timestamp), [`Option`], the library's own ids and numbers, and tuples of up to four of these.
/// `#[derive(AggregateId)]` makes a newtype of one of them a key as well.
///
/// For a type of your own, say which key it is stored as:
///
/// ```
/// use eventsourcing::Key;
///
/// #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
/// struct Month { year: u16, month: u8 }
///
/// impl Key for Month {
///     fn kind() -> String {
///         <(u16, u8)>::kind()
///     }
///     fn encode(&self, bytes: &mut Vec<u8>) {
///         (self.year, self.month).encode(bytes);
///     }
///     fn decode(bytes: &mut &[u8]) -> Option<Self> {
///         let (year, month) = Key::decode(bytes)?;
///         Some(Self { year, month })
///     }
/// }
/// # let month = Month { year: 2026, month: 3 };
/// # let mut bytes = Vec::new();
/// # month.encode(&mut bytes);
/// # assert_eq!(Month::decode(&mut &bytes[..]), Some(month));
/// ```
///
/// # Contract
/// - Decoding what was encoded gives an equal key, and takes exactly the bytes that were written for it.
/// - Bytes are in the order of the keys, and no key's bytes are the beginning of another's.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a key of a read model",
    label = "not a `Key`",
    note = "use an integer, a `String`, a `Uuid`, a tuple of keys or a newtype with `#[derive(AggregateId)]`; or \
            implement `Key` by way of one of these"
)]
pub trait Key: fmt::Debug + Clone + Send + Sync + 'static {
    /// Names the encoding. It is stored: a table is not read with keys of another kind.
    fn kind() -> String;

    /// Appends the key's bytes.
    fn encode(&self, bytes: &mut Vec<u8>);

    /// Takes a key from the front of the bytes; `None` if there is none.
    fn decode(bytes: &mut &[u8]) -> Option<Self>;
}

/// Takes so many bytes from the front.
fn take<'a>(bytes: &mut &'a [u8], count: usize) -> Option<&'a [u8]> {
    let (taken, rest) = bytes.split_at_checked(count)?;
    *bytes = rest;
    Some(taken)
}
