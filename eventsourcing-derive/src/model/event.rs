//! The model of `derive(Event)`: a set of event types.

use proc_macro2::Ident;
use syn::parse::ParseStream;
use syn::{
    Attribute, Data, DeriveInput, Field, Fields, LitStr, Type, TypePath, Variant, WherePredicate,
};

use super::{Crate, item_place, no_keys};
use crate::attr::keys::{Derive, Place, foreign};
use crate::attr::past;
use crate::attr::value::{self, Number};
use crate::attr::versions;
use crate::attr::{self, Once};
use crate::ctxt::Ctxt;
use crate::text;

pub(crate) use crate::attr::past::{Past, PastFate};
pub(crate) use crate::attr::versions::{How, Older};

/// A set of event types.
pub(crate) struct EventSet<'a> {
    pub(crate) input: &'a DeriveInput,
    pub(crate) krate: Crate,
    pub(crate) dispatch: Dispatch,
    /// The function that gives an event's tags.
    pub(crate) tags: Option<TypePath>,
    /// Predicates that replace the inferred ones.
    pub(crate) bound: Option<Vec<WherePredicate>>,
    pub(crate) events: Vec<EventType<'a>>,
    /// Variants that hold another set.
    pub(crate) nested: Vec<Nested<'a>>,
    pub(crate) past: Vec<Past>,
    /// Variants that take up what the set does not know; one, unless there are mistakes.
    pub(crate) unknown: Vec<Unknown<'a>>,
    /// The key `unknown = skip` on the enum.
    pub(crate) skip_unknown: Option<Ident>,
}

/// A variant that takes up what the set does not know.
pub(crate) struct Unknown<'a> {
    pub(crate) ident: &'a Ident,
    pub(crate) attrs: &'a [Attribute],
    /// The key `unknown`.
    pub(crate) key: Ident,
    /// What it holds.
    pub(crate) ty: &'a Type,
}

/// A variant that holds another set.
pub(crate) struct Nested<'a> {
    pub(crate) ident: &'a Ident,
    /// The key `nested`.
    pub(crate) key: Ident,
    /// The set.
    pub(crate) ty: &'a Type,
}

/// How an event finds the state's transition.
pub(crate) enum Dispatch {
    /// Through `Apply<Payload>`.
    Typed,
    /// Through a generated trait of this name.
    Handler(Ident),
    /// Not at all.
    None,
}

/// A current event type.
pub(crate) struct EventType<'a> {
    pub(crate) ident: &'a Ident,
    pub(crate) attrs: &'a [Attribute],
    pub(crate) shape: Shape<'a>,
    /// `None` after a reported error.
    pub(crate) name: Option<LitStr>,
    /// Whether an attempt at a name was made, so that its absence is no error of its own.
    pub(crate) name_failed: bool,
    pub(crate) version: Option<Number>,
    pub(crate) version_failed: bool,
    /// The key `from` and its list.
    pub(crate) from: Option<(Ident, Vec<Older>)>,
    pub(crate) from_failed: bool,
    pub(crate) was: Vec<LitStr>,
    /// Oldest version whose readers can read the current one.
    pub(crate) readable_by: Option<Number>,
    /// The older version that is still written.
    pub(crate) write: Option<Number>,
    /// The number that stands for the name.
    pub(crate) id: Option<Number<u32>>,
}

/// What an event carries.
#[derive(Clone, Copy)]
pub(crate) enum Shape<'a> {
    /// `Opened(Payload)`.
    Newtype(&'a Type),
    /// `Opened { .. }`, `Opened(A, B)` or `Opened`.
    Inline(&'a Fields),
    /// The struct that derives `Event` itself.
    Whole,
}

impl EventType<'_> {
    /// The current version.
    pub(crate) fn current(&self) -> u16 {
        self.version.as_ref().map_or(1, |version| version.value)
    }

    /// The older versions, oldest first.
    pub(crate) fn older(&self) -> &[Older] {
        self.from.as_ref().map_or(&[], |(_, versions)| versions)
    }

    /// The name; empty only after a reported error.
    pub(crate) fn name(&self) -> String {
        self.name.as_ref().map(LitStr::value).unwrap_or_default()
    }
}

