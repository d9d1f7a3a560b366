//! What can go wrong with a request or with the whole server.

use std::io;

use eventsourcing::{
    AppendError, CheckError, ExecuteError, LoadError, Position, ReadError, ReadModelError,
    RunnerError, SaveError, WaitError,
};
use eventsourcing_sled::OpenError;

use crate::domain::order::OrderError;
use crate::domain::payment::PaymentError;
use crate::domain::product::ProductError;
use crate::domain::user::UserError;

/// Why a request was not granted.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// The shop's rules are against it.
    #[error("{subject} {refusal}")]
    Refused {
        /// About what, like `order 42`.
        subject: String,
        /// Why.
        refusal: Refusal,
    },
    /// Another user has the address.
    #[error("the e-mail address {0} belongs to another user")]
    EmailTaken(String),
    /// The key came with another request before.
    #[error("the idempotency key `{0}` was used before, for another request")]
    KeyReused(String),
    /// The events could not be written.
    #[error(transparent)]
    Append(#[from] AppendError),
    /// An aggregate could not be loaded.
    #[error(transparent)]
    Load(#[from] LoadError),
    /// The store could not answer.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// A read model could not be read.
    #[error(transparent)]
    Model(#[from] ReadModelError),
    /// A read model does not show yet what the client wants to see.
    #[error(transparent)]
    Wait(#[from] WaitError),
    /// What was asked about a projection could not be done.
    #[error(transparent)]
    Runner(#[from] RunnerError),
    /// A read model could not take an event in.
    #[error(
        "the event at position {position} is parked: projection `{projection}` cannot take it in"
    )]
    Parked {
        /// Which.
        projection: String,
        /// Where the event is.
        position: Position,
    },
    /// A fault of this program.
    #[error("internal error: {0}")]
    Internal(String),
}

impl Error {
    /// A command's failure, with what it was about.
    pub(crate) fn of<E: Into<Refusal>>(subject: String, error: ExecuteError<E>) -> Self {
        match error {
            ExecuteError::Rejected(refusal) => Self::refused(subject, refusal),
            ExecuteError::Conflict { source, .. } => Self::Append(source),
            ExecuteError::Save(SaveError::Append(error)) => Self::Append(error),
            ExecuteError::Save(SaveError::Reload(error)) | ExecuteError::Load(error) => {
                error.into()
            }
            ExecuteError::Save(error) => Self::Internal(error.to_string()),
            _ => Self::Internal(format!("{subject}: an error of a newer toolkit")),
        }
    }

    pub(crate) fn refused(subject: String, refusal: impl Into<Refusal>) -> Self {
        let refusal = refusal.into();
        Self::Refused { subject, refusal }
    }
}

/// Why the rules are against it.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Refusal {
    /// A user's.
    #[error(transparent)]
    User(#[from] UserError),
    /// A product's.
    #[error(transparent)]
    Product(#[from] ProductError),
    /// An order's.
    #[error(transparent)]
    Order(#[from] OrderError),
    /// A payment's.
    #[error(transparent)]
    Payment(#[from] PaymentError),
}

/// Why the server does not run.
#[derive(Debug, thiserror::Error)]
pub(crate) enum StartError {
    /// The store did not open.
    #[error("cannot open the store: {0}")]
    Open(#[from] OpenError),
    /// The store holds events that this program cannot read.
    #[error("this program is too old for the store: {0}")]
    Check(#[from] CheckError),
    /// The read side did not start.
    #[error("cannot start the read side: {0}")]
    Runner(#[from] RunnerError),
    /// The address is not to be had.
    #[error("cannot listen on {address}: {source}")]
    Listen {
        /// Which.
        address: std::net::SocketAddr,
        /// Why.
        source: io::Error,
    },
    /// Threads, signals, the network.
    #[error("the server cannot run: {0}")]
    Run(#[from] io::Error),
}
