//! Variants: their names, and their contents.

use proc_macro2::Ident;
use syn::{DataEnum, Variant};

use super::super::no_keys;
use super::fields::{Container, names};
use super::{Choice, Content, Enum};
use crate::attr::keys::{Derive, Place};
use crate::attr::serde::{Settings, word};
use crate::ctxt::Ctxt;
use crate::text::unraw;

pub(super) fn choices(cx: &Ctxt, item: &Ident, data: &DataEnum, serde: &Settings) -> Enum {
    let text = |key| serde.text(key).map(|text| text.value());
    let variants = data.variants.iter();
    Enum {
        tag: text("tag"),
        content: text("content"),
        untagged: serde.has("untagged"),
        variants: variants
            .filter_map(|variant| choice(cx, item, serde, variant))
            .collect(),
    }
}

/// A variant that is read; `None` if it is not.
fn choice(cx: &Ctxt, item: &Ident, of_enum: &Settings, variant: &Variant) -> Option<Choice> {
    no_keys(cx, Derive::Schema, Place::Variant, item, &variant.attrs);
    let serde = Settings::of(&variant.attrs);
    if let Some(meta) = serde
        .get("skip_deserializing")
        .filter(|_| !serde.has("skip_serializing"))
    {
        cx.error(
            meta,
            "this variant can be written, and never read again\nhelp: `#[serde(skip)]`",
        );
    }
    if serde.has("skip") || serde.has("skip_deserializing") {
        return None;
    }
    let (write, read) = of_enum.case("rename_all");
    let ident = unraw(&variant.ident);
    let derived = (write.variant(&ident), read.variant(&ident));
    let (name, aliases) = names(cx, &ident, derived, &serde, &variant.ident);
    let (own, all) = (serde.case("rename_all"), of_enum.case("rename_all_fields"));
    let case = (own.0.or(all.0), own.1.or(all.1));
    let hidden = ["with", "deserialize_with", "serialize_with"];
    let content = if let Some(meta) = hidden.into_iter().find_map(|key| serde.get(key)) {
        let with = word(meta.path());
        cx.error(meta, format!("`#[serde({with})]` hides how this variant is stored\nhelp: move the attribute to a field inside"));
        Content::Unit
    } else {
        let mut container = Container::new(item, &serde, false);
        container.deny = of_enum.has("deny_unknown_fields");
        container.read(cx, &variant.fields, case)
    };
    Some(Choice {
        name,
        aliases,
        other: serde.has("other"),
        untagged: serde.has("untagged"),
        content,
    })
}
