//! A small domain with a history, written by hand: the kit needs no derive.

use eventsourcing::{
    Aggregate, Command, Context, DecodeError, DecodeErrorKind, Decoded, Event, EventType, Events,
    Fate, Format, FormatError, Slot, StoredType, UpcastCx,
};
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, PartialEq)]
pub(crate) enum DoorEvent {
    Installed {
        rooms: Vec<String>,
    },
    Opened,
    /// Its note is forgotten when it is written: a serialisation defect.
    Jammed {
        note: String,
    },
}

#[derive(Serialize, Deserialize)]
struct Installed {
    rooms: Vec<String>,
}

#[derive(Serialize, Deserialize)]
struct InstalledV1 {
    room: String,
}

#[derive(Serialize, Deserialize)]
struct Opened {}

#[derive(Serialize, Deserialize)]
struct Jammed {
    #[serde(skip)]
    note: String,
}

impl Event for DoorEvent {
    const TYPES: &'static [EventType] = &[
        EventType::new("door.installed", 2, &[]),
        EventType::new("door.opened", 1, &[]),
        EventType::new("door.jammed", 1, &[]),
    ];
    const STORED: &'static [StoredType] = &[
        StoredType::new("door.installed", 1, Fate::Upcast(0)),
        StoredType::new("door.installed", 2, Fate::Current(0)),
        StoredType::new("door.opened", 1, Fate::Current(1)),
        StoredType::new("door.jammed", 1, Fate::Current(2)),
    ];

    fn type_index(&self) -> usize {
        match self {
            Self::Installed { .. } => 0,
            Self::Opened => 1,
            Self::Jammed { .. } => 2,
        }
    }

    fn slot(name: &str, version: u16) -> Option<Slot> {
        let index = Self::STORED
            .iter()
            .position(|stored| stored.name == name && stored.version == version)?;
        u16::try_from(index).ok().map(Slot::new)
    }

    fn encode<F: Format>(&self, format: &F, out: &mut Vec<u8>) -> Result<(), FormatError> {
        match self.clone() {
            Self::Installed { rooms } => format.encode(&Installed { rooms }, out),
            Self::Opened => format.encode(&Opened {}, out),
            Self::Jammed { note } => format.encode(&Jammed { note }, out),
        }
    }

    fn decode<F: Format>(
        slot: Slot,
        format: &F,
        cx: &UpcastCx<'_>,
    ) -> Result<Decoded<Self>, DecodeError> {
        let (id, bytes) = (cx.recorded().format, &cx.recorded().payload);
        let event = match slot.index() {
            0 => format
                .decode(id, bytes)
                .map(|InstalledV1 { room }| Self::Installed {
                    rooms: vec![room, cx.stream().id().into()],
                }),
            1 => format
                .decode(id, bytes)
                .map(|Installed { rooms }| Self::Installed { rooms }),
            2 => format.decode(id, bytes).map(|Opened {}| Self::Opened),
            _ => format
                .decode(id, bytes)
                .map(|Jammed { note }| Self::Jammed { note }),
        };
        event
            .map(Decoded::One)
            .map_err(|error| DecodeError::new(cx.recorded(), DecodeErrorKind::Payload(error)))
    }
}

#[derive(Debug, PartialEq)]
pub(crate) enum DoorError {
    NoDoor,
    Closed { until: String },
}

#[derive(Debug, Default)]
pub(crate) struct Door {
    pub(crate) rooms: Vec<String>,
    pub(crate) opened: u32,
}

impl Aggregate for Door {
    const NAME: &'static str = "door";
    type Id = String;
    type Event = DoorEvent;
    type Error = DoorError;

    fn initial() -> Self {
        Self::default()
    }

    fn evolve(&mut self, event: DoorEvent) {
        match event {
            DoorEvent::Installed { rooms } => self.rooms = rooms,
            DoorEvent::Opened => self.opened += 1,
            DoorEvent::Jammed { .. } => {}
        }
    }
}

/// Opens the door so many times; over 100 times jams it, at night it is refused.
#[derive(Debug)]
pub(crate) struct Open(pub(crate) u32);

impl Command for Open {
    type Aggregate = Door;

    fn target(&self) -> &String {
        const DOOR: &String = &String::new();
        DOOR
    }

    fn decide(self, door: &Door, context: &Context) -> Result<Events<DoorEvent>, DoorError> {
        if door.rooms.is_empty() {
            return Err(DoorError::NoDoor);
        }
        if context.metadata().actor.as_deref() == Some("nobody") {
            return Ok(Events::none());
        }
        let night = "2026-01-01T22:00:00Z".parse().expect("a time");
        if context.now() >= night {
            return Err(DoorError::Closed {
                until: "dawn".into(),
            });
        }
        if self.0 > 100 {
            return Ok(vec![DoorEvent::Jammed {
                note: "worn out".into(),
            }]
            .into());
        }
        Ok((0..self.0).map(|_| DoorEvent::Opened).collect())
    }
}
