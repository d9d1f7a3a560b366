//! Writing an older version, while readers of the newer one are still on their way.

use crate::upcast::UpcastError;

/// One step back: how today's payload was written in the version before.
///
/// For rolling out a new version in two steps. First every program learns to read it and goes on writing the old one,
/// `#[es(version = 2, from(v1 = v1::Opened), write = 1)]`; when all of them run, `write` is removed. What the old version
/// has no place for is lost on the way, or an error.
///
/// ```
/// use eventsourcing::{Downcast, Event, UpcastError};
/// use serde::{Deserialize, Serialize};
///
/// #[derive(Debug, Serialize, Deserialize)]
/// pub struct Opened { pub owner: String, pub currency: String }
///
/// #[derive(Debug, Event)]
/// pub enum AccountEvent {
///     #[es(name = "account.opened", version = 2, from(v1 = v1::Opened), write = 1)]
///     Opened(Opened),
/// }
///
/// pub mod v1 {
///     #[derive(serde::Serialize, serde::Deserialize)]      // `Serialize` only as long as it is written
///     pub struct Opened { pub owner: String }
/// }
/// impl From<v1::Opened> for Opened {
///     fn from(old: v1::Opened) -> Self { Opened { owner: old.owner, currency: "EUR".into() } }
/// }
/// impl Downcast<v1::Opened> for Opened {
///     fn downcast(&self) -> Result<v1::Opened, UpcastError> {
///         if self.currency != "EUR" { return Err(UpcastError::msg("version 1 knows no other currency than EUR")) }
///         Ok(v1::Opened { owner: self.owner.clone() })
///     }
/// }
///
/// # use eventsourcing::{Json, NewEvent};
/// let opened = AccountEvent::from(Opened { owner: "Ada".into(), currency: "EUR".into() });
/// let stored = NewEvent::encode(&opened, &Json)?;
/// assert_eq!((stored.schema_version, &stored.payload[..]), (1, &br#"{"owner":"Ada"}"#[..]));
/// # Ok::<(), eventsourcing::FormatError>(())
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be written as its older version `{Older}`",
    label = "`write` asks for this version, and nothing turns `{Self}` into `{Older}`",
    note = "implement `eventsourcing::Downcast<{Older}>` for `{Self}`, or remove `write` if every reader knows the new version"
)]
pub trait Downcast<Older>: Sized {
    /// Turns this version's payload into the version before.
    ///
    /// # Errors
    /// Whatever the older version has no words for; the event is then not written.
    fn downcast(&self) -> Result<Older, UpcastError>;
}
