//! Events of every generation are stored as they were released.

use bank_account::domain::AccountEvent;
use bank_account::domain::dormancy::DormancyEvent;
use bank_account::domain::transfer::TransferEvent;

eventsourcing::events_lock!("events.lock", [AccountEvent, TransferEvent, DormancyEvent]);
