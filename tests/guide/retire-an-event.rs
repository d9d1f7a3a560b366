use eventsourcing::{Aggregate, Apply, Event, FormatId, Schema};
use eventsourcing_testkit::given;
use serde::{Deserialize, Serialize};

#[test]
fn an_event_is_retired() {
    #[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Schema)]
    struct Opened {
        owner: String,
    }

    #[derive(Debug, Default, Serialize, Deserialize, Aggregate)]
    #[es(name = "account", id = u64, event = AccountEvent, error = String)]
    struct Account {
        opened: bool,
    }

    impl Apply<Opened> for Account {
        fn apply(&mut self, _: Opened) {
            self.opened = true;
        }
    }

    // the guide
}
