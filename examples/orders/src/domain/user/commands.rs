//! What can be asked of a user, and the rules.

use eventsourcing::{Command, Context, Events, Handle, events};

use super::{Registered, Renamed, User, UserError, UserEvent};
use crate::domain::{UserId, is_one_line};

/// Register a user. Execute it under the condition that nobody has the address.
#[derive(Debug, Clone, Command)]
#[es(aggregate = User)]
pub struct RegisterUser {
    /// Who.
    #[es(id)]
    pub user: UserId,
    /// What the user is called.
    pub name: String,
    /// Where mail reaches the user.
    pub email: String,
}

/// Call a user differently.
#[derive(Debug, Clone, Command)]
#[es(aggregate = User)]
pub struct RenameUser {
    /// Who.
    #[es(id)]
    pub user: UserId,
    /// What the user is called from now on.
    pub name: String,
}

type Decision = Result<Events<UserEvent>, UserError>;

impl Handle<RegisterUser> for User {
    fn handle(&self, command: RegisterUser, _: &Context) -> Decision {
        if self.registered {
            return Err(UserError::AlreadyRegistered);
        }
        if !is_one_line(&command.name, User::MAX_NAME_BYTES) {
            return Err(UserError::Name);
        }
        if !is_email(&command.email) {
            return Err(UserError::Email);
        }
        let RegisterUser { name, email, .. } = command;
        Ok(events![Registered { name, email }])
    }
}

impl Handle<RenameUser> for User {
    fn handle(&self, command: RenameUser, _: &Context) -> Decision {
        if !self.registered {
            return Err(UserError::Unknown);
        }
        if !is_one_line(&command.name, User::MAX_NAME_BYTES) {
            return Err(UserError::Name);
        }
        if command.name == self.name {
            return Ok(Events::none());
        }
        Ok(events![Renamed { name: command.name }])
    }
}

/// Something on both sides of one `@` and no spaces; more only a mail can tell.
fn is_email(text: &str) -> bool {
    let sides = text.split_once('@');
    let plausible = |side: &str| !side.is_empty() && !side.contains(['@', ' ']);
    is_one_line(text, User::MAX_EMAIL_BYTES)
        && sides.is_some_and(|(user, host)| plausible(user) && plausible(host))
}
