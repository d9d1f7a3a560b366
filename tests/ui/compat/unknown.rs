// Mistakes with `unknown`; all at once.
use eventsourcing::{Event, UnknownEvent};

#[derive(Event)]
#[es(dispatch = none, unknown = skip)]
enum Twice {
    #[es(unknown)]
    First(UnknownEvent),
    #[es(unknown, name = "second")]
    Second(UnknownEvent),
    #[es(unknown)]
    Empty,
}

#[derive(Event)]
#[es(dispatch = none, unknown = ignore)]
enum Policy {}

fn main() {}
