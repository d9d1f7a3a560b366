//! Generic sets, payloads, histories, states and commands.

use std::fmt::Debug;

use eventsourcing::{
    Aggregate, AggregateId, Apply, Command, Context, Event, Events, Evolve, Handle, Upcast,
    UpcastCx, UpcastError, events,
};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::stored::{one, round_trip};

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Posted<T> {
    amount: T,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Batch<const N: usize> {
    rows: Vec<u8>,
}

mod v1 {
    #[derive(serde::Deserialize)]
    pub(super) struct Posted<T> {
        pub(super) sum: T,
    }
}

impl<T> From<v1::Posted<T>> for Posted<T> {
    fn from(old: v1::Posted<T>) -> Self {
        Self { amount: old.sum }
    }
}

/// Parameter names that generated code might be tempted to use.
#[derive(Debug, Clone, PartialEq, Event)]
enum LedgerEvent<__F, __S = (), const N: usize = 2>
where
    __S: Clone,
{
    #[es(name = "ledger.posted", version = 2, from(v1 = v1::Posted<__F>))]
    Posted(Posted<__F>),
    #[es(name = "ledger.batch")]
    Batch(Batch<N>),
    #[es(name = "ledger.noted")]
    Noted(Vec<__S>),
}

#[derive(Debug, Default, PartialEq, Aggregate)]
#[es(name = "ledger", id = LedgerId<u64>, event = LedgerEvent<T, String>, error = String)]
struct Ledger<T>
where
    T: Default + Clone + Send + Sync + Serialize + DeserializeOwned + 'static,
{
    last: T,
    notes: Vec<String>,
}

macro_rules! apply {
    ($(|$state:ident, $event:ident: $ty:ty| $body:expr;)*) => { $(
        impl<T> Apply<$ty> for Ledger<T>
        where
            T: Default + Clone + Send + Sync + Serialize + DeserializeOwned + 'static,
        {
            fn apply(&mut self, $event: $ty) {
                let $state = self;
                $body
            }
        }
    )* };
}

apply! {
    |state, event: Posted<T>| state.last = event.amount;
    |state, event: Batch<2>| state.notes.push(event.rows.len().to_string());
    |state, event: Vec<String>| state.notes.extend(event);
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, AggregateId)]
struct LedgerId<T>(T);

#[derive(Debug, Clone, Command)]
#[es(aggregate = Ledger<T>)]
struct Post<T>
where
    T: Default + Clone + Send + Sync + Serialize + DeserializeOwned + 'static,
{
    #[es(id)]
    ledger: LedgerId<u64>,
    amount: T,
}

impl<T> Handle<Post<T>> for Ledger<T>
where
    T: Default + Clone + Send + Sync + Serialize + DeserializeOwned + 'static,
{
    fn handle(
        &self,
        command: Post<T>,
        _: &Context,
    ) -> Result<Events<LedgerEvent<T, String>>, String> {
        Ok(events![Posted {
            amount: command.amount
        }])
    }
}

#[test]
fn generic_sets_read_their_generic_histories() {
    let event: LedgerEvent<i64, String> = one("ledger.posted", 1, r#"{"sum":-4}"#);
    assert_eq!(event, LedgerEvent::Posted(Posted { amount: -4 }));
    let event: LedgerEvent<i64, String> = Vec::from(["a".to_owned()]).into();
    assert_eq!(round_trip(&event), event);
}

#[test]
fn generic_states_are_driven_by_generic_sets() {
    let mut ledger = Ledger::<i64>::initial();
    ledger.evolve(Posted { amount: 5 }.into());
    LedgerEvent::Batch(Batch { rows: vec![1, 2] }).evolve(&mut ledger);
    assert_eq!(
        ledger,
        Ledger {
            last: 5,
            notes: vec!["2".to_owned()]
        }
    );
    let post = Post {
        ledger: LedgerId(1),
        amount: 7,
    };
    assert_eq!(post.target().to_string(), "1");
    assert_eq!("12".parse(), Ok(LedgerId(12)));
}

/// A payload that is named through a trait; its bounds cannot be guessed.
trait Kind: Debug + Clone + PartialEq {
    type Row: Debug + Clone + PartialEq + Serialize + DeserializeOwned;
    type Old;
}

#[derive(Debug, Clone, PartialEq)]
struct Plain;

impl Kind for Plain {
    type Row = u8;
    type Old = OldRow;
}

#[derive(Debug, Deserialize)]
struct OldRow(u8);

impl Upcast<u8> for OldRow {
    fn upcast(self, _: &UpcastCx<'_>) -> Result<u8, UpcastError> {
        Ok(self.0 + 1)
    }
}

#[derive(Debug, Clone, PartialEq, Event)]
#[es(dispatch = none, bound = "K::Old: DeserializeOwned + Upcast<K::Row>")]
enum RowEvent<K: Kind> {
    #[es(name = "row.posted", version = 2, from(v1 = <K as Kind>::Old))]
    Posted(<K as Kind>::Row),
}

#[test]
fn bounds_that_cannot_be_inferred_are_given() {
    assert_eq!(
        one::<RowEvent<Plain>>("row.posted", 1, "4"),
        RowEvent::Posted(5)
    );
}

/// Bounds over all lifetimes, bounds between parameters, and a default for each kind of parameter.
#[derive(Debug, Clone, PartialEq, Event)]
#[es(dispatch = none)]
enum HigherEvent<T = u8, L = Vec<T>, const N: usize = 3>
where
    for<'a> &'a L: IntoIterator<Item = &'a T>,
    T: PartialOrd + 'static,
    L: FromIterator<T>,
{
    #[es(name = "higher.listed", version = 2, from(v1(T, via = alone)))]
    Listed(Listed<T, L>),
    #[es(name = "higher.batch")]
    Batch(Batch<N>),
    #[es(name = "higher.moved")]
    Moved { from: T, to: Option<L> },
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(bound = "T: Serialize + DeserializeOwned, L: Serialize + DeserializeOwned")]
struct Listed<T, L> {
    first: Option<T>,
    list: L,
}

fn alone<T, L: FromIterator<T>>(only: T) -> Listed<T, L> {
    let list = std::iter::once(only).collect();
    Listed { first: None, list }
}

#[test]
fn bounds_and_defaults_of_the_set_are_kept() {
    let event: HigherEvent = one("higher.listed", 1, "4");
    let list = vec![4];
    assert_eq!(event, HigherEvent::Listed(Listed { first: None, list }));
    let event = HigherEvent::<u8, Vec<u8>>::Moved {
        from: 1,
        to: Some(vec![2]),
    };
    assert_eq!(round_trip(&event), event);
}
