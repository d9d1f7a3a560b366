//! The model of `derive(AggregateId)`.

use syn::{Data, DeriveInput, Fields, Type};

use super::{Crate, no_keys};
use crate::attr::keys::{Derive, Place, foreign};
use crate::attr::{self, Once, value};
use crate::ctxt::Ctxt;
use crate::text::unraw;

/// A newtype around a ready-made id.
pub(crate) struct AggregateId<'a> {
    pub(crate) input: &'a DeriveInput,
    pub(crate) krate: Crate,
    pub(crate) inner: &'a Type,
}

/// Reads the whole input; `None` after an error.
pub(crate) fn read<'a>(cx: &Ctxt, input: &'a DeriveInput) -> Option<AggregateId<'a>> {
    let mut krate = Once::default();
    attr::entries(cx, &input.attrs, &mut |key, tokens| {
        if key == "crate" {
            return value::krate(key, tokens).map(|path| krate.set(cx, key, path));
        }
        foreign(
            Derive::AggregateId,
            Place::Struct,
            &input.ident,
            key,
            tokens,
        )
    });
    if let Data::Struct(data) = &input.data {
        for field in &data.fields {
            no_keys(
                cx,
                Derive::AggregateId,
                Place::Field,
                &input.ident,
                &field.attrs,
            );
        }
        if let Fields::Unnamed(fields) = &data.fields
            && let (Some(field), 1) = (fields.unnamed.first(), fields.unnamed.len())
        {
            return Some(AggregateId {
                input,
                krate: Crate::new(krate),
                inner: &field.ty,
            });
        }
    }
    let ident = &input.ident;
    let name = unraw(ident);
    cx.error(
        ident,
        format!("`AggregateId` needs a struct with one unnamed field; `{name}` is none\nhelp: `struct {name}(u64);`, or `String`, `Uuid` or another integer inside"),
    );
    None
}
