use eventsourcing::{Aggregate, Apply, Event, FormatId, Schema};
use eventsourcing_testkit::given;
use serde::{Deserialize, Serialize};

#[test]
fn a_field_is_worked_out() {
    #[derive(Debug, Default, Serialize, Deserialize, Aggregate)]
    #[es(name = "account", id = u64, event = AccountEvent, error = String)]
    struct Account {
        currency: String,
    }

    impl Apply<Opened> for Account {
        fn apply(&mut self, event: Opened) {
            self.currency = event.currency;
        }
    }

    // the guide
}
