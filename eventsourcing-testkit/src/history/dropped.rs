//! [`drop_after`]: futures that are given up.

use std::future::poll_fn;
use std::pin::pin;
use std::task::Poll;

/// Polls a future up to so many times, each time it is woken, and drops it then; `None` if it was not done.
///
/// With 0, 1, 2 … until there is a result, a future is dropped at each of its await points once.
///
/// ```
/// use eventsourcing_testkit::history::drop_after;
/// # tokio::runtime::Builder::new_current_thread().build()?.block_on(async {
/// let two_steps = || async { tokio::task::yield_now().await; 7 };
/// assert_eq!(drop_after(1, two_steps()).await, None);
/// assert_eq!(drop_after(2, two_steps()).await, Some(7));
/// # });
/// # Ok::<_, std::io::Error>(())
/// ```
pub async fn drop_after<T>(polls: usize, future: impl Future<Output = T>) -> Option<T> {
    let mut future = pin!(future);
    let mut left = polls;
    poll_fn(move |cx| {
        let Some(rest) = left.checked_sub(1) else {
            return Poll::Ready(None);
        };
        left = rest;
        match future.as_mut().poll(cx) {
            Poll::Ready(value) => Poll::Ready(Some(value)),
            Poll::Pending if left == 0 => Poll::Ready(None),
            Poll::Pending => Poll::Pending,
        }
    })
    .await
}
