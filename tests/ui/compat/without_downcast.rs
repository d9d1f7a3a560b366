// An older version is to be written, and nothing leads back to it.
use eventsourcing::Event;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize)]
struct FeeCharged {
    cents: u64,
    kind: String,
}

mod v1 {
    use serde::{Deserialize, Serialize};

    #[derive(Serialize, Deserialize)]
    pub struct FeeCharged {
        pub cents: u64,
    }
}

impl From<v1::FeeCharged> for FeeCharged {
    fn from(old: v1::FeeCharged) -> Self {
        Self { cents: old.cents, kind: String::new() }
    }
}

#[derive(Event)]
#[es(dispatch = none)]
enum AccountEvent {
    #[es(name = "account.fee-charged", version = 2, from(v1 = v1::FeeCharged), write = 1)]
    FeeCharged(FeeCharged),
}

fn main() {}
