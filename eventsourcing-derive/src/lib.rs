//! Derives of the `eventsourcing` toolkit. Use them through `eventsourcing`, which re-exports them.
//!
//! Each derive goes through the same stages, one module each: `attr` (tokens to typed values), `model` (what the user
//! wrote; events go through `normalize` before), `check` (rules over the whole), `expand` (tokens). Errors are collected
//! on the way and reported together.

mod attr;
mod check;
mod ctxt;
mod derive;
mod expand;
mod fingerprint;
mod model;
mod normalize;
mod span;
mod suggest;
mod text;

#[cfg(test)]
mod tests;

use proc_macro::TokenStream;
use syn::{DeriveInput, parse_macro_input};

#[doc = include_str!("../doc/event.md")]
#[proc_macro_derive(Event, attributes(es, serde))]
pub fn event(input: TokenStream) -> TokenStream {
    derive::event(&parse_macro_input!(input as DeriveInput)).into()
}

#[doc = include_str!("../doc/event_view.md")]
#[proc_macro_derive(EventView, attributes(es))]
pub fn event_view(input: TokenStream) -> TokenStream {
    derive::event_view(&parse_macro_input!(input as DeriveInput)).into()
}

#[doc = include_str!("../doc/aggregate.md")]
#[proc_macro_derive(Aggregate, attributes(es))]
pub fn aggregate(input: TokenStream) -> TokenStream {
    derive::aggregate(&parse_macro_input!(input as DeriveInput)).into()
}

#[doc = include_str!("../doc/command.md")]
#[proc_macro_derive(Command, attributes(es))]
pub fn command(input: TokenStream) -> TokenStream {
    derive::command(&parse_macro_input!(input as DeriveInput)).into()
}

#[doc = include_str!("../doc/aggregate_id.md")]
#[proc_macro_derive(AggregateId, attributes(es))]
pub fn aggregate_id(input: TokenStream) -> TokenStream {
    derive::aggregate_id(&parse_macro_input!(input as DeriveInput)).into()
}

#[doc = include_str!("../doc/schema.md")]
#[proc_macro_derive(Schema, attributes(es, serde))]
pub fn schema(input: TokenStream) -> TokenStream {
    derive::schema(&parse_macro_input!(input as DeriveInput)).into()
}
