//! A union is not stored.

#[derive(eventsourcing::Schema)]
pub union Bits {
    pub float: f32,
    pub bits: u32,
}

fn main() {}
