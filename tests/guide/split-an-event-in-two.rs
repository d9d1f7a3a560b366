use eventsourcing::{Aggregate, Apply, Event, FormatId, Schema, Split, UpcastCx, UpcastError};
use eventsourcing_testkit::given;
use serde::{Deserialize, Serialize};

#[test]
fn an_event_is_two() {
    #[derive(Debug, Default, Serialize, Deserialize, Aggregate)]
    #[es(name = "account", id = u64, event = AccountEvent, error = String)]
    struct Account {
        fees: u64,
        out: u64,
    }

    impl Apply<Withdrawn> for Account {
        fn apply(&mut self, event: Withdrawn) {
            self.out += event.cents;
        }
    }

    impl Apply<FeeCharged> for Account {
        fn apply(&mut self, event: FeeCharged) {
            self.fees += event.cents;
        }
    }

    // the guide
}
