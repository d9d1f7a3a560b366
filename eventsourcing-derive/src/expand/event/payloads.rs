//! `impl LockedSet`: the payload types of a set, for whoever locks them. Their shapes are asked for only there.

use std::collections::BTreeSet;

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, quote_spanned};
use syn::spanned::Spanned;
use syn::{Type, WherePredicate};

use super::super::generics::{fresh, with_param, with_predicates};
use super::super::schema::{Via, shape, types};
use crate::expand::allow;
use crate::model::event::{EventSet, How, Nested, Older, PastFate, Shape};
use crate::model::schema::of_variant;
use crate::span::at;

/// The impl. The bounds mention its parameter, so that rustc asks for them where it is used and not here.
pub(crate) fn expand(set: &EventSet<'_>) -> TokenStream {
    let mut payloads = Payloads::default();
    for event in &set.events {
        let name = event.name();
        payloads.versions(&name, event.older());
        let version = event.current();
        match event.shape {
            Shape::Newtype(ty) => payloads.of(&name, version, ty.to_token_stream(), ty.span()),
            Shape::Whole => payloads.of(&name, version, tokens!(Self), set.input.ident.span()),
            Shape::Inline(fields) => {
                let (p, marker) = (set.krate.private(), marker(set));
                let content = of_variant(event.attrs, &set.input.ident, fields);
                let shape = shape(&Via::schema_in(&p, &marker), &content);
                for ty in types(&content) {
                    payloads.bound(ty);
                }
                payloads
                    .calls
                    .push(tokens!(.inline(#name, #version, |__cx| #shape)));
            }
        }
    }
    for past in &set.past {
        if let PastFate::Split { versions, .. } = &past.fate {
            payloads.versions(&past.name.value(), versions);
        }
    }
    implement(set, &payloads, &set.nested)
}

/// The impl after an error: no payloads.
pub(crate) fn stub(set: &EventSet<'_>) -> TokenStream {
    implement(set, &Payloads::default(), &[])
}

#[derive(Default)]
struct Payloads {
    calls: Vec<TokenStream>,
    bounds: Vec<(TokenStream, Span)>,
    seen: BTreeSet<String>,
}

impl Payloads {
    fn bound(&mut self, ty: &Type) {
        self.bound_tokens(ty.to_token_stream(), ty.span());
    }

    fn bound_tokens(&mut self, ty: TokenStream, span: Span) {
        if self.seen.insert(ty.to_string()) {
            self.bounds.push((ty, span));
        }
    }

    fn of(&mut self, name: &str, version: u16, ty: TokenStream, span: Span) {
        let at = Span::mixed_site().located_at(span);
        self.calls
            .push(quote_spanned!(at=> .payload::<#ty>(#name, #version)));
        self.bound_tokens(ty, span);
    }

    fn versions(&mut self, name: &str, versions: &[Older]) {
        for older in versions {
            let version = older.version;
            match &older.how {
                How::As(ty, _) => self.of(name, version, ty.to_token_stream(), ty.span()),
                How::Same => self.calls.push(tokens!(.same(#name, #version))),
                How::Never => {}
            }
        }
    }
}

/// The parameter of the impl.
fn marker(set: &EventSet<'_>) -> Ident {
    fresh(&set.input.generics, "__K")
}

fn implement(set: &EventSet<'_>, payloads: &Payloads, sets: &[Nested<'_>]) -> TokenStream {
    let p = set.krate.private();
    let ident = &set.input.ident;
    let marker = marker(set);
    let own = payloads.bounds.iter().map(|(ty, span)| {
        let bound = quote_spanned!(*span=> #p::SchemaIn<#marker>);
        quote_spanned!(*span=> #ty: #bound)
    });
    let inner = sets.iter().map(|nested| {
        let ty = nested.ty;
        quote_spanned!(at(ty)=> #ty: #p::LockedSet<#marker>)
    });
    let bounds: Vec<WherePredicate> = own
        .chain(inner)
        .filter_map(|predicate| syn::parse2(predicate).ok())
        .collect();
    let generics = with_predicates(&with_param(&set.input.generics, &marker), bounds);
    let (impl_generics, _, where_clause) = generics.split_for_impl();
    let (_, ty_generics, _) = set.input.generics.split_for_impl();
    let calls = &payloads.calls;
    let nested = sets.iter().map(|nested| {
        let ty = nested.ty;
        quote_spanned!(at(ty)=> <#ty as #p::LockedSet<#marker>>::payloads(__out);)
    });
    let allow = allow();
    tokens! {
        #allow
        impl #impl_generics #p::LockedSet<#marker> for #ident #ty_generics #where_clause {
            fn payloads(__out: &mut #p::Payloads<#marker>) {
                let _ = __out #(#calls)*;
                #(#nested)*
            }
        }
    }
}
