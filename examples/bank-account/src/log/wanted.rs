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
    /// Whether an event has it.
    pub(crate) fn matches(&self, event: &Shown) -> bool {
        match self.value_in(event) {
            Some(Value::String(text)) => text == self.value,
            Some(value) => {
                let text = value.to_string();
                text == self.value
            }
            None => false,
        }
    }

    /// Whether an event has the field, with whatever value.
    pub(crate) fn is_known_to(&self, event: &Shown) -> bool {
        self.value_in(event).is_some()
    }

    /// The field's name.
    pub(crate) fn field(&self) -> String {
        self.path.join(".")
    }

    /// What has no payload of today's has nothing.
    fn value_in(&self, event: &Shown) -> Option<Value> {
        let today = event.today.as_ref()?;
        let mut payload: Value = serde_json::from_str(today.payload.get()).ok()?;
        let mut names = self.path.iter();
        let field = names.try_fold(&mut payload, |value, name| value.get_mut(name));
        field.map(Value::take)
    }
}
