//! [`Instances`]: deciding and recording, once per source.

use std::fmt::Display;
use std::sync::Arc;

use serde::de::IgnoredAny;

use super::define::ProcessManager;
use super::dispatch::append_passes;
use super::reaction::{Reaction, TimerChange};
use super::recorded::{self, Reach, Reacted, Source};
use crate::aggregate::{Aggregate, stream_id};
use crate::envelope::NewEvent;
use crate::error::{AppendError, ReadError};
use crate::format::Json;
use crate::ids::{CausationId, CommitId};
use crate::metadata::Metadata;
use crate::projection::HandlerError;
use crate::repository::{EventSourced, LoadError, Repository};
use crate::store::{Commit, EventStore, EventStoreExt, StreamRange};
use crate::stream_id::{InvalidStreamId, StreamId};
use crate::time::Timestamp;
use crate::version::{ExpectedVersion, Version};

/// Longest name of a timer, in bytes: it is part of a row's key.
const LONGEST_NAME: usize = 200;

/// The instances of a process manager, in the log.
pub(super) struct Instances<M: ProcessManager> {
    pub(super) log: Arc<dyn EventStore>,
    states: EventSourced<M::State, Arc<dyn EventStore>>,
}

/// What is recorded of an instance so far.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Known {
    pub(super) version: Version,
    pub(super) reach: Reach,
    pub(super) finished: bool,
}

impl Known {
    pub(super) fn is_started(&self) -> bool {
        self.version > Version::EMPTY
    }

    pub(super) fn is_running(&self) -> bool {
        self.is_started() && !self.finished
    }
}

/// A decision that is in the log, with what its commands carry on.
pub(super) struct Decided<C> {
    pub(super) commit_id: CommitId,
    pub(super) reacted: Reacted<C>,
    pub(super) metadata: Metadata,
    /// Whether it was there before, so that what follows it may have been done.
    pub(super) repeated: bool,
}

/// A timer that runs.
pub(super) struct Running {
    /// The decision that has set it.
    pub(super) set_by: CommitId,
    /// When it is due.
    pub(super) at: Timestamp,
    /// What follows from it carries this on.
    pub(super) metadata: Metadata,
}

/// What an instance reacts to.
pub(super) struct Cause {
    pub(super) source: Source,
    pub(super) at: Timestamp,
    pub(super) metadata: Metadata,
    /// How far the instance has come with it, if that is known.
    pub(super) reach: Option<Reach>,
    /// Whether it is written down if nothing follows: what happens only once, and what `reach` does not tell.
    pub(super) is_kept: bool,
}

impl<M: ProcessManager> Instances<M> {
    pub(super) fn new(log: Arc<dyn EventStore>) -> Self {
        Self {
            states: EventSourced::new(log.clone()),
            log,
        }
    }

    /// The stream of an instance's decisions.
    pub(super) fn stream(instance: &str) -> Result<StreamId, HandlerError> {
        recorded::stream(M::State::NAME, instance).map_err(|error| no_stream::<M>(instance, &error))
    }

    /// What is recorded of an instance.
    pub(super) async fn known(&self, instance: &str) -> Result<Known, HandlerError> {
        let stream = Self::stream(instance)?;
        let last = StreamRange::backward().limit(1);
        let page = self.log.read_stream(&stream, last).await.map_err(read)?;
        let Some(event) = page.events.first() else {
            return Ok(Known::default());
        };
        let reacted = recorded::decode::<IgnoredAny>(event)?;
        Ok(Known {
            version: page.head,
            reach: reacted.reach,
            finished: reacted.finished,
        })
    }

    /// The decision about this, if it is recorded.
    pub(super) async fn decided(
        &self,
        instance: &str,
        commit_id: CommitId,
    ) -> Result<Option<Decided<M::Command>>, HandlerError> {
        let stream = Self::stream(instance)?;
        let Some(found) = self.log.find_commit(commit_id).await.map_err(read)? else {
            return Ok(None);
        };
        let mut events = found.events.iter();
        let Some(event) = events.find(|event| recorded::is_reaction(event, &stream)) else {
            return Err(HandlerError::Failed(format!(
                "commit {commit_id} is there and is not of this process"
            )));
        };
        Ok(Some(Decided {
            commit_id,
            reacted: recorded::decode(event)?,
            metadata: Metadata::caused_by(event),
            repeated: true,
        }))
    }

