//! What travels with a commit beside its payloads.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::ids::{CausationId, CorrelationId};

/// Who and what caused a commit; every event of the commit carries it.
///
/// Given to a command, it reaches its events; [`Metadata::caused_by`] carries it on to the commands that an event
/// triggers, so a whole chain shares one correlation id.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Metadata {
    /// Ties everything together that one request set in motion. `None` means: the commit starts a chain of its own
    /// and its [`CommitId`](crate::CommitId) is the correlation id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub correlation_id: Option<CorrelationId>,
    /// The message that directly caused this commit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub causation_id: Option<CausationId>,
    /// Who did it: a user, a service.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub actor: Option<String>,
    /// Free text headers.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub headers: BTreeMap<String, String>,
}

impl Metadata {
    /// Metadata with nothing in it.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets who did it.
    pub fn with_actor(mut self, actor: impl Into<String>) -> Self {
        self.actor = Some(actor.into());
        self
    }

    /// Sets the correlation id.
    pub fn with_correlation(mut self, id: CorrelationId) -> Self {
        self.correlation_id = Some(id);
        self
    }

    /// Sets the causation id.
    pub fn with_causation(mut self, id: CausationId) -> Self {
        self.causation_id = Some(id);
        self
    }

    /// Adds a header; the last value of a key stays.
    pub fn with_header(mut self, key: impl Into<String>, value: impl Into<String>) -> Self {
        self.headers.insert(key.into(), value.into());
        self
    }

    /// Size of its texts and ids in bytes.
    pub(crate) fn byte_len(&self) -> usize {
        let headers: usize = self
            .headers
            .iter()
            .map(|(key, value)| key.len() + value.len())
            .sum();
        headers + self.actor.as_ref().map_or(0, String::len) + 32
    }

    /// Whether there is nothing in it.
    pub fn is_empty(&self) -> bool {
        self == &Self::default()
    }
}
