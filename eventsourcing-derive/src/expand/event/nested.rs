//! Sets inside the set: their tables behind its own, their events handed over to them.

use proc_macro2::{Ident, Literal, TokenStream};
use quote::quote_spanned;
use syn::WherePredicate;
use syn::spanned::Spanned;

use crate::model::event::{EventSet, Nested};
use crate::span::{at, respan};

/// The values of `Event::TYPES` and `Event::STORED`, from the set's own rows.
pub(crate) fn tables(
    set: &EventSet<'_>,
    types: &[TokenStream],
    stored: &[TokenStream],
) -> (TokenStream, TokenStream) {
    if set.nested.is_empty() {
        return (tokens!(&[#(#types),*]), tokens!(&[#(#stored),*]));
    }
    let (p, parts) = (set.krate.private(), parts(set));
    (
        tokens!(&#p::join_types::<{ #p::types_of(#parts) }>(#parts)),
        tokens!(&#p::join_stored::<{ #p::stored_of(#parts) }>(#parts)),
    )
}

/// The list of all tables, and that they share no names.
pub(crate) fn nesting(
    set: &EventSet<'_>,
    types: &[TokenStream],
    stored: &[TokenStream],
) -> TokenStream {
    if set.nested.is_empty() {
        return TokenStream::new();
    }
    let (p, parts) = (set.krate.private(), parts(set));
    let ident = &set.input.ident;
    let inner = set.nested.iter().map(|nested| {
        let (types, stored) = (of(set, nested, "TYPES"), of(set, nested, "STORED"));
        tokens!((#types, #stored))
    });
    let allow = crate::expand::allow();
    let distinct = quote_spanned! {at(ident)=>
        #[allow(long_running_const_eval)]
        const _: () = ::core::assert!(
            #p::no_name_is_shared(#parts),
            "two event types in this set share one stored name (see `Event::STORED` of the nested enums)"
        );
    };
    tokens! {
        #allow
        impl #p::Nesting for #ident {
            const PARTS: &'static [#p::Tables] = &[(&[#(#types),*], &[#(#stored),*]), #(#inner),*];
        }
        #distinct
    }
}

fn parts(set: &EventSet<'_>) -> TokenStream {
    let (p, ident) = (set.krate.private(), &set.input.ident);
    tokens!(<#ident as #p::Nesting>::PARTS)
}

/// The nested sets, each with the number of its part: the set's own tables are the first.
fn numbered<'a>(
    set: &'a EventSet<'a>,
) -> impl DoubleEndedIterator<Item = (&'a Nested<'a>, Literal)> {
    let number = |(index, nested)| (nested, Literal::usize_suffixed(index + 1));
    set.nested.iter().enumerate().map(number)
}

fn first_slot(set: &EventSet<'_>, part: &Literal) -> TokenStream {
    let (p, parts) = (set.krate.private(), parts(set));
    tokens!(const { #p::first_slot(#parts, #part) })
}

/// The statements of `Event::slot` for names that are not the set's own.
pub(crate) fn slot(set: &EventSet<'_>) -> TokenStream {
    let k = set.krate.path();
    let lookups = numbered(set).map(|(nested, part)| {
        let (slot, first) = (of(set, nested, "slot"), first_slot(set, &part));
        tokens! {
            if let ::core::option::Option::Some(__slot) = #slot(__name, __version) {
                return ::core::option::Option::Some(#k::Slot::new(#first + #k::Slot::index(__slot)));
            }
        }
    });
    tokens!(#(#lookups)*)
}

/// The path of a nested set's constant or function. All its parts stand at the set's type, so that a type that is no set is told
/// once.
fn of(set: &EventSet<'_>, nested: &Nested<'_>, item: &str) -> TokenStream {
    let (k, ty) = (set.krate.path(), nested.ty);
    let item = Ident::new(item, at(ty));
    quote_spanned!(at(ty)=> <#ty as #k::Event>::#item)
}

/// The arms of `Event::type_index`. What a nested set took up unread has no type in the outer one either.
pub(crate) fn type_index(set: &EventSet<'_>) -> Vec<TokenStream> {
    let (p, parts) = (set.krate.private(), parts(set));
    let arm = |(nested, part): (&Nested<'_>, Literal)| {
        let variant = nested.ident;
        let (captured, index) = (of(set, nested, "captured"), of(set, nested, "type_index"));
        tokens! {
            Self::#variant(__set) => match #captured(__set) {
                ::core::option::Option::Some(_) => Self::TYPES.len(),
                ::core::option::Option::None => #index(__set) + const { #p::types_before(#parts, #part) },
            }
        }
    };
    numbered(set).map(arm).collect()
}

/// The arms of `Event::encode`.
pub(crate) fn encode(set: &EventSet<'_>) -> Vec<TokenStream> {
    let arm = |nested: &Nested<'_>| {
        let (variant, encode) = (nested.ident, of(set, nested, "encode"));
        tokens!(Self::#variant(__set) => #encode(__set, __format, __out),)
    };
    set.nested.iter().map(arm).collect()
}

/// The arms of `Event::decode`: from the last set's slots down to the first's.
pub(crate) fn decode(set: &EventSet<'_>) -> Vec<TokenStream> {
    let (k, p) = (set.krate.path(), set.krate.private());
    let arm = |(nested, part): (&Nested<'_>, Literal)| {
        let (variant, first) = (nested.ident, first_slot(set, &part));
        let decode = of(set, nested, "decode");
        tokens! {
            __index if __index >= #first => {
                let __decoded = #decode(#k::Slot::new(__index - #first), __format, __cx)?;
                ::core::result::Result::Ok(#p::wrap(__decoded, Self::#variant))
            }
        }
    };
    numbered(set).rev().map(arm).collect()
}

/// `Event::tags`: what the set's own function gives, otherwise those of nested events.
pub(crate) fn tags(set: &EventSet<'_>) -> TokenStream {
    let (k, p) = (set.krate.path(), set.krate.private());
    let body = match &set.tags {
        // An argument, so that a function of another type is reported at its path.
        Some(path) => tokens!(#p::tags(self, #path)),
        None if set.nested.is_empty() => return TokenStream::new(),
        None => {
            let own = set.events.iter().map(|event| {
                let variant = event.ident;
                tokens!(Self::#variant { .. } => ::core::result::Result::Ok(#p::Vec::new()),)
            });
            let nested = set.nested.iter().map(|nested| {
                let (variant, tags) = (nested.ident, of(set, nested, "tags"));
                tokens!(Self::#variant(__set) => #tags(__set),)
            });
            let unknown = super::unknown::tags(set);
            tokens!(match self { #(#own)* #(#nested)* #unknown })
        }
    };
    tokens! {
        fn tags(&self) -> ::core::result::Result<#p::Vec<#k::Tag>, #k::InvalidTag> {
            #body
        }
    }
}

/// What `Evolve` asks of the nested sets, and its arms.
pub(crate) fn evolve(set: &EventSet<'_>, state: &Ident) -> (Vec<WherePredicate>, Vec<TokenStream>) {
    let k = set.krate.path();
    let predicate = |nested: &Nested<'_>| {
        let ty = nested.ty;
        let bound = respan(tokens!(#k::Evolve<#state>), ty.span());
        syn::parse2(quote_spanned!(ty.span()=> #ty: #bound)).ok()
    };
    let arm = |nested: &Nested<'_>| {
        let variant = nested.ident;
        tokens!(Self::#variant(__set) => #k::Evolve::<#state>::evolve(__set, __state),)
    };
    (
        set.nested.iter().filter_map(predicate).collect(),
        set.nested.iter().map(arm).collect(),
    )
}
