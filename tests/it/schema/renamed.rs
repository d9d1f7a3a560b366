//! Names that only changed, where the format stores none.

use std::fs;

use eventsourcing::schema::{Check, Lock, LockError};
use eventsourcing::{Json, Postcard};

/// The same event, its fields named and its old version lifted as told.
macro_rules! generation {
    ($module:ident, $first:ident, $second:ident, $lift:expr) => {
        mod $module {
            use eventsourcing::{Event, Schema};
            use serde::{Deserialize, Serialize};

            #[derive(Clone, Serialize, Deserialize, Schema)]
            pub(super) struct Moved {
                pub(super) $first: u8,
                pub(super) $second: Option<Vec<u8>>,
                pub(super) more: u8,
            }

            #[derive(Clone, Deserialize, Schema)]
            pub(super) struct MovedV1 {
                first: u8,
                more: u8,
            }

            impl From<MovedV1> for Moved {
                fn from(old: MovedV1) -> Self {
                    let ($first, more) = $lift(old.first, old.more);
                    let $second = None;
                    Self {
                        $first,
                        $second,
                        more,
                    }
                }
            }

            #[derive(Clone, Event)]
            pub(super) enum AccountEvent {
                #[es(name = "account.moved", version = 2, from(v1 = MovedV1))]
                Moved(Moved),
            }
        }
    };
}

generation!(released, from, to, |first, more| (first, more));
generation!(renamed, source, target, |first, more| (first, more));
generation!(exchanged, source, target, |first, more| (more, first));

/// What the lock of the first generation says about another one.
macro_rules! check {
    ($next:ident, $format:expr) => {{
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().to_str().expect("UTF-8");
        let first = Check::new(path, "events.lock").set::<released::AccountEvent>();
        let first = first.format::<released::AccountEvent, _>($format);
        first.update().expect("a lock");
        let file = folder.path().join("events.lock");
        let mut lock: Lock = fs::read_to_string(&file)
            .expect("a file")
            .parse()
            .expect("a lock");
        lock.release();
        fs::write(&file, lock.to_string()).expect("writing");
        let next = Check::new(path, "events.lock").set::<$next::AccountEvent>();
        rules(next.format::<$next::AccountEvent, _>($format).check())
    }};
}

fn rules(checked: Result<(), LockError>) -> Vec<String> {
    match checked {
        Ok(()) => Vec::new(),
        Err(LockError::Broken { report, .. }) => {
            let rules = report.rules();
            rules.iter().map(|rule| rule.id().to_owned()).collect()
        }
        Err(error) => panic!("{error}"),
    }
}

#[test]
fn fields_that_were_renamed_are_read_alike_where_there_are_no_names() {
    assert!(check!(released, Postcard).is_empty());
    assert!(check!(renamed, Postcard).is_empty());
    assert!(!check!(renamed, Json).is_empty());
}

#[test]
fn a_step_that_gives_something_else_is_told_also_beside_a_new_name() {
    assert_eq!(check!(exchanged, Postcard), ["G1"]);
}
