//! One row of a statement, and the command it stands for.

use crate::domain::{
    Account, AccountCommand, AccountId, ChargeFee, ChargeInterest, CreditInterest, Currency, Day,
    Deposit, Minor, Note, ParseMoneyError, Withdraw,
};

/// The columns, as the header names them.
pub(super) const COLUMNS: [&str; 10] = [
    "trans_id",
    "account_id",
    "date",
    "type",
    "operation",
    "amount",
    "balance",
    "k_symbol",
    "bank",
    "account",
];

/// A row whose every field makes sense by itself. Whether it may be booked is the account's decision.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Row {
    pub(super) line: u64,
    pub(super) transaction: String,
    pub(super) account: AccountId,
    pub(super) day: Day,
    pub(super) kind: Kind,
    pub(super) amount: Minor,
    /// The bank's own balance after it.
    pub(super) balance: Minor,
    pub(super) note: Note,
    /// Whether its transaction id has occurred in this file before.
    pub(super) repeated: bool,
}

/// What a row does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Deposit,
    Withdrawal,
    InterestCredited,
    InterestCharged,
    Fee,
}

impl Kind {
    pub(super) fn is_credit(self) -> bool {
        matches!(self, Self::Deposit | Self::InterestCredited)
    }
}

/// Why a row does not make sense.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum BadRow {
    #[error("it is longer than {0} bytes")]
    TooLong(usize),
    #[error("it is not UTF-8")]
    NotUtf8,
    #[error("a quote is not closed")]
    OpenQuote,
    #[error("it has {0} columns, not {expected}", expected = COLUMNS.len())]
    Columns(usize),
    #[error("{0} is empty")]
    Empty(&'static str),
    #[error("{0} holds a control character")]
    ControlCharacter(&'static str),
    #[error("account_id cannot be an account: {0}")]
    Account(eventsourcing::InvalidStreamId),
    #[error("date `{0}` is not a day; expected YYMMDD")]
    Date(String),
    #[error("type `{0}` is unknown; expected PRIJEM, VYDAJ or VYBER")]
    Type(String),
    #[error("transaction id {0} was used before in this file, by another account")]
    IdOfAnotherAccount(String),
    #[error("{0}: {1}")]
    Money(&'static str, ParseMoneyError),
}

impl Row {
    /// Reads the fields, in the order of [`COLUMNS`].
    pub(super) fn parse(line: u64, fields: &[&str]) -> Result<Self, BadRow> {
        let [
            transaction,
            account,
            date,
            kind,
            operation,
            amount,
            balance,
            symbol,
            bank,
            partner,
        ] = fields
        else {
            return Err(BadRow::Columns(fields.len()));
        };
        for (column, field) in COLUMNS.into_iter().zip(fields) {
            if field.contains(char::is_control) {
                return Err(BadRow::ControlCharacter(column));
            }
        }
        let transaction = present("trans_id", transaction)?;
        let account = AccountId(present("account_id", account)?);
        eventsourcing::stream_id::<Account>(&account).map_err(BadRow::Account)?;
        let day = day(date).ok_or_else(|| BadRow::Date((*date).into()))?;
        let (operation, symbol) = (operation.trim(), symbol.trim());
        let kind = match (*kind, symbol) {
            ("PRIJEM", "UROK") => Kind::InterestCredited,
            ("PRIJEM", _) => Kind::Deposit,
            ("VYDAJ" | "VYBER", "SANKC. UROK") => Kind::InterestCharged,
            ("VYDAJ" | "VYBER", "SLUZBY") => Kind::Fee,
            ("VYDAJ" | "VYBER", _) => Kind::Withdrawal,
            (other, _) => return Err(BadRow::Type(other.into())),
        };
        let money = |column, text: &str| text.parse().map_err(|error| BadRow::Money(column, error));
        let partner = format!("{} {}", bank.trim(), partner.trim());
        let note = Note {
            day: Some(day),
            way: way(operation),
            purpose: purpose(symbol),
            // The bank writes account 0 where there is none.
            partner: Some(partner.trim())
                .filter(|text| !text.is_empty() && *text != "0")
                .map(Into::into),
        };
        Ok(Self {
            line,
            transaction,
            account,
            day,
            kind,
            amount: money("amount", amount)?,
            balance: money("balance", balance)?,
            note,
            repeated: false,
        })
    }

    /// The command it stands for.
    pub(super) fn command(&self, currency: Currency) -> AccountCommand {
        let (account, amount, currency) = (self.account.clone(), self.amount, Some(currency));
        let note = self.note.clone();
        match self.kind {
            Kind::Deposit => AccountCommand::Deposit(Deposit {
                account,
                amount,
                currency,
                note,
            }),
            Kind::Withdrawal => AccountCommand::Withdraw(Withdraw {
                account,
                amount,
                fee: None,
                currency,
                note,
            }),
            Kind::InterestCredited => AccountCommand::CreditInterest(CreditInterest {
                account,
                amount,
                currency,
                note,
            }),
            Kind::InterestCharged => AccountCommand::ChargeInterest(ChargeInterest {
                account,
                amount,
                currency,
                note,
            }),
            Kind::Fee => AccountCommand::ChargeFee(ChargeFee {
                account,
                amount,
                currency,
                note,
            }),
        }
    }

    /// The key under which it happens once, in this import or another.
    pub(super) fn idempotency_key(&self) -> String {
        format!("statement-{}", self.transaction)
    }
}

fn present(column: &'static str, text: &str) -> Result<String, BadRow> {
    match text.trim() {
        "" => Err(BadRow::Empty(column)),
        text => Ok(text.into()),
    }
}

/// Reads `930131`: a day of the twentieth century.
fn day(date: &str) -> Option<Day> {
    if date.len() != 6 || !date.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let number = |from: usize| date[from..from + 2].parse::<i8>().ok();
    Day::new(1900 + i16::from(number(0)?), number(2)?, number(4)?)
}

/// The operation in words; an unknown one as it is.
fn way(operation: &str) -> Option<String> {
    let words = match operation {
        "" => return None,
        "VKLAD" | "VYBER" => "cash",
        "PREVOD Z UCTU" | "PREVOD NA UCET" => "transfer",
        "VYBER KARTOU" => "card",
        other => other,
    };
    Some(words.into())
}

/// The purpose in words; an unknown one as it is. Interest, penalties and fees are kinds of their own.
fn purpose(symbol: &str) -> Option<String> {
    let words = match symbol {
        "" | "UROK" | "SANKC. UROK" | "SLUZBY" => return None,
        "SIPO" => "household",
        "DUCHOD" => "pension",
        "POJISTNE" => "insurance",
        "UVER" => "loan",
        other => other,
    };
    Some(words.into())
}
