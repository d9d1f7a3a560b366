//! Events of every generation are stored as they were released.

use bank_account::domain::AccountEvent;

eventsourcing::events_lock!("events.lock", [AccountEvent]);
