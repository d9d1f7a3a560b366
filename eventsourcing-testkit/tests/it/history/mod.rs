//! The history checker: it finds every kind of violation, names it, and raises no false alarm.

mod appends;
mod drawn;
mod flawed;
mod load;
mod logs;
mod reads;
mod refusals;
mod schedules;
