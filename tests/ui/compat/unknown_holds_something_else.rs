// An `unknown` variant with another payload.
use eventsourcing::Event;

#[derive(Event)]
#[es(dispatch = none)]
enum Relay {
    #[es(unknown)]
    Other(String),
}

fn main() {}
