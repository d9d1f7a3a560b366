//! What a set does with names and versions that it does not know.

use proc_macro2::{Ident, TokenStream};
use quote::quote_spanned;
use syn::WherePredicate;
use syn::spanned::Spanned;

use crate::model::event::{Dispatch, EventSet};
use crate::span::{at, respan};

/// The members of `impl Event` that say so.
pub(crate) fn members(set: &EventSet<'_>) -> TokenStream {
    let (k, p) = (set.krate.path(), set.krate.private());
    if set.skip_unknown.is_some() {
        return tokens!(const UNKNOWN: #k::UnknownPolicy = #k::UnknownPolicy::Skip;);
    }
    let unknown = set.unknown.first();
    let capture = unknown.map(|unknown| {
        let (ident, ty) = (unknown.ident, unknown.ty);
        let hold = quote_spanned!(at(ty)=> <#ty as #p::HoldsUnknown>::hold);
        tokens! {
            const UNKNOWN: #k::UnknownPolicy = #k::UnknownPolicy::Capture;

            fn capture(__event: #k::UnknownEvent) -> ::core::option::Option<Self> {
                ::core::option::Option::Some(Self::#ident(#hold(__event)))
            }
        }
    });
    if unknown.is_none() && set.nested.is_empty() {
        return TokenStream::new();
    }
    let own = unknown.map(|unknown| {
        let (ident, ty) = (unknown.ident, unknown.ty);
        let held = quote_spanned!(at(ty)=> <#ty as #p::HoldsUnknown>::held);
        tokens!(Self::#ident(__event) => ::core::option::Option::Some(#held(__event)),)
    });
    let nested = set.nested.iter().map(|nested| {
        let (variant, ty) = (nested.ident, nested.ty);
        let captured = quote_spanned!(at(ty)=> <#ty as #k::Event>::captured);
        tokens!(Self::#variant(__set) => #captured(__set),)
    });
    let rest = (!set.events.is_empty()).then(|| tokens!(_ => ::core::option::Option::None,));
    tokens! {
        #capture

        fn captured(&self) -> ::core::option::Option<&#k::UnknownEvent> {
            match self { #own #(#nested)* #rest }
        }
    }
}

/// The arm of `Event::encode`.
pub(crate) fn encode(set: &EventSet<'_>) -> Option<TokenStream> {
    let p = set.krate.private();
    let unknown = set.unknown.first()?;
    let (ident, ty) = (unknown.ident, unknown.ty);
    let held = quote_spanned!(at(ty)=> <#ty as #p::HoldsUnknown>::held);
    Some(tokens! {
        Self::#ident(__event) => {
            #p::encode_unknown(#held(__event), __out);
            ::core::result::Result::Ok(())
        }
    })
}

/// The arm of `Event::tags`: it keeps its own.
pub(crate) fn tags(set: &EventSet<'_>) -> Option<TokenStream> {
    let p = set.krate.private();
    let ident = set.unknown.first()?.ident;
    Some(tokens!(Self::#ident(..) => ::core::result::Result::Ok(#p::Vec::new()),))
}

/// What typed dispatch asks of the state, and its arm.
pub(crate) fn apply(
    set: &EventSet<'_>,
    state: &Ident,
) -> (Option<WherePredicate>, Option<TokenStream>) {
    let k = set.krate.path();
    let Some(unknown) = set
        .unknown
        .first()
        .filter(|_| matches!(set.dispatch, Dispatch::Typed))
    else {
        return (None, None);
    };
    let (ident, ty) = (unknown.ident, unknown.ty);
    let apply = respan(tokens!(#k::Apply), ty.span());
    (
        syn::parse2(quote_spanned!(ty.span()=> #state: #apply<#ty>)).ok(),
        Some(tokens!(Self::#ident(__event) => #k::Apply::<#ty>::apply(__state, __event),)),
    )
}
