//! `derive(Command)`.

use super::{errors, expand};
use crate::derive::command;

#[test]
fn a_command() {
    insta::assert_snapshot!(expand(
        command,
        "#[es(aggregate = Account)] struct Withdraw { #[es(id)] account: AccountId, cents: u64 }"
    ));
}

#[test]
fn a_set_of_commands() {
    insta::assert_snapshot!(expand(
        command,
        "#[es(aggregate = Account<T>)] enum AccountCommand<T> { Withdraw(Withdraw), Close(m::Close<T>) }"
    ));
}

#[test]
fn mistakes_are_found_together() {
    let found = errors(
        command,
        "struct Transfer { #[es(id)] from: u8, #[es(id)] to: u8, #[es(target)] by: u8 }",
    );
    assert_eq!(
        found,
        [
            "unknown key `target`",
            "command `Transfer` does not say which aggregate decides on it",
            "a command has one id; `from` is also marked",
        ]
    );
    let found = errors(
        command,
        "#[es(aggregate = A)] struct Close { #[es(di)] account: u8 }",
    );
    assert_eq!(found, ["unknown key `di`; did you mean `id`?"]);
    let found = errors(command, "#[es(aggregat = A)] struct Close(#[es(id)] u8);");
    assert_eq!(found, ["unknown key `aggregat`; did you mean `aggregate`?"]);
    let found = errors(
        command,
        "#[es(aggregate = 7)] enum Commands { A, B { x: u8 }, C(u8, u8), D(D) }",
    );
    assert_eq!(
        found,
        [
            "expected a type, found an integer",
            "command `A` carries no command struct to route",
            "command `B` has inline fields; routing needs a command struct",
            "command `C` has 2 fields; routing needs one command struct",
        ]
    );
}
