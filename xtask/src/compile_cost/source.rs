//! The crates that are compiled: 200 events of 3 to 6 fields, with more and more derived for them.

use std::fmt::Write as _;

/// Events in a crate, and how many of them share a file.
const EVENTS: usize = 200;
const IN_A_FILE: usize = 10;

/// What is derived.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// `Serialize` and `Deserialize` for the payloads; no enum.
    Payloads,
    /// And for an enum around them: how they would be stored without the toolkit.
    Serde,
    /// `Event` for the enum in its place; the aggregate with its transitions.
    Event,
    /// `Schema` for the payloads as well.
    Schema,
}

impl Kind {
    pub(super) const ALL: [Self; 4] = [Self::Payloads, Self::Serde, Self::Event, Self::Schema];

    /// The crate's name.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Payloads => "cost-payloads",
            Self::Serde => "cost-serde",
            Self::Event => "cost-event",
            Self::Schema => "cost-schema",
        }
    }

    fn derives(self) -> &'static str {
        match self {
            Self::Payloads | Self::Serde | Self::Event => {
                "Debug, Clone, PartialEq, Serialize, Deserialize"
            }
            Self::Schema => {
                "Debug, Clone, PartialEq, Serialize, Deserialize, eventsourcing::Schema"
            }
        }
    }
}

/// The manifest of the workspace around the crates.
pub(super) fn workspace() -> String {
    let members: Vec<String> = Kind::ALL.map(|kind| format!("{:?}", kind.name())).to_vec();
    format!(
        "[workspace]\nresolver = \"3\"\nmembers = [{}]\n",
        members.join(", ")
    )
}

/// A crate's manifest. All have the same dependencies, so that these are compiled once.
pub(super) fn manifest(kind: Kind, core: &str) -> String {
    format!(
        "[package]\nname = \"{}\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n[dependencies]\n\
         eventsourcing = {{ path = {core:?} }}\nserde = {{ version = \"1\", features = [\"derive\"] }}\n\
         serde_json = \"1\"\n",
        kind.name()
    )
}

/// A text for each of the numbers, one after the other.
fn each(numbers: std::ops::Range<usize>, text: impl Fn(usize) -> String) -> String {
    numbers.map(text).collect::<Vec<_>>().concat()
}

/// The names of the files with payloads.
pub(super) fn files() -> std::ops::Range<usize> {
    0..EVENTS.div_ceil(IN_A_FILE)
}

/// A file with payloads. An edit changes the type of one field of its first.
pub(super) fn payloads(kind: Kind, file: usize, edited: bool) -> String {
    let mut text = "use serde::{Deserialize, Serialize};\n".to_owned();
    for event in (file * IN_A_FILE)..((file + 1) * IN_A_FILE).min(EVENTS) {
        let count = if edited && event % IN_A_FILE == 0 {
            "u32"
        } else {
            "u64"
        };
        let more = ["note: Option<String>", "lines: Vec<u32>", "open: bool"];
        let fields = each(0..event % 4, |field| format!("    pub {},\n", more[field]));
        let _ = write!(
            text,
            "\n#[derive({})]\npub struct E{event} {{\n    pub owner: String,\n    pub count: {count},\n    pub delta: i64,\n{fields}}}\n",
            kind.derives()
        );
    }
    text
}

/// The crate's root: the enum, and one use of its reading and writing, so that they are compiled to the end.
pub(super) fn root(kind: Kind) -> String {
    let modules = each(files(), |file| format!("pub mod p{file};\n"));
    let variants = |attribute: &dyn Fn(usize) -> String| -> String {
        each(0..EVENTS, |event| {
            let file = event / IN_A_FILE;
            format!("{}    E{event}(p{file}::E{event}),\n", attribute(event))
        })
    };
    if kind == Kind::Payloads {
        return modules;
    }
    if kind == Kind::Serde {
        return format!(
            "{modules}\n#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]\npub enum Set {{\n{}}}\n{SERDE}",
            variants(&|_| String::new())
        );
    }
    let transitions = each(0..EVENTS, |event| {
        let payload = format!("p{}::E{event}", event / IN_A_FILE);
        format!(
            "impl eventsourcing::Apply<{payload}> for State {{\n    fn apply(&mut self, event: {payload}) {{\n        self.sum = self.sum.wrapping_add(u64::from(event.count));\n    }}\n}}\n"
        )
    });
    format!(
        "{modules}\n#[derive(Debug, Clone, PartialEq, eventsourcing::Event)]\npub enum Set {{\n{}}}\n{EVENT}{transitions}",
        variants(&|event| format!("    #[es(name = \"cost.event-{event}\")]\n"))
    )
}

const SERDE: &str = "
pub fn read(bytes: &[u8]) -> Result<Set, serde_json::Error> {
    serde_json::from_slice(bytes)
}
pub fn write(event: &Set) -> Result<Vec<u8>, serde_json::Error> {
    serde_json::to_vec(event)
}
";

const EVENT: &str = "
pub fn read(event: &eventsourcing::RecordedEvent) -> Result<eventsourcing::Decoded<Set>, eventsourcing::DecodeError> {
    event.decode(&eventsourcing::Json)
}
pub fn write(event: &Set, out: &mut Vec<u8>) -> Result<(), eventsourcing::FormatError> {
    eventsourcing::Event::encode(event, &eventsourcing::Json, out)
}

#[derive(Debug, Default, eventsourcing::Aggregate)]
#[es(name = \"cost\", id = String, event = Set, error = String)]
pub struct State {
    pub sum: u64,
}
";