impl EventSet<'_> {
    /// Whether the set is a struct that is its own only event.
    pub(crate) fn is_struct(&self) -> bool {
        matches!(self.input.data, Data::Struct(_))
    }

    /// Whether the set has no variants.
    pub(crate) fn is_empty(&self) -> bool {
        self.events.is_empty() && self.nested.is_empty() && self.unknown.is_empty()
    }

    /// The variants that hold one value, with its type: payloads and nested sets.
    pub(crate) fn newtypes(&self) -> impl Iterator<Item = (&Ident, &Type)> {
        let payloads = self.events.iter().filter_map(|event| match event.shape {
            Shape::Newtype(ty) => Some((event.ident, ty)),
            Shape::Inline(_) | Shape::Whole => None,
        });
        let nested = self.nested.iter().map(|nested| (nested.ident, nested.ty));
        let unknown = self
            .unknown
            .iter()
            .map(|unknown| (unknown.ident, unknown.ty));
        payloads.chain(nested).chain(unknown)
    }

    /// The variant's index.
    pub(crate) fn index_of(&self, variant: &Ident) -> Option<usize> {
        self.events.iter().position(|event| event.ident == variant)
    }
}

/// Reads the whole input; `None` if nothing can be made of it.
pub(crate) fn read<'a>(cx: &Ctxt, input: &'a DeriveInput) -> Option<EventSet<'a>> {
    let Some(place) = item_place(input) else {
        if let Data::Union(data) = &input.data {
            cx.error(data.union_token, "`Event` cannot be derived for unions");
        }
        return None;
    };
    let mut item = ItemKeys::default();
    let mut own = TypeKeys::default();
    attr::entries(
        cx,
        &input.attrs,
        &mut |key, tokens| match item.read(cx, place, key, tokens) {
            Some(result) => result,
            None if place == Place::Struct => match own.read(cx, key, tokens) {
                Some(result) => result,
                None => own.foreign(place, &input.ident, key, tokens),
            },
            None => foreign(Derive::Event, place, &input.ident, key, tokens),
        },
    );
    let (mut events, mut nested, mut unknown) = (Vec::new(), Vec::new(), Vec::new());
    match &input.data {
        Data::Enum(data) => {
            for variant in &data.variants {
                match read_variant(cx, &input.ident, variant) {
                    Read::Event(event) => events.push(event),
                    Read::Nested(set) => nested.push(set),
                    Read::Unknown(variant) => unknown.push(variant),
                    Read::Nothing => {}
                }
            }
        }
        Data::Struct(data) => {
            data.fields
                .iter()
                .for_each(|field| read_field(cx, &input.ident, field));
            events.push(own.into_event(&input.ident, &input.attrs, Shape::Whole));
        }
        Data::Union(_) => {}
    }
    Some(EventSet {
        input,
        krate: Crate::new(item.krate),
        dispatch: dispatch(cx, item.handler, &item.dispatch),
        tags: item.tags.into_value(),
        bound: item.bound.into_value(),
        events,
        nested,
        past: item.past,
        unknown,
        skip_unknown: item.skip_unknown.into_value(),
    })
}

/// What a variant was read as.
enum Read<'a> {
    Event(EventType<'a>),
    Nested(Nested<'a>),
    Unknown(Unknown<'a>),
    /// Nothing, after an error.
    Nothing,
}

fn read_variant<'a>(cx: &Ctxt, item: &Ident, variant: &'a Variant) -> Read<'a> {
    let mut keys = TypeKeys::default();
    attr::entries(
        cx,
        &variant.attrs,
        &mut |key, tokens| match keys.read(cx, key, tokens) {
            Some(result) => result,
            None if key == "nested" => {
                keys.nested.set(cx, key, ());
                Ok(())
            }
            None if key == "unknown" => {
                keys.unknown.set(cx, key, ());
                Ok(())
            }
            None => keys.foreign(Place::Variant, item, key, tokens),
        },
    );
    keys.name_failed |= variant.attrs.iter().any(attr::is_malformed);
    variant
        .fields
        .iter()
        .for_each(|field| read_field(cx, item, field));
    let shape = match &variant.fields {
        Fields::Unnamed(fields) if fields.unnamed.len() == 1 => {
            Shape::Newtype(&fields.unnamed[0].ty)
        }
        fields => Shape::Inline(fields),
    };
    let ident = &variant.ident;
    if let Some(key) = keys.unknown.key().cloned() {
        return read_unknown(cx, &keys, key, variant, shape);
    }
    let Some(key) = keys.nested.key().cloned() else {
        return Read::Event(keys.into_event(ident, &variant.attrs, shape));
    };
    keys.refuse(cx, "nested", "its events keep theirs");
    let Shape::Newtype(ty) = shape else {
        let name = text::unraw(ident);
        cx.error(
            ident,
            format!("`{name}` is `nested` and holds no event set\nhelp: `{name}({name}Event)`"),
        );
        return Read::Nothing;
    };
    Read::Nested(Nested { ident, key, ty })
}

