//! The shapes of variants, and what they need to be dispatched.

use quote::ToTokens;
use syn::{Fields, Type};

use crate::ctxt::Ctxt;
use crate::model::event::{Dispatch, EventSet, EventType, Shape};
use crate::text::{snake, unraw};

/// Checks all shapes.
pub(crate) fn check(cx: &Ctxt, set: &EventSet<'_>) {
    nested(cx, set);
    same_set(cx, set);
    match &set.dispatch {
        Dispatch::Typed => {
            set.events.iter().for_each(|event| inline(cx, set, event));
            same_payload(cx, set);
        }
        Dispatch::Handler(_) => same_method(cx, set),
        Dispatch::None => {}
    }
}

/// The tables of a nested set are joined at compile time, which generics rule out.
fn nested(cx: &Ctxt, set: &EventSet<'_>) {
    if let (Some(nested), Some(param)) = (set.nested.first(), set.input.generics.params.first()) {
        let name = unraw(&set.input.ident);
        cx.error(
            &nested.key,
            format!("`{name}` has parameters, and a set with `nested` variants can have none"),
        );
        cx.error(param, "it has this one");
    }
}

/// A set is nested once.
fn same_set(cx: &Ctxt, set: &EventSet<'_>) {
    for (index, second) in set.nested.iter().enumerate() {
        let mut earlier = set.nested[..index].iter();
        if let Some(first) = earlier.find(|first| same_type(first.ty, second.ty)) {
            let (a, b) = (unraw(first.ident), unraw(second.ident));
            let ty = crate::text::tokens(ungrouped(second.ty));
            cx.error(
                second.ty,
                format!("`{a}` and `{b}` hold the same event set `{ty}`, so its stored names would lead to both"),
            );
            cx.error(first.ty, format!("`{a}` holds it here"));
        }
    }
}

/// Typed transitions need a payload type.
fn inline(cx: &Ctxt, set: &EventSet<'_>, event: &EventType<'_>) {
    let Shape::Inline(fields) = event.shape else {
        return;
    };
    let name = unraw(event.ident);
    let trait_name = handler_name(set);
    let other = format!(
        "or dispatch without payload types: `#[es(handler = {trait_name})]` on the enum generates a trait with one method per event, `#[es(dispatch = none)]` leaves the `match` to you"
    );
    match fields {
        Fields::Named(fields) => cx.error(
            fields,
            format!("event `{name}` has inline fields; typed transitions need a payload struct\nhelp: `struct {name} {{ .. }}` and `{name}({name})`\nhelp: {other}"),
        ),
        Fields::Unnamed(fields) => cx.error(
            fields,
            format!("event `{name}` has {} fields; an event carries one payload struct\nhelp: `struct {name} {{ .. }}` and `{name}({name})`\nhelp: {other}", fields.unnamed.len()),
        ),
        Fields::Unit => {
            let set = unraw(&set.input.ident);
            let prefix = set.strip_suffix("Events").or(set.strip_suffix("Event")).unwrap_or_default();
            cx.error(
                event.ident,
                format!("event `{name}` carries no payload type to dispatch on\nhelp: `struct {prefix}{name} {{}}` and `{name}({prefix}{name})`\nhelp: {other}"),
            );
        }
    }
}

/// A name for the handler trait of this set.
fn handler_name(set: &EventSet<'_>) -> String {
    let name = unraw(&set.input.ident);
    if name.ends_with("Event") {
        format!("{name}s")
    } else {
        format!("{name}Handler")
    }
}

/// The type without the invisible groups that `macro_rules` puts around it.
pub(crate) fn ungrouped(mut ty: &Type) -> &Type {
    while let Type::Group(group) = ty {
        ty = &group.elem;
    }
    ty
}

/// Whether two types are written alike.
pub(crate) fn same_type(a: &Type, b: &Type) -> bool {
    ungrouped(a).to_token_stream().to_string() == ungrouped(b).to_token_stream().to_string()
}

/// One payload type leads to one event.
fn same_payload(cx: &Ctxt, set: &EventSet<'_>) {
    let payloads = set.events.iter().filter_map(|event| match event.shape {
        Shape::Newtype(ty) => Some((event.ident, ty)),
        Shape::Inline(_) | Shape::Whole => None,
    });
    let payloads: Vec<_> = payloads.collect();
    for (index, (second, ty)) in payloads.iter().enumerate() {
        let Some((first, first_ty)) = payloads[..index]
            .iter()
            .find(|(_, other)| same_type(ty, other))
        else {
            continue;
        };
        let (a, b, payload) = (
            unraw(first),
            unraw(second),
            crate::text::tokens(ungrouped(ty)),
        );
        cx.error(
            ty,
            format!("`{a}` and `{b}` carry the same payload type `{payload}`, so `From<{payload}>` and `Apply<{payload}>` would be ambiguous\nhelp: give each event its own struct"),
        );
        cx.error(first_ty, format!("`{a}` carries it here"));
    }
}

/// Two variants do not become one method of the handler trait.
fn same_method(cx: &Ctxt, set: &EventSet<'_>) {
    for (index, event) in set.events.iter().enumerate() {
        let method = snake(&unraw(event.ident));
        let first = set.events[..index]
            .iter()
            .find(|other| snake(&unraw(other.ident)) == method);
        if let Some(first) = first {
            let (a, b) = (unraw(first.ident), unraw(event.ident));
            cx.error(event.ident, format!("`{a}` and `{b}` would both be handled by a method `{method}`\nhelp: rename one; its stored name stays as it is"));
        }
    }
}
