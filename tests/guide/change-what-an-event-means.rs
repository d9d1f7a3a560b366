use eventsourcing::{Aggregate, Apply, Event, FormatId, Schema};
use eventsourcing_testkit::given;
use serde::{Deserialize, Serialize};

#[test]
fn an_event_means_something_else() {
    #[derive(Debug, Default, Serialize, Deserialize, Aggregate)]
    #[es(name = "account", id = u64, event = AccountEvent, error = String)]
    struct Account {
        net: u64,
    }

    impl Apply<Charged> for Account {
        fn apply(&mut self, event: Charged) {
            self.net += event.cents;
        }
    }

    impl Apply<ChargedGross> for Account {
        fn apply(&mut self, event: ChargedGross) {
            self.net += event.cents - event.tax_cents;
        }
    }

    // the guide
}
