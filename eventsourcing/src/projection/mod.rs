//! Projections: read models folded from the log.
//!
//! ```text
//! Projections ─► Supervisor ─► crew::drive ─► Driver ─► Handler (a Projection)
//! by name        which           one            one partition: reads the log, hands out events, commits
//!                generations     generation     effects and progress together
//! ```

mod anew;
mod board;
mod books;
mod catalogue;
mod crew;
mod decided;
mod define;
mod digest;
mod driver;
mod entry;
mod error;
mod failing;
mod fingerprint;
mod handler;
mod history;
mod operator;
mod options;
mod parked;
mod parking;
mod partition;
mod pause;
mod progress;
mod projections;
mod rebuild;
pub(crate) mod rows;
mod runner;
mod status;
mod stop;
mod store;
mod supervisor;
mod team;
mod trouble;
mod verify;
mod wait;

pub use self::catalogue::Paused;
pub use self::define::Projection;
pub use self::digest::{Digest, Seen};
pub(crate) use self::driver::guarded;
pub use self::error::{RunnerError, WaitError};
pub use self::failing::FailingTimer;
pub use self::fingerprint::Fingerprint;
pub(crate) use self::handler::{Due, Handler, HandlerError, Place, Waits};
pub use self::operator::{BegunAnew, EventSkipped, OperatorEvent, Retried};
pub use self::options::{Begin, CutOver, ProjectionOptions};
pub use self::parked::RetryOutcome;
pub(crate) use self::parking::cut;
pub use self::parking::{ParkedEvent, ParkedFailure};
pub use self::projections::Projections;
pub use self::runner::ProjectionRunner;
pub use self::status::{GenerationStatus, ProjectionState, ProjectionStatus};
pub use self::stop::StopReason;
pub use self::store::{Generation, ProjectionStore, ProjectionStoreError, ProjectionTx, Row};
pub use self::verify::{Coverage, Difference, DifferenceKind};
pub use self::wait::Waited;
