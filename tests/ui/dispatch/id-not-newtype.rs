//! `AggregateId` is for newtypes.

use eventsourcing::AggregateId;

#[derive(Debug, Clone, PartialEq, Eq, Hash, AggregateId)]
struct AccountId {
    bank: u32,
    number: u64,
}

fn main() {}
