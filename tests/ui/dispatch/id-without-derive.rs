//! Case 84: ids without `derive(AggregateId)`, in an aggregate that is derived and in one written by hand.

use std::io;

use eventsourcing::{Aggregate, Event};
use serde::{Deserialize, Serialize};

#[derive(Clone, Serialize, Deserialize)]
struct Lent {}

#[derive(Clone, Event)]
enum BookEvent {
    #[es(name = "book.lent")]
    Lent(Lent),
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct BookId(u64);

#[derive(Default, Aggregate)]
#[es(name = "book", id = BookId, event = BookEvent, error = io::Error)]
struct Book {}

impl eventsourcing::Apply<Lent> for Book {
    fn apply(&mut self, _: Lent) {}
}

struct ShelfId(String);

struct Shelf;

impl Aggregate for Shelf {
    const NAME: &'static str = "shelf";
    type Id = ShelfId;
    type Event = BookEvent;
    type Error = io::Error;

    fn initial() -> Self {
        Self
    }

    fn evolve(&mut self, _: BookEvent) {}
}

fn main() {}
