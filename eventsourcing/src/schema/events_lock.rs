//! The macro that makes a test of a lock file.

/// A test that your events are stored as they were when they were released.
///
/// Put it into a test module or an integration test of your crate. The path is relative to the crate's `Cargo.toml`.
/// All payloads of the sets, those of old versions too, derive [`Schema`](crate::Schema). `formats` lists the formats
/// in which stores may hold events; JSON where it is left out.
///
/// ```
/// use eventsourcing::{Event, Schema};
///
/// #[derive(serde::Serialize, serde::Deserialize, Schema)]
/// pub struct Opened { pub owner: String }
///
/// #[derive(Event)]
/// pub enum AccountEvent {
///     #[es(name = "account.opened")]
///     Opened(Opened),
/// }
///
/// #[cfg(test)]
/// mod tests {
///     use super::*;
///     eventsourcing::events_lock!("events.lock", [AccountEvent]);
/// }
/// ```
///
/// `ES_LOCK=update cargo test` writes the file: new events and versions enter it as `draft` and follow the code, until
/// `es lock release` (of `eventsourcing-cli`) turns them into `released`. A released line never changes; a change of
/// the code that would need it fails the test, with the rule, the place and what to write instead. Each version keeps a
/// golden payload that today's code must read as it did before.
#[macro_export]
macro_rules! events_lock {
    ($path:expr, [$($set:ty),+ $(,)?] $(,)?) => {
        $crate::events_lock!($path, [$($set),+], formats = [$crate::Json]);
    };
    ($path:expr, [$($set:ty),+ $(,)?], formats = $formats:tt $(,)?) => {
        #[::core::prelude::v1::test]
        fn events_lock() {
            let check = $crate::__private::Check::new(::core::env!("CARGO_MANIFEST_DIR"), $path);
            $(let check = $crate::__events_lock_set!(check, $set, $formats);)+
            check.run();
        }
    };
}

/// One set in all formats.
#[doc(hidden)]
#[macro_export]
macro_rules! __events_lock_set {
    ($check:ident, $set:ty, [$($format:expr),+ $(,)?]) => {
        $check.set::<$set>()$(.format::<$set, _>($format))+
    };
}
