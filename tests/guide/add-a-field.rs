use eventsourcing::schema::{Check, Lock};
use eventsourcing::{Aggregate, Apply, Event, FormatId, Json, Schema};
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

/// A field without a default, and a lock that is made before or after.
mod without_a_default {
    use super::*;

    pub mod first {
        use super::*;

        #[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Schema)]
        pub struct Charged { pub cents: u64 }

        #[derive(Debug, Clone, PartialEq, Event)]
        pub enum AccountEvent {
            #[es(name = "account.charged")]
            Charged(Charged),
        }
    }

    #[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Schema)]
    pub struct Charged { pub cents: u64, pub reason: String }

    #[derive(Debug, Clone, PartialEq, Event)]
    pub enum AccountEvent {
        #[es(name = "account.charged", version = 2, from(v1 = _))]
        Charged(Charged),
    }

    #[derive(Debug, Default, Serialize, Deserialize, Aggregate)]
    #[es(name = "account", id = u64, event = AccountEvent, error = String)]
    struct Account {}

    impl Apply<Charged> for Account {
        fn apply(&mut self, _: Charged) {}
    }

    #[test]
    #[should_panic(expected = "missing field `reason`")]
    fn loading_an_old_event_fails() {
        given::<Account>().stored("account.charged", 1, FormatId::JSON, br#"{"cents":50}"#).then_state(|_| true);
    }

    #[test]
    fn only_a_lock_that_was_released_before_tells() {
        let folder = tempfile::tempdir().expect("a folder");
        let check = || Check::new(folder.path().to_str().expect("UTF-8"), "events.lock");
        let first = || check().set::<first::AccountEvent>().format::<first::AccountEvent, _>(Json);
        let today = || check().set::<AccountEvent>().format::<AccountEvent, _>(Json);

        let late = today().update().and_then(|()| today().check());
        assert!(late.is_ok(), "it cannot know: {late:?}");

        let file = folder.path().join("events.lock");
        std::fs::remove_file(&file).expect("it is there");
        first().update().expect("written");
        let mut lock: Lock = std::fs::read_to_string(&file).expect("a file").parse().expect("a lock");
        lock.release();
        std::fs::write(&file, lock.to_string()).expect("written");
        let told = today().check().expect_err("version 1 is known").to_string();
        assert!(told.contains("reason"), "{told}");
    }
}
