//! Derives of the `eventsourcing` toolkit.
use proc_macro::TokenStream;
/// Placeholder until the pipeline lands.
#[proc_macro_derive(Event, attributes(es, serde))]
pub fn event(_: TokenStream) -> TokenStream { TokenStream::new() }
/// Placeholder until the pipeline lands.
#[proc_macro_derive(Aggregate, attributes(es))]
pub fn aggregate(_: TokenStream) -> TokenStream { TokenStream::new() }
/// Placeholder until the pipeline lands.
#[proc_macro_derive(Command, attributes(es))]
pub fn command(_: TokenStream) -> TokenStream { TokenStream::new() }
/// Placeholder until the pipeline lands.
#[proc_macro_derive(AggregateId, attributes(es))]
pub fn aggregate_id(_: TokenStream) -> TokenStream { TokenStream::new() }
