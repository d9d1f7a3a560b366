//! [`ReadModelError`]: a read model could not be read or written.

use super::rows::RowError;
use crate::projection::{Generation, ProjectionStoreError};

/// Why a read model could not be read or written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReadModelError {
    /// The rows could not be read or written. Hand it on from a handler: the runner knows of it already, and does not
    /// blame the event.
    #[error(transparent)]
    Store(#[from] ProjectionStoreError),
    /// Key or value are too long to be stored. Retrying does not help; store less.
    #[error(
        "a {what} of table `{table}` of projection {generation} has {bytes} bytes; the limit is {limit}"
    )]
    TooLarge {
        /// Whose row it is.
        generation: Generation,
        /// The table.
        table: &'static str,
        /// `key`, with that of an index, or `value`.
        what: &'static str,
        /// How long it is.
        bytes: usize,
        /// How long it may be.
        limit: usize,
    },
    /// A value that JSON cannot express. Retrying does not help; change its type.
    #[error(
        "the value for {key} in table `{table}` of projection {generation} cannot be stored: {reason}"
    )]
    Value {
        /// Whose row it is.
        generation: Generation,
        /// The table.
        table: &'static str,
        /// The row's key.
        key: String,
        /// What serde says.
        reason: String,
    },
    /// No generation of the projection can be read from yet. Retry once the projection has started.
    #[error(
        "projection `{projection}` has nothing to read yet: has it been started{}",
        or_another(others)
    )]
    NotServed {
        /// The projection.
        projection: String,
        /// Other projections of which there are rows.
        others: Vec<String>,
    },
    /// The generation that was being read was removed, because another one has taken its place. Read again from the
    /// beginning.
    #[error("projection {generation} was replaced while it was read: begin again")]
    Replaced {
        /// What was being read.
        generation: Generation,
    },
}

fn or_another(others: &[String]) -> String {
    if others.is_empty() {
        return "?".into();
    }
    let others = others.join(", ");
    format!(", or is the name another? There are rows of: {others}")
}

/// Something that has gone wrong with rows, told as often as somebody asks.
#[derive(Debug, Clone)]
pub(super) enum Failure {
    Rows(RowError),
    Misused(String),
}

impl From<RowError> for Failure {
    fn from(error: RowError) -> Self {
        Self::Rows(error)
    }
}

impl Failure {
    pub(super) fn damaged(reason: String) -> Self {
        Self::Rows(RowError::Damaged { reason })
    }

    pub(super) fn of(&self, generation: &Generation) -> ProjectionStoreError {
        let generation = generation.clone();
        match self.clone() {
            Self::Rows(RowError::Full) => ProjectionStoreError::StorageFull { generation },
            Self::Rows(RowError::Reopened) => ProjectionStoreError::Reopened { generation },
            Self::Rows(RowError::Damaged { reason }) => {
                ProjectionStoreError::Damaged { generation, reason }
            }
            Self::Rows(RowError::Closed) => ProjectionStoreError::Closed { generation },
            Self::Rows(RowError::Unavailable { source }) => ProjectionStoreError::Unavailable {
                generation,
                source: Box::new(source),
            },
            Self::Misused(reason) => ProjectionStoreError::Misused { generation, reason },
        }
    }
}
