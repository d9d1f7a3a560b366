//! Which key belongs where, over all derives: they share one attribute, so each knows the keys of the others.

use proc_macro2::{Ident, TokenTree};
use syn::parse::ParseStream;
use syn::{Lit, Token, Type};

use crate::suggest::did_you_mean;

/// The derives that read `#[es(..)]`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Derive {
    Event,
    Aggregate,
    Command,
    AggregateId,
    EventView,
    Schema,
}

/// Where an attribute stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    Enum,
    Struct,
    Variant,
    Field,
}

impl Place {
    fn name(self) -> &'static str {
        match self {
            Self::Enum => "the enum",
            Self::Struct => "the struct",
            Self::Variant => "a variant",
            Self::Field => "a field",
        }
    }
}

use Derive::{Aggregate, AggregateId, Command, Event, EventView, Schema};
use Place::{Enum, Field, Struct, Variant};

/// Key, the derive that reads it, and where.
const KEYS: &[(&str, Derive, &[Place])] = &[
    ("name", Event, &[Variant, Struct]),
    ("version", Event, &[Variant, Struct]),
    ("from", Event, &[Variant, Struct]),
    ("was", Event, &[Variant, Struct]),
    ("id", Event, &[Variant, Struct]),
    ("readable_by", Event, &[Variant, Struct]),
    ("write", Event, &[Variant, Struct]),
    ("nested", Event, &[Variant]),
    ("unknown", Event, &[Variant, Enum]),
    ("split", Event, &[Enum]),
    ("retired", Event, &[Enum, Struct]),
    ("refused", Event, &[Enum, Struct]),
    ("handler", Event, &[Enum]),
    ("dispatch", Event, &[Enum, Struct]),
    ("tags", Event, &[Enum, Struct]),
    ("bound", Event, &[Enum, Struct]),
    ("crate", Event, &[Enum, Struct]),
    ("name", Aggregate, &[Struct, Enum]),
    ("id", Aggregate, &[Struct, Enum]),
    ("event", Aggregate, &[Struct, Enum]),
    ("error", Aggregate, &[Struct, Enum]),
    ("snapshot", Aggregate, &[Struct, Enum]),
    ("initial", Aggregate, &[Struct, Enum]),
    ("crate", Aggregate, &[Struct, Enum]),
    ("aggregate", Command, &[Struct, Enum]),
    ("crate", Command, &[Struct, Enum]),
    ("id", Command, &[Field]),
    ("crate", AggregateId, &[Struct]),
    ("of", EventView, &[Enum, Variant]),
    ("variant", EventView, &[Variant]),
    ("borrow", EventView, &[Variant]),
    ("crate", EventView, &[Enum]),
    ("schema", Schema, &[Struct, Enum, Field]),
    ("opaque", Schema, &[Struct, Enum, Field]),
    ("bound", Schema, &[Struct, Enum]),
    ("crate", Schema, &[Struct, Enum]),
];

/// Deals with a key that `derive` does not read at `place`: skips it if it is another derive's, otherwise says where
/// it belongs or which key was meant.
pub(crate) fn foreign(
    derive: Derive,
    place: Place,
    item: &Ident,
    key: &Ident,
    input: ParseStream<'_>,
) -> syn::Result<()> {
    let text = key.to_string();
    let rows = || KEYS.iter().filter(|(name, ..)| *name == text);
    let own_places = rows().filter(|row| row.1 == derive).flat_map(|row| row.2);
    // An event may be a command too, whose field is marked with what is a key of a variant elsewhere.
    let of_command = derive == Event && place == Field;
    if (of_command || own_places.clone().next().is_none())
        && rows().any(|row| row.2.contains(&place))
    {
        return skip_value(input);
    }
    let elsewhere = own_places
        .chain(rows().flat_map(|row| row.2))
        .copied()
        .next();
    let message = match elsewhere {
        Some(home) => belongs(&text, home, place, item),
        None => unknown(&text, derive, place),
    };
    Err(syn::Error::new(key.span(), message))
}

fn belongs(key: &str, home: Place, place: Place, item: &Ident) -> String {
    let written = match key {
        "name" => "name = \"..\"",
        "version" => "version = 2",
        "from" => "from(..)",
        "was" => "was = \"..\"",
        "split" => "split(..)",
        "retired" => "retired(..)",
        "refused" => "refused(..)",
        "id" if home == Field => "id",
        "nested" => "nested",
        "id" if home == Variant => "id = 1",
        other => &format!("{other} = .."),
    };
    match (home, place) {
        (Enum, Variant) if matches!(key, "retired" | "refused" | "split") => format!(
            "`{key}` belongs on the enum\nhelp: move it to `#[es({written})]` above `enum {item}` and delete the variant"
        ),
        (Enum | Struct, Variant) => {
            format!(
                "`{key}` belongs on the enum\nhelp: move it to `#[es({written})]` above `enum {item}`"
            )
        }
        (Enum | Struct, Field) => {
            format!(
                "`{key}` belongs on the item, not on a field\nhelp: move it to `#[es({written})]` above `{item}`"
            )
        }
        (Enum, Struct) => format!("`{key}` is only for enums"),
        _ => format!(
            "`{key}` belongs on {}\nhelp: write `#[es({written})]` there",
            home.name()
        ),
    }
}

fn unknown(key: &str, derive: Derive, place: Place) -> String {
    let here: Vec<&str> = KEYS
        .iter()
        .filter(|row| row.1 == derive && row.2.contains(&place))
        .map(|row| row.0)
        .collect();
    unknown_of(key, &here, &format!("on {}", place.name()))
}

/// The message for a key that is none of `known`, the keys read in this place.
pub(crate) fn unknown_of(key: &str, known: &[&str], place: &str) -> String {
    let near = match known {
        [only] if place.starts_with("in ") => Some(*only),
        _ => did_you_mean(key, known.iter().copied()),
    };
    match near {
        Some(near) if place.starts_with("in ") => {
            format!("unknown key `{key}` {place}; did you mean `{near}`?")
        }
        Some(near) => format!("unknown key `{key}`; did you mean `{near}`?"),
        None if known.is_empty() => format!("unknown key `{key}`; there are no keys {place}"),
        None if known.len() == 1 => {
            format!(
                "unknown key `{key}`\nhelp: the only key {place} is `{}`",
                known[0]
            )
        }
        None => {
            let known = crate::text::list(known, "and");
            format!("unknown key `{key}`\nhelp: the keys {place} are {known}")
        }
    }
}

/// Skips what stands behind another derive's key.
fn skip_value(input: ParseStream<'_>) -> syn::Result<()> {
    if input.peek(syn::token::Paren) {
        input.parse::<TokenTree>()?;
    } else if input.peek(Token![=]) {
        input.parse::<Token![=]>()?;
        if input.peek(Lit) {
            input.parse::<Lit>()?;
        } else {
            input.parse::<Type>()?;
        }
    }
    Ok(())
}