fn read_unknown<'a>(
    cx: &Ctxt,
    keys: &TypeKeys,
    key: Ident,
    variant: &'a Variant,
    shape: Shape<'a>,
) -> Read<'a> {
    keys.refuse(cx, "unknown", "what it takes up keeps its own");
    if let Some(nested) = keys.nested.key() {
        cx.error(nested, "`nested` and `unknown` exclude each other");
    }
    let (ident, attrs) = (&variant.ident, &variant.attrs);
    let Shape::Newtype(ty) = shape else {
        let name = text::unraw(ident);
        cx.error(
            ident,
            format!("`{name}` is `unknown` and has no place for the event\nhelp: `{name}(eventsourcing::UnknownEvent)`"),
        );
        return Read::Nothing;
    };
    Read::Unknown(Unknown {
        ident,
        attrs,
        key,
        ty,
    })
}

fn read_field(cx: &Ctxt, item: &Ident, field: &Field) {
    no_keys(cx, Derive::Event, Place::Field, item, &field.attrs);
}

fn dispatch(cx: &Ctxt, handler: Once<Ident>, none: &Once<()>) -> Dispatch {
    if let (Some(_), Some(key)) = (handler.get(), none.key()) {
        cx.error(key, "`dispatch = none` and `handler` exclude each other");
    }
    match handler.into_value() {
        Some(name) => Dispatch::Handler(name),
        None if none.get().is_some() => Dispatch::None,
        None => Dispatch::Typed,
    }
}

/// Keys on the item.
#[derive(Default)]
struct ItemKeys {
    krate: Once<syn::Path>,
    handler: Once<Ident>,
    dispatch: Once<()>,
    tags: Once<TypePath>,
    bound: Once<Vec<WherePredicate>>,
    past: Vec<Past>,
    skip_unknown: Once<Ident>,
}

impl ItemKeys {
    /// Reads the value of `key`; `None` if it is not one of these.
    fn read(
        &mut self,
        cx: &Ctxt,
        place: Place,
        key: &Ident,
        input: ParseStream<'_>,
    ) -> Option<syn::Result<()>> {
        let result = match key.to_string().as_str() {
            "crate" => value::krate(key, input).map(|path| self.krate.set(cx, key, path)),
            "handler" if place == Place::Enum => {
                value::name(key, "AccountEvents", input).map(|name| self.handler.set(cx, key, name))
            }
            "dispatch" => none(key, input).map(|()| self.dispatch.set(cx, key, ())),
            "tags" => value::function(key, input).map(|path| self.tags.set(cx, key, path)),
            "bound" => value::bound(key, input).map(|bound| self.bound.set(cx, key, bound)),
            "split" if place == Place::Enum => {
                past::split(cx, key, input).map(|past| self.past.extend(past))
            }
            "unknown" if place == Place::Enum => policy(key, input).map(|policy| {
                if policy == "skip" {
                    self.skip_unknown.set(cx, key, key.clone());
                }
            }),
            "retired" | "refused" => {
                past::reserved(cx, key, input).map(|past| self.past.extend(past))
            }
            _ => return None,
        };
        Some(result)
    }
}

fn none(key: &Ident, input: ParseStream<'_>) -> syn::Result<()> {
    let name = value::name(key, "none", input)?;
    if name == "none" {
        return Ok(());
    }
    Err(syn::Error::new(
        name.span(),
        format!("unknown dispatch `{name}`\nhelp: `dispatch = none`, or leave it out"),
    ))
}

fn policy(key: &Ident, input: ParseStream<'_>) -> syn::Result<Ident> {
    let name = value::name(key, "skip", input)?;
    if name == "skip" || name == "error" {
        return Ok(name);
    }
    Err(syn::Error::new(
        name.span(),
        format!("unknown policy `{name}`; expected `error` or `skip`"),
    ))
}

