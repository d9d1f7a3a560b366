//! Users. An e-mail address belongs to one of them: a rule that crosses aggregates, kept by a tag.

mod commands;
mod events;

use eventsourcing::{Aggregate, Apply};
use serde::{Deserialize, Serialize};

pub use self::commands::{RegisterUser, RenameUser};
pub use self::events::{Registered, Renamed, UserEvent};
use super::ids::UserId;

/// A user as the events have made one.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, Aggregate)]
#[es(name = "user", id = UserId, event = UserEvent, error = UserError)]
pub struct User {
    registered: bool,
    name: String,
    email: String,
}

/// Why a command is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UserError {
    /// There is one already under this id.
    #[error("is registered already")]
    AlreadyRegistered,
    /// There is none.
    #[error("does not exist")]
    Unknown,
    /// A name that is none.
    #[error(
        "needs a name: one line of text, at most {} bytes",
        User::MAX_NAME_BYTES
    )]
    Name,
    /// An address that is none.
    #[error(
        "needs an e-mail address like ada@example.org, at most {} bytes",
        User::MAX_EMAIL_BYTES
    )]
    Email,
}

impl User {
    /// Longest name.
    pub const MAX_NAME_BYTES: usize = 200;
    /// Longest e-mail address.
    pub const MAX_EMAIL_BYTES: usize = 180;

    /// What the user is called.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Where mail reaches the user.
    pub fn email(&self) -> &str {
        &self.email
    }
}

impl Apply<Registered> for User {
    fn apply(&mut self, event: Registered) {
        self.registered = true;
        self.name = event.name;
        self.email = event.email;
    }
}

impl Apply<Renamed> for User {
    fn apply(&mut self, event: Renamed) {
        self.name = event.name;
    }
}
