//! Case 48.

use eventsourcing::Event;

#[derive(Event)]
union AccountEvent {
    opened: u8,
    closed: u8,
}

fn main() {}
