//! What the user wrote, typed. Every value keeps the tokens it came from, so that any later rule can point at them.

pub(crate) mod aggregate;
pub(crate) mod aggregate_id;
pub(crate) mod command;
pub(crate) mod event;
pub(crate) mod schema;
pub(crate) mod view;

use proc_macro2::{Ident, TokenStream};
use quote::{ToTokens, quote};
use syn::{Attribute, Data, DeriveInput, Path};

use crate::attr::{self, Once, keys};
use crate::ctxt::Ctxt;

/// The path of the core crate in generated code.
#[derive(Clone)]
pub(crate) struct Crate(Option<Path>);

impl Crate {
    pub(crate) fn new(path: Once<Path>) -> Self {
        Self(path.into_value())
    }

    /// The path itself.
    pub(crate) fn path(&self) -> TokenStream {
        self.0
            .as_ref()
            .map_or_else(|| quote!(::eventsourcing), ToTokens::to_token_stream)
    }

    /// Its private module.
    pub(crate) fn private(&self) -> TokenStream {
        let path = self.path();
        quote!(#path::__private)
    }
}

/// The place of an item's own attributes; `None` for unions.
pub(crate) fn item_place(input: &DeriveInput) -> Option<keys::Place> {
    match input.data {
        Data::Enum(_) => Some(keys::Place::Enum),
        Data::Struct(_) => Some(keys::Place::Struct),
        Data::Union(_) => None,
    }
}

/// Reads attributes in a place where `derive` has no keys of its own.
pub(crate) fn no_keys(
    cx: &Ctxt,
    derive: keys::Derive,
    place: keys::Place,
    item: &Ident,
    attrs: &[Attribute],
) {
    attr::entries(cx, attrs, &mut |key, input| {
        keys::foreign(derive, place, item, key, input)
    });
}
