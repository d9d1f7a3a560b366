//! Each derive from input to output: read, check, expand; after errors, the errors and stand-ins.

use proc_macro2::TokenStream;
use syn::DeriveInput;

use crate::ctxt::{Ctxt, Errors};
use crate::{check, expand, model, normalize};

/// `#[derive(Event)]`.
pub(crate) fn event(input: &DeriveInput) -> TokenStream {
    let cx = Ctxt::new();
    let input = normalize::without_self(input);
    let set = model::event::read(&cx, &input);
    if let Some(set) = &set {
        check::event::check(&cx, set);
    }
    finish(cx, set, expand::event::expand, |set, _| {
        expand::event::stub(set)
    })
}

/// `#[derive(EventView)]`.
pub(crate) fn event_view(input: &DeriveInput) -> TokenStream {
    let cx = Ctxt::new();
    let view = model::view::read(&cx, input);
    if let Some(view) = &view {
        check::view::check(&cx, view);
    }
    finish(cx, view, expand::view::expand, |view, _| {
        expand::view::stub(view)
    })
}

/// `#[derive(Aggregate)]`.
pub(crate) fn aggregate(input: &DeriveInput) -> TokenStream {
    let cx = Ctxt::new();
    let aggregate = model::aggregate::read(&cx, input);
    if let Some(aggregate) = &aggregate {
        check::aggregate::check(&cx, aggregate);
    }
    finish(
        cx,
        aggregate,
        expand::aggregate::expand,
        expand::aggregate::stub,
    )
}

/// `#[derive(Command)]`.
pub(crate) fn command(input: &DeriveInput) -> TokenStream {
    let cx = Ctxt::new();
    let command = model::command::read(&cx, input);
    if let Some(command) = &command {
        check::command::check(&cx, command);
    }
    finish(cx, command, expand::command::expand, expand::command::stub)
}

/// `#[derive(AggregateId)]`.
pub(crate) fn aggregate_id(input: &DeriveInput) -> TokenStream {
    let cx = Ctxt::new();
    let id = model::aggregate_id::read(&cx, input);
    finish(cx, id, expand::aggregate_id::expand, |id, _| {
        expand::aggregate_id::expand(id)
    })
}

/// `#[derive(Schema)]`.
pub(crate) fn schema(input: &DeriveInput) -> TokenStream {
    let cx = Ctxt::new();
    let schema = model::schema::read(&cx, input);
    finish(cx, schema, expand::schema::expand, |schema, _| {
        expand::schema::expand(schema)
    })
}

fn finish<M>(
    cx: Ctxt,
    model: Option<M>,
    expand: impl FnOnce(&M) -> TokenStream,
    stub: impl FnOnce(&M, &mut Errors) -> TokenStream,
) -> TokenStream {
    match (cx.finish(), model) {
        (Ok(()), Some(model)) => expand(&model),
        (Ok(()), None) => TokenStream::new(),
        (Err(mut errors), model) => {
            let stub = model.map(|model| stub(&model, &mut errors));
            let mut tokens = errors.into_items();
            tokens.extend(stub);
            tokens
        }
    }
}
