//! The inner type must have a text form; a missing derive is rustc's to name.

use eventsourcing::AggregateId;

#[derive(Debug, Clone, PartialEq, Eq, AggregateId)]
struct AccountId(u64);

#[derive(Debug, Clone, PartialEq, Eq, Hash, AggregateId)]
struct TellerId(Vec<u8>);

fn main() {}
