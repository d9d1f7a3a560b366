//! What the read models look at: the bookings of all kinds as one, and where an account begins and ends.

use eventsourcing::{EventView, RecordedEvent};

use crate::domain::{
    AccountEvent, Day, Deposited, FeeCharged, InterestCharged, InterestCredited, Minor, Opened,
    TransferReceived, TransferReturned, TransferSent, Withdrawn,
};

/// An event of an account.
#[derive(Debug, EventView)]
#[es(of = AccountEvent)]
pub(crate) enum Seen {
    Opened(Opened),
    Deposited(Booking),
    Withdrawn(Booking),
    FeeCharged(Booking),
    InterestCredited(Booking),
    InterestCharged(Booking),
    TransferSent(Booking),
    TransferReceived(Booking),
    TransferReturned(Booking),
    MarkedDormant,
    Closed,
}

/// What an event means, its kind left aside.
#[derive(Debug)]
pub(crate) enum Step {
    /// The account begins.
    Begins(Opened),
    /// Money moves.
    Moves(Booking),
    /// The account is dormant until money moves again.
    Rests,
    /// The account ends.
    Ends,
}

impl Seen {
    pub(crate) fn step(self) -> Step {
        match self {
            Self::Opened(opened) => Step::Begins(opened),
            Self::Deposited(booking)
            | Self::Withdrawn(booking)
            | Self::FeeCharged(booking)
            | Self::InterestCredited(booking)
            | Self::InterestCharged(booking)
            | Self::TransferSent(booking)
            | Self::TransferReceived(booking)
            | Self::TransferReturned(booking) => Step::Moves(booking),
            Self::MarkedDormant => Step::Rests,
            Self::Closed => Step::Ends,
        }
    }
}

/// A movement of money, whatever kind of event it was.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Booking {
    /// Into the account; else out of it.
    pub(crate) credit: bool,
    pub(crate) amount: Minor,
    day: Option<Day>,
}

impl Booking {
    /// The day for which the bank booked it; where that is not known, the one on which it was recorded.
    pub(crate) fn day(&self, recorded: &RecordedEvent) -> Day {
        self.day.unwrap_or_else(|| Day::of(recorded.recorded_at))
    }

    /// The balance after it.
    pub(crate) fn book(&self, balance: Minor) -> Minor {
        if self.credit {
            balance.saturating_add(self.amount)
        } else {
            balance.saturating_sub(self.amount)
        }
    }
}

macro_rules! bookings {
    ($($event:ident { credit: $credit:literal, day: $day:expr })*) => {$(
        impl From<$event> for Booking {
            fn from(event: $event) -> Self {
                let day: fn(&$event) -> Option<Day> = $day;
                Self { credit: $credit, amount: event.amount, day: day(&event) }
            }
        }
    )*};
}

bookings! {
    Deposited { credit: true, day: |event| event.note.day }
    InterestCredited { credit: true, day: |event| event.note.day }
    TransferReceived { credit: true, day: |_| None }
    TransferReturned { credit: true, day: |_| None }
    Withdrawn { credit: false, day: |event| event.note.day }
    FeeCharged { credit: false, day: |event| event.note.day }
    InterestCharged { credit: false, day: |event| event.note.day }
    TransferSent { credit: false, day: |_| None }
}
