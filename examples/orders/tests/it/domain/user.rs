//! Users.

use eventsourcing::events;
use eventsourcing_testkit::{Given, given};
use orders::domain::UserId;
use orders::domain::user::{RegisterUser, Registered, RenameUser, Renamed, User, UserError};

fn id() -> UserId {
    UserId::for_request(Some("ada"))
}

fn facts(name: &str, email: &str) -> Registered {
    let (name, email) = (name.into(), email.into());
    Registered { name, email }
}

fn register(name: &str, email: &str) -> RegisterUser {
    let Registered { name, email } = facts(name, email);
    let user = id();
    RegisterUser { user, name, email }
}

fn rename(name: &str) -> RenameUser {
    let (user, name) = (id(), name.into());
    RenameUser { user, name }
}

fn ada() -> Given<User> {
    given::<User>().event(facts("Ada", "ada@example.org"))
}

#[test]
fn a_user_registers_once() {
    given::<User>()
        .when(register("Ada", "ada@example.org"))
        .then(events![facts("Ada", "ada@example.org")])
        .then_state(|user| user.name() == "Ada" && user.email() == "ada@example.org");
    ada()
        .when(register("Ada", "ada@example.org"))
        .then_error(UserError::AlreadyRegistered);
}

#[test]
fn a_user_needs_a_name_and_an_address() {
    for name in ["", "  ", "two\nlines", &"x".repeat(201)] {
        given::<User>()
            .when(register(name, "ada@example.org"))
            .then_error(UserError::Name);
        ada().when(rename(name)).then_error(UserError::Name);
    }
    let long = format!("{}@example.org", "x".repeat(180));
    for email in [
        "",
        "ada",
        "@",
        "ada@",
        "@example.org",
        "a@b@c",
        "a b@c",
        "a\n@c",
        &long,
    ] {
        given::<User>()
            .when(register("Ada", email))
            .then_error(UserError::Email);
    }
}

#[test]
fn a_user_is_renamed() {
    let name = "Ada Novák".to_owned();
    ada().when(rename(&name)).then(events![Renamed { name }]);
    ada().when(rename("Ada")).then_nothing();
    given::<User>()
        .when(rename("Ada"))
        .then_error(UserError::Unknown);
}

#[test]
fn an_address_marks_its_registration_whatever_its_case() {
    let tag = |email| Registered::email_tag(email).expect("a tag");
    assert_eq!(tag("Ada@Example.org"), tag("ada@example.ORG"));
    assert_ne!(tag("ada@example.org"), tag("ben@example.org"));
}
