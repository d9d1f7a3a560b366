//! What can have happened to a user, and how each fact is stored.

use eventsourcing::{Event, InvalidTag, Schema, Tag};
use serde::{Deserialize, Serialize};

/// Everything that can have happened to a user.
#[derive(Debug, Clone, PartialEq, Event)]
#[es(tags = UserEvent::marks)]
pub enum UserEvent {
    /// There is a user from here on.
    #[es(name = "user.registered")]
    Registered(Registered),
    /// The user is called differently.
    #[es(name = "user.renamed")]
    Renamed(Renamed),
}

/// A user was registered.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Schema)]
pub struct Registered {
    /// What the user is called.
    pub name: String,
    /// Where mail reaches the user.
    pub email: String,
}

/// A user was renamed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Schema)]
pub struct Renamed {
    /// What the user is called.
    pub name: String,
}

impl UserEvent {
    fn marks(&self) -> Result<Vec<Tag>, InvalidTag> {
        match self {
            Self::Registered(event) => Ok(vec![Registered::email_tag(&event.email)?]),
            Self::Renamed(_) => Ok(Vec::new()),
        }
    }
}

impl Registered {
    /// What marks the registration that an address belongs to; no two have the same one.
    ///
    /// # Errors
    /// [`InvalidTag`] if the address is too long or holds control characters.
    pub fn email_tag(email: &str) -> Result<Tag, InvalidTag> {
        Tag::new(&format!("email:{}", email.to_lowercase()))
    }
}
