//! Generated code stands on its own: no prelude, and every name it might lean on means something else here.
#![no_implicit_prelude]
#![allow(
    dead_code,
    non_camel_case_types,
    non_upper_case_globals,
    clippy::upper_case_acronyms
)]

use ::eventsourcing::{Aggregate, AggregateId, Apply, Command, Event, Handle};
use ::serde::{Deserialize, Serialize};
use ::std::clone::Clone;
use ::std::cmp::{Eq, PartialEq};
use ::std::default::Default;
use ::std::fmt::Debug;
use ::std::hash::Hash;

struct Option;
struct Result;
struct Vec;
struct String;
struct Box;
struct From;
mod std {}
mod core {}
mod eventsourcing {}
mod serde {}

mod r#match {
    pub(super) mod v1 {
        #[derive(::serde::Deserialize)]
        pub(crate) struct X {}
    }
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct X {
    r#type: u8,
}

impl ::std::convert::From<r#match::v1::X> for X {
    fn from(_: r#match::v1::X) -> X {
        X { r#type: 1 }
    }
}

macro_rules! payloads {
    ($($name:ident),*) => { $(
        #[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
        struct $name {}
        impl Apply<$name> for r#struct {
            fn apply(&mut self, _: $name) {}
        }
    )* };
}

payloads!(A, B, C, D, E, F, G, H, I);

#[derive(Debug, Clone, PartialEq, Event)]
enum r#enum {
    #[es(name = "r.type", version = 3, from(v1 = r#match::v1::X, v2 = _))]
    r#Type(X),
    #[es(name = "r.self")]
    Self_(A),
    #[es(name = "r.ok")]
    Ok(B),
    #[es(name = "r.some")]
    Some(C),
    #[es(name = "r.none")]
    None(D),
    #[es(name = "r.result")]
    Result(E),
    #[es(name = "r.string")]
    String(F),
    #[es(name = "r.vec")]
    Vec(G),
    #[es(name = "r.box")]
    Box(H),
    #[es(name = "r.zaehler")]
    Zähler(I),
}

#[derive(Debug, Default, Aggregate)]
#[es(name = "r", id = r#impl, event = r#enum, error = A)]
struct r#struct {
    r#fn: u8,
}

impl Apply<X> for r#struct {
    fn apply(&mut self, event: X) {
        self.r#fn = event.r#type;
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, AggregateId)]
struct r#impl(u8);

#[derive(Debug, Clone, Command)]
#[es(aggregate = r#struct)]
struct r#do {
    #[es(id)]
    r#id: r#impl,
}

#[derive(Debug, Clone, Command)]
#[es(aggregate = r#struct)]
enum r#loop {
    r#Do(r#do),
}

impl Handle<r#do> for r#struct {
    fn handle(
        &self,
        _: r#do,
        _: &::eventsourcing::Context,
    ) -> ::std::result::Result<::eventsourcing::Events<r#enum>, A> {
        ::std::result::Result::Ok(::eventsourcing::events![A {}, X { r#type: self.r#fn }])
    }
}

#[derive(Debug, Clone, PartialEq, Event)]
#[es(handler = r#trait)]
enum Inline {
    #[es(name = "r.while")]
    While { r#if: u8, r#else: A },
    #[es(name = "r.move")]
    Move(u8, A),
    #[es(name = "r.super")]
    Super,
}

#[derive(Debug, Clone, PartialEq, Event)]
#[es(dispatch = none)]
enum Nested {
    #[es(nested)]
    r#In(Inline),
    #[es(nested)]
    r#Enum(r#enum),
}

#[test]
fn names_in_scope_do_not_matter() {
    let event: r#enum = super::stored::one("r.type", 1, "{}");
    ::std::assert_eq!(event, r#enum::r#Type(X { r#type: 1 }));
    let mut state = <r#struct as Aggregate>::initial();
    Aggregate::evolve(&mut state, event);
    ::std::assert_eq!(state.r#fn, 1);
    let event = Inline::While {
        r#if: 1,
        r#else: A {},
    };
    ::std::assert_eq!(super::stored::written(&event).2, r#"{"if":1,"else":{}}"#);
    ::std::assert_eq!(super::stored::round_trip(&event), event);
    ::std::assert_eq!(super::stored::round_trip(&Inline::Super), Inline::Super);
    let nested = Nested::r#Enum(r#enum::r#Ok(B {}));
    ::std::assert_eq!(super::stored::round_trip(&nested), nested);
}
