//! Asking twice: a reaction is a function of what is known, and can be recorded.

use std::fmt;

use eventsourcing::{Json, ProcessManager, Reaction};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::super::diff::diff;
use super::super::history::encode;

/// Asks for a reaction, and once more; insists on the same answer.
#[track_caller]
pub(super) fn twice<M: ProcessManager>(
    ask: impl Fn() -> Result<Reaction<M>, M::Error>,
) -> Result<Reaction<M>, String> {
    let first = ask().map_err(|error| error.to_string());
    let second = ask().map_err(|error| error.to_string());
    let (one, two) = (told(&first), told(&second));
    assert!(
        one == two,
        "it reacts otherwise when it is asked again (- first, + second); a reaction may depend on nothing but state, event \
         and context:\n{}",
        diff(&one, &two)
    );
    first
}

/// A command as it is done: as it was recorded.
#[track_caller]
pub(super) fn read_back<C: Serialize + DeserializeOwned>(command: &C) -> C {
    let json = json(command);
    match serde_json::from_value(json.clone()) {
        Ok(command) => command,
        Err(error) => panic!("a command cannot be read back from its JSON: {error}\n{json}"),
    }
}

/// Everything about a reaction, in words.
#[track_caller]
fn told<M: ProcessManager>(reaction: &Result<Reaction<M>, String>) -> Vec<Text> {
    let reaction = match reaction {
        Ok(reaction) => reaction,
        Err(error) => return vec![Text(format!("error: {error}"))],
    };
    let mut lines = Vec::new();
    for event in reaction.events() {
        let event = encode(event, &Json);
        let payload = event.payload.escape_ascii();
        lines.push(format!("event {} {payload}", event.event_type));
    }
    for command in reaction.commands() {
        lines.push(format!("command {}", json(command)));
    }
    for timer in reaction.timers() {
        lines.push(format!("timer {timer:?}"));
    }
    if reaction.is_finished() {
        lines.push("finished".to_owned());
    }
    lines.into_iter().map(Text).collect()
}

#[track_caller]
fn json<C: Serialize>(command: &C) -> Value {
    match serde_json::to_value(command) {
        Ok(json) => json,
        Err(error) => panic!("a command cannot be written as JSON: {error}"),
    }
}

/// Printed as it is.
#[derive(PartialEq)]
struct Text(String);

impl fmt::Debug for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
