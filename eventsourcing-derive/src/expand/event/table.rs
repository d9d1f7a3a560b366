//! The table of stored names and versions, and the slot each of them decodes in.

use proc_macro2::{Literal, TokenStream};

use super::nested;
use crate::check::versions_of;
use crate::model::event::{EventSet, EventType, How, PastFate, Shape};
use crate::text::unraw;

/// The slots of a set: one for each version of each event, then those of the past names.
pub(crate) struct Table {
    /// First slot of each event.
    pub(crate) events: Vec<u16>,
    /// Slots of each past entry: of each version of a split, or one.
    pub(crate) past: Vec<u16>,
}

impl Table {
    /// Counts the slots. Each is written down in the source, so there are never too many for a `u16`.
    pub(crate) fn of(set: &EventSet<'_>) -> Self {
        let mut next = 0u16;
        let mut take = |count: usize| {
            let first = next;
            next = next.saturating_add(u16::try_from(count).unwrap_or(u16::MAX));
            first
        };
        let events = set
            .events
            .iter()
            .map(|event| take(usize::from(event.current())))
            .collect();
        let past = set
            .past
            .iter()
            .map(|past| match &past.fate {
                PastFate::Split { versions, .. } => take(versions.len()),
                PastFate::Retired(..) | PastFate::Refused(..) => take(1),
            })
            .collect();
        Self { events, past }
    }

    /// The body of `Event::slot`.
    pub(crate) fn slot(&self, set: &EventSet<'_>) -> TokenStream {
        let k = set.krate.path();
        let none = tokens!(return ::core::option::Option::None);
        let mut arms = Vec::new();
        for (event, first) in set.events.iter().zip(&self.events) {
            let names = names(event);
            let versions = match event.current() {
                1 => tokens!(1u16 => #first,),
                current => tokens!(1u16..=#current => #first + (__version - 1u16),),
            };
            arms.push(tokens!(#(#names)|* => match __version { #versions _ => #none }));
        }
        let mut done: Vec<String> = Vec::new();
        for past in &set.past {
            let name = past.name.value();
            if done.contains(&name) {
                continue;
            }
            let same = set
                .past
                .iter()
                .zip(&self.past)
                .filter(|(past, _)| past.name.value() == name);
            let versions = same.flat_map(|(past, first)| match &past.fate {
                PastFate::Split { .. } => (versions_of(past).into_iter().zip(*first..))
                    .map(|(version, slot)| tokens!(#version => #slot,))
                    .collect(),
                PastFate::Retired(range, _) | PastFate::Refused(range, _) => {
                    let (start, end) = (range.versions.start(), range.versions.end());
                    vec![if start == end {
                        tokens!(#start => #first,)
                    } else {
                        tokens!(#start..=#end => #first,)
                    }]
                }
            });
            arms.push(tokens!(#name => match __version { #(#versions)* _ => #none }));
            done.push(name);
        }
        let nested = nested::slot(set);
        if arms.is_empty() {
            return tokens!(#nested ::core::option::Option::None);
        }
        let other = if set.nested.is_empty() {
            none
        } else {
            tokens!({ #nested #none })
        };
        tokens! {
            ::core::option::Option::Some(#k::Slot::new(match __name {
                #(#arms,)*
                _ => #other,
            }))
        }
    }
}

/// The current name and the former ones.
fn names(event: &EventType<'_>) -> Vec<String> {
    std::iter::once(event.name())
        .chain(event.was.iter().map(syn::LitStr::value))
        .collect()
}

/// Indices of variants.
pub(crate) fn indices(set: &EventSet<'_>, variants: &[syn::Ident]) -> Vec<Literal> {
    variants
        .iter()
        .filter_map(|ident| set.index_of(ident))
        .map(Literal::usize_unsuffixed)
        .collect()
}

/// The rows of `Event::TYPES`.
pub(crate) fn types(set: &EventSet<'_>) -> Vec<TokenStream> {
    let k = set.krate.path();
    let row = |event: &EventType<'_>| {
        let (name, version, was) = (event.name(), event.current(), &event.was);
        let id = event.id.as_ref().map(|id| id.value);
        let id = id.map(|id| tokens!(.with_id(#id)));
        let floor = event.readable_by.as_ref().map(|number| number.value);
        let floor = floor.map(|version| tokens!(.readable_by(#version)));
        let write = event.write.as_ref().map(|number| number.value);
        let write = write.map(|version| tokens!(.writing(#version)));
        let variant = unraw(event.ident);
        tokens!(#k::EventType::new(#name, #version, &[#(#was),*]) #id #floor #write.of_variant(#variant))
    };
    set.events.iter().map(row).collect()
}

/// The rows of `Event::STORED`.
pub(crate) fn stored(set: &EventSet<'_>) -> Vec<TokenStream> {
    let k = set.krate.path();
    let mut rows = Vec::new();
    let mut row = |name: &str, version: u16, fate: TokenStream, how: &How| {
        let additive = matches!(how, How::Same).then(|| tokens!(.additive()));
        rows.push(tokens!(#k::StoredType::new(#name, #version, #k::Fate::#fate) #additive));
    };
    for (index, event) in set.events.iter().enumerate() {
        let index = Literal::usize_unsuffixed(index);
        for name in names(event) {
            for older in event.older() {
                let fate = match older.how {
                    How::Never => tokens!(Unsupported),
                    How::As(..) | How::Same => tokens!(Upcast(#index)),
                };
                row(&name, older.version, fate, &older.how);
            }
            row(
                &name,
                event.current(),
                tokens!(Current(#index)),
                &How::Never,
            );
        }
    }
    for past in &set.past {
        let name = past.name.value();
        match &past.fate {
            PastFate::Split { versions, into } => {
                let into = indices(set, into);
                for older in versions {
                    let fate = match older.how {
                        How::Never => tokens!(Unsupported),
                        How::As(..) | How::Same => tokens!(Split(&[#(#into),*])),
                    };
                    row(&name, older.version, fate, &older.how);
                }
            }
            PastFate::Retired(range, reason) => {
                range.versions.clone().for_each(|version| {
                    row(&name, version, tokens!(Retired(#reason)), &How::Never);
                });
            }
            PastFate::Refused(range, reason) => {
                range.versions.clone().for_each(|version| {
                    row(&name, version, tokens!(Refused(#reason)), &How::Never);
                });
            }
        }
    }
    rows
}

/// The body of `Event::type_index`.
pub(crate) fn type_index(set: &EventSet<'_>) -> TokenStream {
    if set.is_struct() {
        return tokens!(0);
    }
    if set.is_empty() {
        return tokens!(match *self {});
    }
    let nested = nested::type_index(set);
    let unknown = set.unknown.iter().map(|unknown| {
        let ident = unknown.ident;
        tokens!(Self::#ident(..) => Self::TYPES.len())
    });
    let arms = set.events.iter().enumerate().map(|(index, event)| {
        let (ident, index) = (event.ident, Literal::usize_unsuffixed(index));
        match event.shape {
            Shape::Newtype(_) => tokens!(Self::#ident(..) => #index),
            Shape::Inline(_) | Shape::Whole => tokens!(Self::#ident { .. } => #index),
        }
    });
    tokens!(match self { #(#arms,)* #(#nested,)* #(#unknown,)* })
}
