use eventsourcing::{Aggregate, Apply, Event, FormatId, Schema};
use eventsourcing_testkit::given;
use serde::{Deserialize, Serialize};

#[test]
fn a_field_is_added() {
    #[derive(Debug, Default, Serialize, Deserialize, Aggregate)]
    #[es(name = "account", id = u64, event = AccountEvent, error = String)]
    struct Account {
        charged: u64,
    }

    impl Apply<Charged> for Account {
        fn apply(&mut self, event: Charged) {
            self.charged += event.cents;
        }
    }

    // the guide
}
