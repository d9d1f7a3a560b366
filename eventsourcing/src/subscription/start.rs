//! [`StartAt`]: where a subscription begins.

use crate::time::Timestamp;
use crate::version::Position;

/// Where a [`Subscription`](crate::Subscription) begins.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum StartAt {
    /// With the first event of the log.
    #[default]
    Beginning,
    /// Behind what is in the log when the subscription begins: with its first call, or with
    /// [`Subscription::start`](crate::Subscription::start).
    End,
    /// Behind this position: a bookmark.
    After(Position),
    /// With the first event that was recorded at this time or later, which may lie ahead.
    Time(Timestamp),
}
