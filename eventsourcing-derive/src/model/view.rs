//! The model of `derive(EventView)`.

use proc_macro2::Ident;
use syn::{Data, DeriveInput, Type, Variant};

use super::{Crate, item_place, no_keys};
use crate::attr::keys::{Derive, Place, foreign};
use crate::attr::{self, Once, value};
use crate::ctxt::Ctxt;

/// A view of event sets.
pub(crate) struct EventView<'a> {
    pub(crate) input: &'a DeriveInput,
    pub(crate) krate: Crate,
    pub(crate) members: Vec<Member<'a>>,
    /// Whether the enum's `of` was misspelt or given with an unreadable value.
    pub(crate) of_failed: bool,
}

/// A variant of a view, and the variant of a set that it shows.
pub(crate) struct Member<'a> {
    pub(crate) variant: &'a Variant,
    /// The set; `None` if neither the variant nor the enum names one.
    pub(crate) of: Option<Type>,
    /// The set's variant.
    pub(crate) source: Ident,
    /// The key `borrow`.
    pub(crate) borrow: Option<Ident>,
}

/// Reads the whole input; `None` if nothing can be made of it.
pub(crate) fn read<'a>(cx: &Ctxt, input: &'a DeriveInput) -> Option<EventView<'a>> {
    let data = match &input.data {
        Data::Enum(data) => data,
        Data::Struct(data) => {
            let message = "a view is an enum with some of the variants of an event set\nhelp: to read one type of event, write an enum with one variant";
            cx.error(data.struct_token, message);
            return None;
        }
        Data::Union(data) => {
            cx.error(data.union_token, "`EventView` cannot be derived for unions");
            return None;
        }
    };
    let place = item_place(input)?;
    let (mut krate, mut of) = (Once::default(), Once::default());
    let mut of_failed = false;
    attr::entries(cx, &input.attrs, &mut |key, tokens| {
        let read = match key.to_string().as_str() {
            "of" => value::ty(key, tokens).map(|ty| of.set(cx, key, ty)),
            "crate" => return value::krate(key, tokens).map(|path| krate.set(cx, key, path)),
            _ => foreign(Derive::EventView, place, &input.ident, key, tokens),
        };
        of_failed |= read.is_err();
        read
    });
    let members = data
        .variants
        .iter()
        .map(|variant| member(cx, &input.ident, variant, of.get()));
    let members = members.collect();
    Some(EventView {
        input,
        krate: Crate::new(krate),
        members,
        of_failed,
    })
}

fn member<'a>(cx: &Ctxt, item: &Ident, variant: &'a Variant, of: Option<&Type>) -> Member<'a> {
    let (mut own, mut source, mut borrow) = (Once::default(), Once::default(), Once::default());
    attr::entries(
        cx,
        &variant.attrs,
        &mut |key, tokens| match key.to_string().as_str() {
            "of" => value::ty(key, tokens).map(|ty| own.set(cx, key, ty)),
            "variant" => value::name(key, "Opened", tokens).map(|name| source.set(cx, key, name)),
            "borrow" => {
                borrow.set(cx, key, key.clone());
                Ok(())
            }
            _ => foreign(Derive::EventView, Place::Variant, item, key, tokens),
        },
    );
    for field in &variant.fields {
        no_keys(cx, Derive::EventView, Place::Field, item, &field.attrs);
    }
    Member {
        variant,
        of: own.into_value().or_else(|| of.cloned()),
        source: source.into_value().unwrap_or_else(|| variant.ident.clone()),
        borrow: borrow.into_value(),
    }
}
