//! Case 36: the parts are events of this set.

use eventsourcing::{Event, Split, UpcastCx, UpcastError};
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize)]
struct Opened {}

#[derive(Event)]
#[es(split(name = "account.moved", v1 = v1::Moved, into(Opened)))]
enum AccountEvent {
    #[es(name = "account.opened")]
    Opened(Opened),
}

mod v1 {
    #[derive(serde::Deserialize)]
    pub struct Moved {}
}

#[derive(Event)]
enum OtherEvent {
    #[es(name = "other.opened")]
    Opened(Opened),
}

impl Split<AccountEvent> for v1::Moved {
    type Output = [OtherEvent; 1];
    fn split(self, _: &UpcastCx<'_>) -> Result<Self::Output, UpcastError> {
        Ok([Opened {}.into()])
    }
}

fn main() {}
