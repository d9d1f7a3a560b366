//! Projections: read models folded from the log.

mod store;

pub use self::store::{Generation, ProjectionStore, ProjectionStoreError, ProjectionTx, Row};
