use eventsourcing::TimerChange;
use eventsourcing_testkit::{ManualClock, given_process};

use super::a_loan_from_start_to_end::{Began, Book, Borrow, DAY, Lent, Remind, Returned, TakeBack, Task, loans};

fn lent() -> Lent {
    Lent { loan: 1, book: "emma".into(), member: "ada".into(), kind: "novel".into() }
}

fn borrow() -> Task {
    Task::Borrow(Borrow { member: "ada".into(), loan: 1 })
}

#[test]
fn scenarios_say_what_follows() {
    // the guide
}