    /// Decides about a cause and records it; `None` if nothing follows. What had been recorded meanwhile stands.
    pub(super) async fn decide<E: Display>(
        &self,
        id: &<M::State as Aggregate>::Id,
        known: Known,
        cause: Cause,
        decide: impl FnOnce(&M::State) -> Result<Reaction<M>, E> + Send,
    ) -> Result<Option<Decided<M::Command>>, HandlerError> {
        let instance = id.to_string();
        let commit_id = cause.source.commit_id(M::State::NAME, &instance);
        let own = stream_id::<M::State>(id).map_err(|error| no_stream::<M>(&instance, &error))?;
        let stream = Self::stream(&instance)?;
        let root = self.states.load(id).await.map_err(load)?;
        let reaction = decide(root.state()).map_err(failed)?;
        // An event that led to nothing does so again, from the same state.
        if reaction.is_none() && !cause.is_kept {
            return Ok(None);
        }
        for change in &reaction.timers {
            let name = change.name();
            if name.len() > LONGEST_NAME {
                return Err(failed(format_args!(
                    "the name of a timer has {} bytes, and may have {LONGEST_NAME}: `{}..`",
                    name.len(),
                    name.chars().take(40).collect::<String>()
                )));
            }
        }
        let mut events = Vec::with_capacity(reaction.events.len());
        for event in &reaction.events {
            events.push(NewEvent::encode(event, &Json).map_err(failed)?);
        }
        let reacted = Reacted {
            instance: recorded::in_name(&stream)
                .is_none()
                .then_some(instance.clone()),
            source: cause.source,
            at: cause.at,
            // One that was parked comes after later ones.
            reach: cause.reach.unwrap_or_default().max(known.reach),
            commands: reaction.commands,
            timers: reaction.timers,
            finished: reaction.finished || known.finished,
        };
        let index = u32::try_from(events.len()).map_err(failed)?;
        let mut commit = Commit::with_id(commit_id).with_metadata(cause.metadata.clone());
        if !events.is_empty() {
            commit = commit.append(own, ExpectedVersion::Exact(root.version()), events);
        }
        commit = commit.append(
            stream,
            ExpectedVersion::Exact(known.version),
            vec![recorded::encode(&reacted)?],
        );
        match self.log.append(commit).await {
            Ok(committed) if !committed.duplicate => {}
            Ok(_) | Err(AppendError::CommitIdReused { .. }) => {
                return self.decided(&instance, commit_id).await;
            }
            Err(error) if append_passes(&error) => {
                return Err(HandlerError::Unavailable(error.to_string()));
            }
            Err(error) => return Err(failed(error)),
        }
        let mut metadata = cause.metadata;
        metadata.correlation_id.get_or_insert(commit_id.into());
        metadata.causation_id = Some(CausationId::from(commit_id.event_id(index)));
        Ok(Some(Decided {
            commit_id,
            reacted,
            metadata,
            repeated: false,
        }))
    }

    /// A timer that still runs, as the decisions say: rows may have been lost and made again from the beginning.
    pub(super) async fn running(
        &self,
        instance: &str,
        name: &str,
    ) -> Result<Option<Running>, HandlerError> {
        let stream = Self::stream(instance)?;
        let mut range = StreamRange::backward();
        loop {
            let page = self.log.read_stream(&stream, range).await.map_err(read)?;
            for event in &page.events {
                let reacted = recorded::decode::<IgnoredAny>(event)?;
                if reacted.finished {
                    return Ok(None);
                }
                for change in reacted.timers.iter().rev() {
                    match change {
                        TimerChange::Set { name: set, at } if set == name => {
                            return Ok(Some(Running {
                                set_by: event.commit_id,
                                at: *at,
                                metadata: Metadata::caused_by(event),
                            }));
                        }
                        TimerChange::Cancel { name: cancelled } if cancelled == name => {
                            return Ok(None);
                        }
                        _ => {}
                    }
                }
                if matches!(&reacted.source, Source::Timer { name: fired, .. } if fired == name) {
                    return Ok(None);
                }
            }
            match page.next {
                Some(next) => range = next,
                None => return Ok(None),
            }
        }
    }
}

fn no_stream<M: ProcessManager>(instance: &str, error: &InvalidStreamId) -> HandlerError {
    let process = M::State::NAME;
    failed(format_args!(
        "instance `{instance}` of process `{process}`: {error}; an instance's id is part of the stream `{process}-<id>`"
    ))
}

pub(super) fn failed(error: impl Display) -> HandlerError {
    HandlerError::Failed(error.to_string())
}

pub(super) fn read(error: ReadError) -> HandlerError {
    match error {
        ReadError::Unavailable { .. } => HandlerError::Unavailable(error.to_string()),
        error => failed(error),
    }
}

fn load(error: LoadError) -> HandlerError {
    match error {
        LoadError::Read {
            source: ReadError::Unavailable { .. },
            ..
        } => HandlerError::Unavailable(error.to_string()),
        error => failed(error),
    }
}
