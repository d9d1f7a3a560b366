//! Work that may take long, kept away from the threads that everybody's tasks run on.

use std::panic::resume_unwind;
use std::sync::Arc;

use tokio::runtime::Handle;

use super::rows::RowError;

/// Does it on a thread that is there for blocking, or here if there is no runtime. It is done to its end even if nobody waits
/// for it any more.
pub(super) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, RowError> {
    let Ok(runtime) = Handle::try_current() else {
        return Ok(work());
    };
    runtime.spawn_blocking(work).await.map_err(|error| {
        match error.try_into_panic() {
            Ok(panic) => resume_unwind(panic),
            // The runtime ends; nothing was done.
            Err(error) => RowError::Unavailable {
                source: Arc::new(error),
            },
        }
    })
}
