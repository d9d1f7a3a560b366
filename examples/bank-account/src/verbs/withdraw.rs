//! `withdraw`: money goes out, to the customer or to the bank.

use super::answer::execute;
use crate::args::{MoneyOut, Withdraw as Args};
use crate::domain::{AccountCommand, ChargeFee, ChargeInterest, Note, Withdraw};
use crate::error::Error;
use crate::session::Session;

pub(super) async fn run(session: &mut Session, args: Args) -> Result<(), Error> {
    let Args {
        account,
        amount,
        fee,
        currency,
        ..
    } = args;
    let note = Note {
        purpose: args.purpose,
        ..Note::default()
    };
    let (id, booked) = (account.clone(), Some(amount));
    match args.kind {
        MoneyOut::Cash => {
            let command = AccountCommand::Withdraw(Withdraw {
                account,
                amount,
                fee,
                currency,
                note,
            });
            execute(session, "withdrew", id, booked, command).await
        }
        MoneyOut::Fee => {
            let command = AccountCommand::ChargeFee(ChargeFee {
                account,
                amount,
                currency,
                note,
            });
            execute(session, "charged a fee of", id, booked, command).await
        }
        MoneyOut::Interest => {
            let command = AccountCommand::ChargeInterest(ChargeInterest {
                account,
                amount,
                currency,
                note,
            });
            execute(session, "charged interest of", id, booked, command).await
        }
    }
}
