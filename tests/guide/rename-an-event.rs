use eventsourcing::{Aggregate, Apply, Event, FormatId, Json, NewEvent, Schema};
use eventsourcing_testkit::given;
use serde::{Deserialize, Serialize};

#[test]
fn an_event_is_renamed() {
    #[derive(Debug, Default, Serialize, Deserialize, Aggregate)]
    #[es(name = "account", id = u64, event = AccountEvent, error = String)]
    struct Account {
        charged: u64,
    }

    impl Apply<FeeCharged> for Account {
        fn apply(&mut self, event: FeeCharged) {
            self.charged += event.cents;
        }
    }

    // the guide
}

#[test]
fn the_first_of_two_releases_reads_both_names_and_writes_the_old_one() {
    #[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
    struct FeeCharged {
        cents: u64,
    }

    #[derive(Debug, Clone, PartialEq, Event)]
    enum AccountEvent {
        #[es(name = "account.charged", was = "account.fee-charged")]
        FeeCharged(FeeCharged),
    }

    #[derive(Debug, Default, Serialize, Deserialize, Aggregate)]
    #[es(name = "account", id = u64, event = AccountEvent, error = String)]
    struct Account {
        charged: u64,
    }

    impl Apply<FeeCharged> for Account {
        fn apply(&mut self, event: FeeCharged) {
            self.charged += event.cents;
        }
    }

    given::<Account>()
        .stored("account.charged", 1, FormatId::JSON, br#"{"cents":50}"#)
        .stored("account.fee-charged", 1, FormatId::JSON, br#"{"cents":50}"#)
        .then_state(|account| account.charged == 100);
    let written = NewEvent::encode(&AccountEvent::from(FeeCharged { cents: 1 }), &Json);
    assert_eq!(&*written.expect("an event").event_type, "account.charged");
}
