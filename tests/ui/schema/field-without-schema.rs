//! A field's type has no shape.

use eventsourcing::Schema;

pub struct Iban(String);

#[derive(Schema)]
pub struct Opened {
    pub iban: Iban,
    pub all: Vec<Iban>,
}

fn main() {}
