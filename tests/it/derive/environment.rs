//! Where derives are used: through a facade, in function bodies, in `macro_rules`.

use super::stored::{one, round_trip};

/// A crate that re-exports the toolkit.
mod facade {
    pub(crate) mod deep {
        pub(crate) use eventsourcing as es;
    }
}

mod through_a_facade {
    use serde::{Deserialize, Serialize};

    use super::facade::deep::es::{
        Aggregate, AggregateId, Apply, Command, Context, Event, Events, Handle,
    };

    #[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
    pub(super) struct Opened {}

    #[derive(Debug, Clone, PartialEq, Event)]
    #[es(crate = crate::derive::environment::facade::deep::es)]
    pub(super) enum AccountEvent {
        #[es(name = "account.opened", version = 2, from(v1 = _))]
        Opened(Opened),
    }

    #[derive(Debug, Clone, PartialEq, Event)]
    #[es(crate = crate::derive::environment::facade::deep::es, handler = DoorEvents)]
    pub(super) enum DoorEvent {
        #[es(name = "door.opened")]
        Opened { by: String },
    }

    #[derive(Debug, Default, Aggregate)]
    #[es(crate = crate::derive::environment::facade::deep::es)]
    #[es(name = "account", id = AccountId, event = AccountEvent, error = String)]
    pub(super) struct Account;

    impl Apply<Opened> for Account {
        fn apply(&mut self, _: Opened) {}
    }

    #[derive(Debug, Clone, PartialEq, Eq, Hash, AggregateId)]
    #[es(crate = crate::derive::environment::facade::deep::es)]
    pub(super) struct AccountId(String);

    #[derive(Debug, Command)]
    #[es(aggregate = Account, crate = crate::derive::environment::facade::deep::es)]
    pub(super) struct Open(#[es(id)] pub(super) AccountId);

    impl Handle<Open> for Account {
        fn handle(&self, _: Open, _: &Context) -> Result<Events<AccountEvent>, String> {
            Err("no".to_owned())
        }
    }
}

#[test]
fn the_toolkit_may_be_re_exported() {
    use eventsourcing::Command;
    use through_a_facade::{AccountEvent, DoorEvent, Open, Opened};

    assert_eq!(
        one::<AccountEvent>("account.opened", 1, "{}"),
        AccountEvent::Opened(Opened {})
    );
    let event = DoorEvent::Opened { by: "Ada".into() };
    assert_eq!(round_trip(&event), event);
    assert_eq!(Open("7".to_owned().into()).target().to_string(), "7");
}

#[test]
fn a_set_may_be_local_to_a_function() {
    use eventsourcing::Event;
    use serde::{Deserialize, Serialize};

    #[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
    struct Opened {}
    #[derive(Debug, Clone, PartialEq, Event)]
    #[es(dispatch = none)]
    enum AccountEvent {
        #[es(name = "account.opened")]
        Opened(Opened),
        #[es(name = "account.closed")]
        Closed { at: u8 },
    }
    for event in [Opened {}.into(), AccountEvent::Closed { at: 3 }] {
        assert_eq!(round_trip(&event), event);
    }
}

macro_rules! event_set {
    (
        $(#[doc = $doc:expr])*
        $vis:vis $set:ident by $handler:ident in $krate:path {
            $($variant:ident($payload:ty) = $name:literal v $version:literal from $old:ty,)*
            $(; $inline:ident { $($field:ident: $ty:ty),* } = $inline_name:literal)*
        }
    ) => {
        $(#[doc = $doc])*
        #[derive(Debug, Clone, PartialEq, eventsourcing::Event)]
        #[es(handler = $handler)]
        $vis enum $set {
            $(#[es(name = $name, version = $version, from(v1 = $old))] $variant($payload),)*
            $(#[es(name = $inline_name)] $inline { $($field: $ty),* },)*
        }
    };
}

event_set! {
    /// Made by a macro.
    #[doc = concat!("a", "b")]
    pub(crate) MadeEvent by MadeEvents in ::eventsourcing {
        Counted(Vec<u64>) = "made.counted" v 2 from Old<u64>,
        Named(String) = "made.named" v 2 from Old<String>,
        ; Sized { width: u8, height: Option<u8> } = "made.sized"
    }
}

#[derive(serde::Deserialize)]
struct Old<T>(T);

impl From<Old<u64>> for Vec<u64> {
    fn from(old: Old<u64>) -> Self {
        vec![old.0]
    }
}

impl From<Old<String>> for String {
    fn from(old: Old<String>) -> Self {
        old.0
    }
}

#[test]
fn a_set_may_come_from_macro_rules() {
    assert_eq!(
        one::<MadeEvent>("made.counted", 1, "7"),
        MadeEvent::Counted(vec![7])
    );
    assert_eq!(
        one::<MadeEvent>("made.named", 2, r#""x""#),
        MadeEvent::Named("x".into())
    );
    let event = MadeEvent::Sized {
        width: 1,
        height: None,
    };
    assert_eq!(round_trip(&event), event);
}

#[test]
fn events_are_held_across_await_points() {
    use eventsourcing::{Decoded, Events, Json};
    use through_a_facade::{AccountEvent, Opened};

    fn is_send<T: Send + 'static>(value: T) -> T {
        value
    }
    let recorded = super::stored::stored("account.opened", 2, "{}");
    let future = is_send(async move {
        let decoded: Decoded<AccountEvent> = recorded.decode(&Json).unwrap();
        let events: Events<AccountEvent> = eventsourcing::events![Opened {}];
        std::future::ready(()).await;
        (decoded.into_vec(), events.into_iter().count())
    });
    let runtime = tokio::runtime::Builder::new_current_thread().build();
    let (decoded, events) = runtime.unwrap().block_on(future);
    assert_eq!((decoded.len(), events), (1, 1));
}
