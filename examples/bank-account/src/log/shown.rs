//! [`Shown`]: a stored event as today's program reads it, whatever set it belongs to.

use std::fmt;

use eventsourcing::{
    Aggregate, CommitId, Decoded, Event, Json, NewEvent, OperatorEvent, Position, RecordedEvent,
    Skipped, StreamId, Timestamp, Version,
};
use serde::Serialize;
use serde_json::value::RawValue;

use super::sets::OPERATORS;
use crate::domain::dormancy::{DormancyEvent, Watch};
use crate::domain::transfer::{Transfer, TransferEvent};
use crate::domain::{Account, AccountEvent};
use crate::error::{Error, one_line};
use crate::output::{seconds, signed};

/// An event, or a part of one that was split.
#[derive(Debug, Serialize)]
pub(crate) struct Shown {
    pub(crate) position: Position,
    #[serde(serialize_with = "crate::output::as_text")]
    time: Timestamp,
    stream: StreamId,
    version: Version,
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    pub(crate) today: Option<Today>,
    #[serde(skip_serializing_if = "Option::is_none")]
    stored_as: Option<StoredAs>,
    #[serde(skip_serializing_if = "Option::is_none")]
    retired: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    unreadable: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    actor: Option<String>,
    commit: CommitId,
    #[serde(skip)]
    amount: String,
    #[serde(skip)]
    what: String,
}

/// What the event is today.
#[derive(Debug, Serialize)]
pub(crate) struct Today {
    #[serde(rename = "type")]
    pub(crate) name: &'static str,
    #[serde(rename = "schema_version")]
    version: u16,
    pub(crate) payload: Box<RawValue>,
}

/// What it was when it was stored, where that is something else.
#[derive(Debug, Serialize)]
pub(crate) struct StoredAs {
    #[serde(rename = "type")]
    name: String,
    #[serde(rename = "schema_version")]
    version: u16,
}

/// An event as today's program would write it.
pub(crate) fn today<E: Event>(event: &E, recorded: &RecordedEvent) -> Result<Today, Error> {
    let encode = || -> Result<Box<RawValue>, Box<dyn std::error::Error>> {
        let json = NewEvent::encode(event, &Json)?.payload;
        Ok(serde_json::from_slice(&json)?)
    };
    let kind = E::TYPES[event.type_index()];
    let payload = encode()
        .map_err(|error| Error::Internal(format!("event {}: {error}", recorded.position)))?;
    Ok(Today {
        name: kind.name,
        version: kind.version,
        payload,
    })
}

impl StoredAs {
    /// `None` if it was stored as it is today.
    pub(crate) fn of(recorded: &RecordedEvent, today: Option<&Today>) -> Option<Self> {
        let same = today.is_some_and(|today| {
            (today.name, today.version) == (&*recorded.event_type, recorded.schema_version)
        });
        (!same).then(|| Self {
            name: recorded.event_type.to_string(),
            version: recorded.schema_version,
        })
    }
}

impl fmt::Display for StoredAs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "[stored as {} v{}]", self.name, self.version)
    }
}

/// What a stored event says today: one thing, or one for each part of a split event. One that cannot be read says why.
pub(crate) fn shown(recorded: &RecordedEvent) -> Result<Vec<Shown>, Error> {
    match recorded.stream.category() {
        Account::NAME => read::<AccountEvent>(recorded, |event| {
            let amount = event
                .booking()
                .map(|(credit, amount)| signed(credit, amount));
            (amount, event.to_string())
        }),
        Transfer::NAME => read::<TransferEvent>(recorded, |event| (None, event.to_string())),
        Watch::NAME => read::<DormancyEvent>(recorded, |event| (None, event.to_string())),
        OPERATORS => read::<OperatorEvent>(recorded, |event| (None, operated(event))),
        _ => Ok(vec![blank(recorded)]),
    }
}

fn read<E: Event>(
    recorded: &RecordedEvent,
    say: impl Fn(&E) -> (Option<String>, String),
) -> Result<Vec<Shown>, Error> {
    let events = match recorded.decode::<E>(&Json) {
        Ok(Decoded::One(event)) => vec![event],
        Ok(Decoded::Many(events)) => events,
        Ok(Decoded::Skipped(skipped)) => {
            let retired = match skipped {
                Skipped::Retired(reason) => reason,
                _ => "not read any more",
            };
            return Ok(vec![Shown {
                retired: Some(retired),
                what: format!("retired: {retired}"),
                ..blank(recorded)
            }]);
        }
        Err(error) => {
            let unreadable = one_line(&error.to_string());
            return Ok(vec![Shown {
                what: format!("unreadable: {unreadable}"),
                unreadable: Some(unreadable),
                ..blank(recorded)
            }]);
        }
    };
    let each = events.iter().map(|event| {
        let today = today(event, recorded)?;
        let (amount, what) = say(event);
        Ok(Shown {
            stored_as: StoredAs::of(recorded, Some(&today)),
            today: Some(today),
            amount: amount.unwrap_or_default(),
            what,
            ..blank(recorded)
        })
    });
    each.collect()
}

fn blank(recorded: &RecordedEvent) -> Shown {
    Shown {
        position: recorded.position,
        time: recorded.recorded_at,
        stream: recorded.stream.clone(),
        version: recorded.version,
        today: None,
        stored_as: StoredAs::of(recorded, None),
        retired: None,
        unreadable: None,
        actor: recorded.metadata.actor.clone(),
        commit: recorded.commit_id,
        amount: String::new(),
        what: String::new(),
    }
}

/// What an operator did.
fn operated(event: &OperatorEvent) -> String {
    match event {
        OperatorEvent::Begun => "begins here".into(),
        OperatorEvent::Paused => "paused".into(),
        OperatorEvent::Resumed => "resumed".into(),
        OperatorEvent::Reset => "reset".into(),
        OperatorEvent::RebuildStarted => "is rebuilt".into(),
        OperatorEvent::CutOver => "cut over to the new build".into(),
        OperatorEvent::RolledBack => "rolled back to the build before".into(),
        OperatorEvent::FormerDropped => "gave up the build before".into(),
        OperatorEvent::Retried(retried) => match &retried.key {
            Some(key) => format!("tried parked events of {key} again"),
            None => "tried parked events again".into(),
        },
        OperatorEvent::BegunAnew(begun) => format!("begins anew behind {}", begun.after),
        OperatorEvent::Skipped(skipped) => {
            format!(
                "left out event {}: {}",
                skipped.event.position, skipped.reason
            )
        }
        _ => String::new(),
    }
}

impl Shown {
    /// Above a list of them.
    pub(crate) fn heading() -> String {
        format!(
            "{:>8}  {:<20}  {:<20} {:>14}  what",
            "position", "time", "stream", "amount"
        )
    }
}

impl fmt::Display for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{:>8}  {:<20}  {:<20} {:>14}  {}",
            self.position.get(),
            seconds(self.time).to_string(),
            self.stream.as_str(),
            self.amount,
            one_line(&self.what)
        )?;
        match &self.stored_as {
            Some(stored_as) => write!(f, "  {stored_as}"),
            None => Ok(()),
        }
    }
}
