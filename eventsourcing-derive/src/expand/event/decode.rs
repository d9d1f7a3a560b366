//! The body of `Event::decode`: one arm for each slot or, for an event with older versions, for its run of slots.

use proc_macro2::{Ident, Literal, Span, TokenStream};
use quote::{format_ident, quote_spanned};
use syn::{Type, TypePath};

use super::table::{Table, indices};
use super::{inline, nested};
use crate::model::event::{EventSet, EventType, How, Older, Past, PastFate, Shape};
use crate::span::at;

pub(crate) fn body(set: &EventSet<'_>, table: &Table, format: &Ident) -> TokenStream {
    let (k, p) = (set.krate.path(), set.krate.private());
    let events = set
        .events
        .iter()
        .zip(&table.events)
        .map(|(event, first)| arm(set, event, *first, format));
    let past = set
        .past
        .iter()
        .zip(&table.past)
        .map(|(past, first)| past_arms(set, past, *first, format));
    let nested = nested::decode(set);
    tokens! {
        match #k::Slot::index(__slot) {
            #(#events)*
            #(#past)*
            #(#nested)*
            _ => #p::bad_slot(__slot, __cx),
        }
    }
}

/// An old version that is decoded as a type of its own.
struct Generation<'a> {
    version: u16,
    ty: &'a Type,
    via: Option<&'a TypePath>,
}

impl Generation<'_> {
    /// The closure that lifts this generation to the current type.
    fn lift(&self) -> Ident {
        format_ident!("__from_v{}", self.version, span = Span::mixed_site())
    }
}

