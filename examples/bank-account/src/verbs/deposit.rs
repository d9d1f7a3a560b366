//! `deposit`: money comes in.

use super::answer::execute;
use crate::args::{Deposit as Args, MoneyIn};
use crate::domain::{AccountCommand, CreditInterest, Deposit, Note};
use crate::error::Error;
use crate::session::Session;

pub(super) async fn run(session: &mut Session, args: Args) -> Result<(), Error> {
    let Args {
        account,
        amount,
        currency,
        ..
    } = args;
    let note = Note {
        purpose: args.purpose,
        ..Note::default()
    };
    let (id, booked) = (account.clone(), Some(amount));
    match args.kind {
        MoneyIn::Cash => {
            let command = AccountCommand::Deposit(Deposit {
                account,
                amount,
                currency,
                note,
            });
            execute(session, "deposited", id, booked, command).await
        }
        MoneyIn::Interest => {
            let command = AccountCommand::CreditInterest(CreditInterest {
                account,
                amount,
                currency,
                note,
            });
            execute(session, "credited interest", id, booked, command).await
        }
    }
}