/// Keys of one event type: on a variant, or on a struct that is an event.
#[derive(Default)]
struct TypeKeys {
    name: Once<LitStr>,
    name_failed: bool,
    version: Once<Number>,
    version_failed: bool,
    from: Once<Vec<Older>>,
    from_failed: bool,
    was: Vec<LitStr>,
    id: Once<Number<u32>>,
    readable_by: Once<Number>,
    write: Once<Number>,
    nested: Once<()>,
    unknown: Once<()>,
}

impl TypeKeys {
    /// Reads the value of `key`; `None` if it is not one of these.
    fn read(&mut self, cx: &Ctxt, key: &Ident, input: ParseStream<'_>) -> Option<syn::Result<()>> {
        let result = match key.to_string().as_str() {
            "name" => {
                let read = value::string(key, input);
                self.name_failed |= read.is_err();
                read.map(|text| self.name.set(cx, key, text))
            }
            "version" => {
                let read = value::version(key, input);
                self.version_failed |= read.is_err();
                read.map(|number| self.version.set(cx, key, number))
            }
            "from" => {
                let errors = cx.count();
                let read = versions::from(cx, key, input);
                self.from_failed |= read.is_err() || cx.count() > errors;
                read.map(|versions| self.from.set(cx, key, versions))
            }
            "was" => was(cx, key, input).map(|names| self.was.extend(names)),
            "readable_by" => {
                value::version(key, input).map(|number| self.readable_by.set(cx, key, number))
            }
            "write" => value::version(key, input).map(|number| self.write.set(cx, key, number)),
            "id" => value::id(key, input).map(|number| self.id.set(cx, key, number)),
            _ => return None,
        };
        Some(result)
    }

    /// Deals with a key that is not one of these. After a mistake it may be any of those that others depend on.
    fn foreign(
        &mut self,
        place: Place,
        item: &Ident,
        key: &Ident,
        input: ParseStream<'_>,
    ) -> syn::Result<()> {
        let result = foreign(Derive::Event, place, item, key, input);
        for failed in [
            &mut self.name_failed,
            &mut self.version_failed,
            &mut self.from_failed,
        ] {
            *failed |= result.is_err();
        }
        result
    }

    /// A variant that is no event of its own has none of this.
    fn refuse(&self, cx: &Ctxt, kind: &str, reason: &str) {
        let article = if kind == "unknown" { "an" } else { "a" };
        if let Some(name) = self.name.get() {
            cx.error(
                name,
                format!("{article} `{kind}` variant has no name of its own; {reason}"),
            );
        }
        for was in &self.was {
            cx.error(
                was,
                format!("{article} `{kind}` variant has no former names of its own; {reason}"),
            );
        }
        let keys = [
            self.version.key(),
            self.from.key(),
            self.id.key(),
            self.readable_by.key(),
            self.write.key(),
        ];
        for key in keys.into_iter().flatten() {
            cx.error(
                key,
                format!("{article} `{kind}` variant has no `{key}` of its own; {reason}"),
            );
        }
    }

    fn into_event<'a>(
        self,
        ident: &'a Ident,
        attrs: &'a [Attribute],
        shape: Shape<'a>,
    ) -> EventType<'a> {
        let from_key = self.from.key().cloned();
        let version_failed = self.version_failed && self.version.get().is_none();
        EventType {
            ident,
            attrs,
            shape,
            name: self.name.into_value(),
            name_failed: self.name_failed,
            version: self.version.into_value(),
            version_failed,
            from: from_key.zip(self.from.into_value()),
            from_failed: self.from_failed,
            was: self.was,
            readable_by: self.readable_by.into_value(),
            write: self.write.into_value(),
            id: self.id.into_value(),
        }
    }
}

/// `was = "old"` or `was("a", "b")`.
fn was(cx: &Ctxt, key: &Ident, input: ParseStream<'_>) -> syn::Result<Vec<LitStr>> {
    if !input.peek(syn::token::Paren) {
        return value::string(key, input).map(|name| vec![name]);
    }
    let inner;
    syn::parenthesized!(inner in input);
    let mut names = Vec::new();
    while !inner.is_empty() {
        attr::entry(cx, &inner, &mut |input| {
            names.push(value::bare_string(key, input)?);
            Ok(())
        });
    }
    if names.is_empty() {
        cx.error(
            key,
            format!(
                "`{key}` lists no names\nhelp: `was = \"{}\"`",
                text::kebab("old name")
            ),
        );
    }
    Ok(names)
}
