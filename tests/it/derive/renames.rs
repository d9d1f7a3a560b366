//! What is written in Rust is not what is stored: variants, payloads and fields of the set may be renamed and reordered.

use eventsourcing::Event;
use serde::{Deserialize, Serialize};

use super::stored::{one, written};

mod before {
    use super::{Deserialize, Event, Serialize};

    #[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
    pub(super) struct Opened {
        pub(super) owner: String,
        pub(super) limit: u8,
    }
    #[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
    pub(super) struct Closed {}

    #[derive(Debug, Clone, PartialEq, Event)]
    #[es(dispatch = none)]
    pub(super) enum AccountEvent {
        #[es(name = "account.opened")]
        Opened(Opened),
        #[es(name = "account.closed")]
        Closed(Closed),
        #[es(name = "account.noted")]
        Noted { text: String, by: u8 },
    }
}

mod after {
    use super::{Deserialize, Event, Serialize};

    #[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
    pub(super) struct Beginning {
        pub(super) limit: u8,
        pub(super) owner: String,
    }
    #[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
    pub(super) struct End {}

    #[derive(Debug, Clone, PartialEq, Event)]
    #[es(dispatch = none)]
    pub(super) enum LedgerEvent {
        #[es(name = "account.noted")]
        Note { by: u8, text: String },
        #[es(name = "account.closed")]
        Ended(End),
        #[es(name = "account.opened")]
        Began(Beginning),
    }
}

#[test]
fn events_are_read_after_everything_in_rust_was_renamed_and_reordered() {
    use after::{Beginning, End, LedgerEvent};
    use before::{AccountEvent, Closed, Opened};

    let (owner, text) = ("Ada".to_owned(), "x".to_owned());
    let pairs: [(AccountEvent, LedgerEvent); 3] = [
        (
            Opened {
                owner: owner.clone(),
                limit: 3,
            }
            .into(),
            Beginning { owner, limit: 3 }.into(),
        ),
        (Closed {}.into(), End {}.into()),
        (
            AccountEvent::Noted {
                text: text.clone(),
                by: 1,
            },
            LedgerEvent::Note { by: 1, text },
        ),
    ];
    for (old, new) in pairs {
        let (name, version, payload) = written(&old);
        assert_eq!(one::<LedgerEvent>(&name, version, &payload), new);
        let (name, version, payload) = written(&new);
        assert_eq!(one::<AccountEvent>(&name, version, &payload), old);
    }
}
