//! [`Trouble`]: what a driver does about what a store says.

use super::stop::StopReason;
use super::store::ProjectionStoreError;
use crate::error::{AppendError, ReadError};
use crate::subscription::SubscriptionError;

/// What keeps a driver from going on, by what to do about it.
#[derive(Debug)]
pub(super) enum Trouble {
    /// Look at the rows again and go on from there, after a while.
    Again(String),
    /// Do it again.
    Conflict(String),
    /// Claim the generation again.
    Reopened(String),
    /// Stop.
    Stop(StopReason),
}

impl From<ProjectionStoreError> for Trouble {
    fn from(error: ProjectionStoreError) -> Self {
        let text = error.to_string();
        match error {
            ProjectionStoreError::Fenced { .. } => Self::Stop(StopReason::TakenOver(text)),
            ProjectionStoreError::Conflict { .. } => Self::Conflict(text),
            ProjectionStoreError::Reopened { .. } => Self::Reopened(text),
            ProjectionStoreError::Misused { .. } => Self::Stop(StopReason::Broken(text)),
            ProjectionStoreError::Damaged { .. } => Self::Stop(StopReason::Damaged(text)),
            ProjectionStoreError::Closed { .. } => Self::Stop(StopReason::Closed),
            ProjectionStoreError::StorageFull { .. } | ProjectionStoreError::Unavailable { .. } => {
                Self::Again(text)
            }
        }
    }
}

impl From<SubscriptionError> for Trouble {
    fn from(error: SubscriptionError) -> Self {
        match error {
            SubscriptionError::Closed { .. } => Self::Stop(StopReason::Closed),
            SubscriptionError::BeyondHead { after, .. } => Self::Stop(StopReason::OtherHistory {
                position: after,
                why: error.to_string(),
            }),
            SubscriptionError::Unavailable { .. } => Self::Again(error.to_string()),
            SubscriptionError::Read { source, .. } => source.into(),
        }
    }
}

impl From<ReadError> for Trouble {
    fn from(error: ReadError) -> Self {
        match error {
            ReadError::Unavailable { .. } => Self::Again(error.to_string()),
            ReadError::PositionBeyondHead { after, .. } => Self::Stop(StopReason::OtherHistory {
                position: after,
                why: error.to_string(),
            }),
            _ => Self::Stop(StopReason::Store(error.to_string())),
        }
    }
}

impl From<AppendError> for Trouble {
    fn from(error: AppendError) -> Self {
        match error {
            AppendError::Unavailable { .. }
            | AppendError::StorageFull { .. }
            | AppendError::OutcomeUnknown { .. } => Self::Again(error.to_string()),
            _ => Self::Stop(StopReason::Store(error.to_string())),
        }
    }
}