/// The arms of one event: of today's version and, if there are any, of the older ones. Those have one closure for each
/// generation, which does one step and calls the next, so the code grows with the number of versions and not with its
/// square.
fn arm(set: &EventSet<'_>, event: &EventType<'_>, first: u16, format: &Ident) -> TokenStream {
    let (k, p) = (set.krate.path(), set.krate.private());
    let read = read_current(set, event);
    let wrap = match event.shape {
        Shape::Newtype(_) => {
            let ident = event.ident;
            tokens!(Self::#ident(__event))
        }
        Shape::Inline(_) | Shape::Whole => tokens!(__event),
    };
    let one = tokens!(::core::result::Result::Ok(#k::Decoded::One(#wrap)));
    let today = match event.shape {
        Shape::Newtype(ty) => {
            let ident = event.ident;
            quote_spanned!(at(ty)=> #p::current::<#ty, Self, _>(__format, __cx, Self::#ident))
        }
        Shape::Inline(_) | Shape::Whole => tokens!({ let __event = #read; #one }),
    };
    if event.older().is_empty() {
        return tokens!(#first => #today,);
    }
    let current = first.saturating_add(event.current() - 1);
    if event
        .older()
        .iter()
        .all(|older| matches!(older.how, How::Never))
    {
        return tokens! {
            #current => #today,
            #first..#current => #p::unsupported(__cx),
        };
    }
    let generations: Vec<Generation<'_>> = event
        .older()
        .iter()
        .filter_map(|older| match &older.how {
            How::As(ty, via) => Some(Generation {
                version: older.version,
                ty,
                via: via.as_ref(),
            }),
            How::Same | How::Never => None,
        })
        .collect();
    let lifts = generations
        .iter()
        .enumerate()
        .rev()
        .map(|(index, generation)| lift(set, event, generation, generations.get(index + 1)));
    let reads = event.older().iter().zip(first..).map(|(older, slot)| {
        let read = read_older(set, event, older, &generations, format);
        tokens!(#slot => #read,)
    });
    // `move`: a slot that is borrowed would be written to memory for today's version, too.
    tokens! {
        #current => #today,
        #first..#current => #p::apart(move || {
            #(#lifts)*
            let __event = match #k::Slot::index(__slot) {
                #(#reads)*
                _ => return #p::bad_slot(__slot, __cx),
            };
            #one
        }),
    }
}

/// `let __from_v1 = |old: v1::Opened| ..`.
fn lift(
    set: &EventSet<'_>,
    event: &EventType<'_>,
    generation: &Generation<'_>,
    next: Option<&Generation<'_>>,
) -> TokenStream {
    let (k, p) = (set.krate.path(), set.krate.private());
    let (ty, lift, version) = (
        generation.ty,
        generation.lift(),
        Literal::u16_suffixed(generation.version),
    );
    let current = current_type(event);
    let next_ty = next.map_or(current.clone(), |next| {
        let ty = next.ty;
        tokens!(#ty)
    });
    let step = if let Some(via) = generation.via {
        quote_spanned!(at(via)=> #p::via::<#ty, #next_ty, _, _>(#via, __old, __cx, #version))
    } else {
        quote_spanned!(at(ty)=> #p::step::<#ty, #next_ty>(__old, __cx, #version))
    };
    let body = match next {
        Some(next) => {
            let next = next.lift();
            tokens!(#next(#step?))
        }
        None => step,
    };
    tokens! {
        let #lift = |__old: #ty| -> ::core::result::Result<#current, #k::DecodeError> { #body };
    }
}

/// The type at the end of the chain: the payload or, for inline variants, the set itself.
fn current_type(event: &EventType<'_>) -> TokenStream {
    match event.shape {
        Shape::Newtype(ty) => tokens!(#ty),
        Shape::Inline(_) | Shape::Whole => tokens!(Self),
    }
}

fn read_current(set: &EventSet<'_>, event: &EventType<'_>) -> TokenStream {
    let p = set.krate.private();
    match event.shape {
        Shape::Newtype(ty) => quote_spanned!(at(ty)=> #p::read::<#ty, _>(__format, __cx)?),
        Shape::Inline(fields) => inline::read(set, event, fields),
        Shape::Whole => tokens!(#p::read::<Self, _>(__format, __cx)?),
    }
}

fn read_older(
    set: &EventSet<'_>,
    event: &EventType<'_>,
    older: &Older,
    generations: &[Generation<'_>],
    format: &Ident,
) -> TokenStream {
    let p = set.krate.private();
    if matches!(older.how, How::Never) {
        return tokens!(return #p::unsupported(__cx));
    }
    let read = match generations
        .iter()
        .find(|generation| generation.version >= older.version)
    {
        Some(generation) => {
            let (ty, lift) = (generation.ty, generation.lift());
            let read = quote_spanned!(at(ty)=> #p::read::<#ty, _>(__format, __cx)?);
            tokens!(#lift(#read)?)
        }
        None => read_current(set, event),
    };
    match older.how {
        How::Same => {
            let assert = assert_named(set, &event.name(), older, format);
            tokens!({ #assert #read })
        }
        How::As(..) | How::Never => read,
    }
}

/// `vN = _` needs field names; a format without them fails to compile where it is used, an event stored without them fails
/// to decode.
fn assert_named(set: &EventSet<'_>, name: &str, older: &Older, format: &Ident) -> TokenStream {
    let (k, p) = (set.krate.path(), set.krate.private());
    let version = older.version;
    let message = format!(
        "`{name}` v{version} is declared additive (`v{version} = _`), which only formats that carry field names can read; keep the v{version} struct for this format"
    );
    quote_spanned! {at(&older.key)=>
        const { ::core::assert!(<#format as #k::Format>::NAMED, #message) };
        #p::named(__format, __cx)?;
    }
}

fn past_arms(set: &EventSet<'_>, past: &Past, first: u16, format: &Ident) -> TokenStream {
    let p = set.krate.private();
    match &past.fate {
        PastFate::Retired(_, reason) => tokens!(#first => #p::retired(#reason),),
        PastFate::Refused(_, reason) => tokens!(#first => #p::refused(__cx, #reason),),
        PastFate::Split { versions, into } => {
            let into = indices(set, into);
            let arms = versions.iter().zip(first..).map(|(older, slot)| {
                let ty = versions
                    .iter()
                    .filter(|later| later.version >= older.version)
                    .find_map(|later| match &later.how {
                        How::As(ty, _) => Some(ty),
                        How::Same | How::Never => None,
                    });
                let (How::As(..) | How::Same, Some(ty)) = (&older.how, ty) else {
                    return tokens!(#slot => #p::unsupported(__cx),);
                };
                let assert = match older.how {
                    How::Same => assert_named(set, &past.name.value(), older, format),
                    How::As(..) | How::Never => TokenStream::new(),
                };
                let split = quote_spanned!(at(ty)=> #p::split::<Self, #ty>(
                    #p::read::<#ty, _>(__format, __cx)?,
                    __cx,
                    &[#(#into),*],
                ));
                tokens!(#slot => #p::apart(|| { #assert #split }),)
            });
            tokens!(#(#arms)*)
        }
    }
}
