// Every mistake of a view at once.
use eventsourcing::EventView;

#[derive(EventView)]
enum CashFlow {
    Deposited(u64),
    #[es(borow)]
    Withdrawn(u64),
}

#[derive(EventView)]
#[es(of = "AccountEvent")]
enum Quoted {
    Deposited(u64),
}

#[derive(EventView)]
struct Single(u64);

fn shows<V: EventView<'static>>() {}

fn main() {
    shows::<CashFlow>();
    shows::<u64>();
}
