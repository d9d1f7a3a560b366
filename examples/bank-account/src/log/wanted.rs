//! [`Wanted`]: a field of a payload that is to have a value.

use std::str::FromStr;

use serde_json::Value;

use super::Shown;

/// `FIELD=VALUE`, about the payload as it reads today; a field within another is `OUTER.INNER`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Wanted {
    path: Vec<String>,
    value: String,
}

/// A text that is no such thing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("expected FIELD=VALUE, as in amount=1000 or note.purpose=pension")]
pub(crate) struct ParseWantedError;

impl FromStr for Wanted {
    type Err = ParseWantedError;
    fn from_str(text: &str) -> Result<Self, ParseWantedError> {
        let (path, value) = text.split_once('=').ok_or(ParseWantedError)?;
        let path: Vec<_> = path.split('.').map(str::to_owned).collect();
        if path.iter().any(String::is_empty) {
            return Err(ParseWantedError);
        }
        let value = value.into();
        Ok(Self { path, value })
    }
}

impl Wanted {
    /// Whether an event has it. What has no payload of today's has nothing.
    pub(crate) fn matches(&self, event: &Shown) -> bool {
        let Some(today) = &event.today else {
            return false;
        };
        let Ok(payload) = serde_json::from_str::<Value>(today.payload.get()) else {
            return false;
        };
        let mut names = self.path.iter();
        match names.try_fold(&payload, |value, name| value.get(name)) {
            Some(Value::String(text)) => *text == self.value,
            Some(value) => {
                let text = value.to_string();
                text == self.value
            }
            None => false,
        }
    }
}
