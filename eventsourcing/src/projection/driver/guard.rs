//! Guarding what users wrote: a panic or a hang is a failure of the event, not of the driver.

use std::any::Any;
use std::fmt;
use std::future::{Future, poll_fn};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::task::Poll;
use std::time::Duration;

use crate::time::Clock;

/// Why a future came to nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Cut {
    /// What the panic said.
    Panicked(String),
    /// It took longer than this.
    TimedOut(Duration),
}

impl fmt::Display for Cut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Panicked(panic) => write!(f, "it panicked: {panic}"),
            Self::TimedOut(longest) => write!(f, "it took longer than {longest:?}"),
        }
    }
}

/// What a future comes to, or why it came to nothing.
pub(crate) async fn guarded<T>(
    clock: &dyn Clock,
    longest: Option<Duration>,
    future: impl Future<Output = T>,
) -> Result<T, Cut> {
    let mut future = pin!(future);
    let mut alarm = None;
    poll_fn(|cx| {
        // What it may have left half done is thrown away with its transaction.
        match catch_unwind(AssertUnwindSafe(|| future.as_mut().poll(cx))) {
            Ok(Poll::Ready(value)) => return Poll::Ready(Ok(value)),
            Ok(Poll::Pending) => {}
            Err(panic) => return Poll::Ready(Err(Cut::Panicked(text(&*panic).to_owned()))),
        }
        // Most events are handled without waiting, so most need no timer.
        let Some(longest) = longest else {
            return Poll::Pending;
        };
        let alarm = alarm.get_or_insert_with(|| clock.sleep(longest));
        match alarm.as_mut().poll(cx) {
            Poll::Ready(()) => Poll::Ready(Err(Cut::TimedOut(longest))),
            Poll::Pending => Poll::Pending,
        }
    })
    .await
}

/// What a panic said.
pub(super) fn text(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| panic.downcast_ref::<&str>().copied())
        .unwrap_or("something that is no text")
}
