// Rows are asked for by something that is no range of their keys.
use eventsourcing::{ReadModel, ReadModelError, View, under};

const LOANS: ReadModel<(String, u32), u64> = ReadModel::new("loans");

fn one_part(view: &View) -> Result<u64, ReadModelError> {
    view.count(&LOANS, "ada".to_owned())
}

fn the_last_part(view: &View) -> Result<u64, ReadModelError> {
    view.count(&LOANS, under(7_u32))
}

fn main() {}
