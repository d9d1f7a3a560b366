//! The model of `derive(Aggregate)`.

use syn::parse::ParseStream;
use syn::{Data, DeriveInput, Fields, Ident, LitInt, LitStr, Type, TypePath};

use super::{Crate, item_place, no_keys};
use crate::attr::keys::{Derive, Place, foreign};
use crate::attr::{self, Once, value};
use crate::ctxt::Ctxt;
use crate::suggest::did_you_mean;

/// An aggregate's state and what it is tied to.
pub(crate) struct Aggregate<'a> {
    pub(crate) input: &'a DeriveInput,
    pub(crate) krate: Crate,
    pub(crate) name: Option<LitStr>,
    pub(crate) id: Option<Type>,
    pub(crate) event: Option<Type>,
    pub(crate) error: Option<Type>,
    pub(crate) snapshot: Option<LitInt>,
    pub(crate) initial: Option<TypePath>,
    /// Keys that were misspelt or whose values could not be read; they count as given.
    pub(crate) failed: Vec<&'static str>,
}

/// The keys that have to be given.
const TIES: [&str; 4] = ["name", "id", "event", "error"];

#[derive(Default)]
struct Keys {
    krate: Once<syn::Path>,
    name: Once<LitStr>,
    id: Once<Type>,
    event: Once<Type>,
    error: Once<Type>,
    snapshot: Once<LitInt>,
    initial: Once<TypePath>,
}

impl Keys {
    fn read(&mut self, cx: &Ctxt, key: &Ident, input: ParseStream<'_>) -> Option<syn::Result<()>> {
        let result = match key.to_string().as_str() {
            "crate" => value::krate(key, input).map(|path| self.krate.set(cx, key, path)),
            "name" => value::string(key, input).map(|text| self.name.set(cx, key, text)),
            "id" => value::ty(key, input).map(|ty| self.id.set(cx, key, ty)),
            "event" => value::ty(key, input).map(|ty| self.event.set(cx, key, ty)),
            "error" => value::ty(key, input).map(|ty| self.error.set(cx, key, ty)),
            "snapshot" => {
                value::integer(key, input).map(|number| self.snapshot.set(cx, key, number))
            }
            "initial" => value::function(key, input).map(|path| self.initial.set(cx, key, path)),
            _ => return None,
        };
        Some(result)
    }
}

/// Reads the whole input; `None` if nothing can be made of it.
pub(crate) fn read<'a>(cx: &Ctxt, input: &'a DeriveInput) -> Option<Aggregate<'a>> {
    let Some(place) = item_place(input) else {
        if let Data::Union(data) = &input.data {
            cx.error(data.union_token, "`Aggregate` cannot be derived for unions");
        }
        return None;
    };
    let mut keys = Keys::default();
    let mut failed = Vec::new();
    attr::entries(cx, &input.attrs, &mut |key, tokens| {
        let result = match keys.read(cx, key, tokens) {
            Some(result) => result,
            None => foreign(Derive::Aggregate, place, &input.ident, key, tokens),
        };
        if result.is_err() {
            failed.extend(did_you_mean(&key.to_string(), TIES));
        }
        result
    });
    match &input.data {
        Data::Struct(data) => read_fields(cx, &input.ident, &data.fields),
        Data::Enum(data) => {
            for variant in &data.variants {
                no_keys(
                    cx,
                    Derive::Aggregate,
                    Place::Variant,
                    &input.ident,
                    &variant.attrs,
                );
                read_fields(cx, &input.ident, &variant.fields);
            }
        }
        Data::Union(_) => {}
    }
    Some(Aggregate {
        input,
        krate: Crate::new(keys.krate),
        name: keys.name.into_value(),
        id: keys.id.into_value(),
        event: keys.event.into_value(),
        error: keys.error.into_value(),
        snapshot: keys.snapshot.into_value(),
        initial: keys.initial.into_value(),
        failed,
    })
}

fn read_fields(cx: &Ctxt, item: &Ident, fields: &Fields) {
    for field in fields {
        no_keys(cx, Derive::Aggregate, Place::Field, item, &field.attrs);
    }
}
