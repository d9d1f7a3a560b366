// Floors and older versions that make no sense; all at once.
use eventsourcing::Event;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize)]
struct A;
#[derive(Serialize, Deserialize)]
struct B;
#[derive(Serialize, Deserialize)]
struct C;
#[derive(Serialize, Deserialize)]
struct D;

#[derive(Event)]
#[es(handler = Handler)]
enum AccountEvent {
    #[es(name = "a", version = 3, from(v1 = _, v2 = _), readable_by = 4)]
    A(A),
    #[es(name = "b", readable_by = 0)]
    B(B),
    #[es(name = "c", version = 2, from(v1 = _), write = 2)]
    C(C),
    #[es(name = "d", version = 3, from(v1 = A, v2 = !), write = 1)]
    D(D),
    #[es(name = "e", version = 2, from(v1 = A), write = 1)]
    E { cents: u64 },
    #[es(name = "f", version = 2, from(v1 = _), write = 1)]
    F(B),
}

fn main() {}
