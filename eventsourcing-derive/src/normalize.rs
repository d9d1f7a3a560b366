//! `Self` in the fields of an event set becomes its name: fields also end up in other items, where `Self` is another.

use std::borrow::Cow;

use proc_macro2::{Group, TokenStream, TokenTree};
use quote::{ToTokens, quote};
use syn::{Data, DeriveInput, Field, Type};

use crate::span::respan;

/// The input with fields whose types do not say `Self`.
pub(crate) fn without_self(input: &DeriveInput) -> Cow<'_, DeriveInput> {
    let says_self = |field: &Field| mentions_self(field.ty.to_token_stream());
    let Data::Enum(data) = &input.data else {
        return Cow::Borrowed(input);
    };
    let mut fields = data.variants.iter().flat_map(|variant| &variant.fields);
    if !fields.any(says_self) {
        return Cow::Borrowed(input);
    }
    let mut input = input.clone();
    let (ident, (_, ty_generics, _)) = (&input.ident, input.generics.split_for_impl());
    let own = quote!(#ident #ty_generics);
    if let Data::Enum(data) = &mut input.data {
        let fields = data.variants.iter_mut();
        for field in fields.flat_map(|variant| &mut variant.fields) {
            if says_self(field)
                && let Ok(ty) = syn::parse2::<Type>(replace(field.ty.to_token_stream(), &own))
            {
                field.ty = ty;
            }
        }
    }
    Cow::Owned(input)
}

fn mentions_self(tokens: TokenStream) -> bool {
    tokens.into_iter().any(|token| match token {
        TokenTree::Ident(ident) => ident == "Self",
        TokenTree::Group(group) => mentions_self(group.stream()),
        TokenTree::Punct(_) | TokenTree::Literal(_) => false,
    })
}

/// Puts `own` in the place of each `Self`.
fn replace(tokens: TokenStream, own: &TokenStream) -> TokenStream {
    let token = |token: TokenTree| match token {
        TokenTree::Ident(ident) if ident == "Self" => respan(own.clone(), ident.span()),
        TokenTree::Group(group) => {
            let mut replaced = Group::new(group.delimiter(), replace(group.stream(), own));
            replaced.set_span(group.span());
            TokenTree::from(replaced).into()
        }
        TokenTree::Ident(_) | TokenTree::Punct(_) | TokenTree::Literal(_) => token.into(),
    };
    tokens.into_iter().flat_map(token).collect()
}
