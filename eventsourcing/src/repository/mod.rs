//! Repositories: from a stream to an aggregate and back.

mod cache;
mod error;
mod event_sourced;
mod execute;
mod handshake;
mod load;
mod root;
mod snapshots;
mod turn;
mod unit_of_work;

use async_trait::async_trait;

pub use self::error::{ExecuteError, LoadError, SaveError};
pub use self::event_sourced::EventSourced;
pub use self::execute::{ExecuteOptions, Outcome, RepositoryExt};
pub use self::handshake::{CheckError, UnreadableType};
pub use self::root::Root;
pub use self::turn::Turn;
pub use self::unit_of_work::UnitOfWork;

use crate::aggregate::Aggregate;
use crate::ids::CommitId;
use crate::store::Committed;
use crate::time::Timestamp;
use crate::version::Version;

/// Which moment of an aggregate's life is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AsOf {
    /// Right after the event of this version.
    Version(Version),
    /// After everything recorded up to this time, inclusive.
    Time(Timestamp),
}

/// What a save wrote.
#[derive(Debug, Clone, PartialEq)]
pub struct Saved<A: Aggregate> {
    /// The events, in order.
    pub events: Vec<A::Event>,
    /// The stream's version after them.
    pub version: Version,
    /// What the store returned; `None` if there was nothing to save.
    pub committed: Option<Committed>,
}

/// Loads and saves aggregates of one type. Object safe; the conveniences are in [`RepositoryExt`].
#[async_trait]
pub trait Repository<A: Aggregate>: Send + Sync {
    /// The aggregate as it is now; in its initial state at version 0 if it has no events.
    ///
    /// # Errors
    /// [`LoadError::Read`] if the store cannot answer (its kind says whether a retry helps), [`LoadError::Decode`] if
    /// an event cannot be read by this program: the aggregate never decides on part of its facts.
    async fn load(&self, id: &A::Id) -> Result<Root<A>, LoadError>;

    /// The aggregate as it was.
    ///
    /// # Errors
    /// As [`Repository::load`]; and [`LoadError::VersionBeyondHead`] if it has not come to that version.
    async fn load_at(&self, id: &A::Id, as_of: AsOf) -> Result<Root<A>, LoadError>;

    /// Appends what the root has recorded since it was loaded or saved, as one commit that expects the version it was
    /// loaded at. On an error the root keeps its events, and saving it again repeats the same commit.
    ///
    /// # Errors
    /// [`SaveError::Append`] with [`AppendError::Conflict`](crate::AppendError::Conflict) if the stream has moved on:
    /// load again and decide again.
    async fn save(&self, root: &mut Root<A>) -> Result<Saved<A>, SaveError>;

    /// Whether the aggregate has any events.
    ///
    /// # Errors
    /// As [`Repository::load`].
    async fn exists(&self, id: &A::Id) -> Result<bool, LoadError>;

    /// What an earlier commit wrote for this aggregate; `None` if there is no such commit.
    ///
    /// # Errors
    /// As [`Repository::load`]; and [`LoadError::OtherStream`] if the commit exists but wrote nothing here.
    async fn find_saved(
        &self,
        id: &A::Id,
        commit_id: CommitId,
    ) -> Result<Option<Saved<A>>, LoadError>;

    /// Waits for a turn at an aggregate that others write to as well; [`RepositoryExt::execute_with`] asks for one after
    /// a conflict. Provided: there is no waiting.
    async fn turn(&self, _id: &A::Id) -> Turn {
        Turn::default()
    }

    /// The repository's time, for the command's [`Context`](crate::Context).
    fn now(&self) -> Timestamp;
}
