//! Inline variants: stored as their fields, through structs that live inside the generated functions.

use proc_macro2::{Ident, Span, TokenStream};
use quote::format_ident;
use syn::punctuated::Punctuated;
use syn::{Attribute, Field, Fields, Lifetime, LitStr, Meta, Token};

use super::super::generics::{fresh_lifetime, only_mentioned};
use crate::model::event::{EventSet, EventType};

/// Names for the fields of a variant, as bound in patterns.
pub(crate) fn bindings(fields: &Fields) -> Vec<Ident> {
    (0..fields.len())
        .map(|index| format_ident!("__field{index}", span = Span::mixed_site()))
        .collect()
}

/// `{ owner: __field0 }`, `(__field0, __field1)` or `{}`, as pattern or expression.
pub(crate) fn braces(fields: &Fields, bindings: &[Ident]) -> TokenStream {
    match fields {
        Fields::Named(fields) => {
            let names = fields.named.iter().map(|field| &field.ident);
            tokens!({ #(#names: #bindings),* })
        }
        Fields::Unnamed(_) => tokens!((#(#bindings),*)),
        Fields::Unit => tokens!({}),
    }
}

/// Writes the fields bound by [`bindings`], each a reference.
pub(crate) fn write(set: &EventSet<'_>, event: &EventType<'_>, fields: &Fields) -> TokenStream {
    let k = set.krate.path();
    let lifetime = fresh_lifetime(&set.input.generics, "__fields");
    let mut generics = only_mentioned(&set.input.generics, fields);
    if !fields.is_empty() {
        generics.params.insert(
            0,
            syn::GenericParam::Lifetime(syn::LifetimeParam::new(lifetime.clone())),
        );
        let params: Vec<Ident> = generics
            .type_params()
            .map(|param| param.ident.clone())
            .collect();
        for param in params {
            generics
                .make_where_clause()
                .predicates
                .push(syn::parse_quote!(#param: #lifetime));
        }
    }
    let definition = definition(set, event, fields, &generics, Some(&lifetime));
    let bindings = bindings(fields);
    let braces = braces(fields, &bindings);
    tokens! {
        #definition
        #k::Format::encode(__format, &__Payload #braces, __out)
    }
}

/// Reads the fields and makes the variant.
pub(crate) fn read(set: &EventSet<'_>, event: &EventType<'_>, fields: &Fields) -> TokenStream {
    let p = set.krate.private();
    let generics = only_mentioned(&set.input.generics, fields);
    let definition = definition(set, event, fields, &generics, None);
    let (_, ty_generics, _) = generics.split_for_impl();
    let ident = event.ident;
    let bindings = bindings(fields);
    let braces = braces(fields, &bindings);
    tokens! {{
        #definition
        let __Payload #braces = #p::read::<__Payload #ty_generics, _>(__format, __cx)?;
        Self::#ident #braces
    }}
}

/// The struct itself, deriving `Serialize` over references or `Deserialize` over values.
fn definition(
    set: &EventSet<'_>,
    event: &EventType<'_>,
    fields: &Fields,
    generics: &syn::Generics,
    borrow: Option<&Lifetime>,
) -> TokenStream {
    let p = set.krate.private();
    let serde = LitStr::new(&path_text(&tokens!(#p::serde)), Span::mixed_site());
    let derive = if borrow.is_some() {
        tokens!(#p::serde::Serialize)
    } else {
        tokens!(#p::serde::Deserialize)
    };
    let container = container_attrs(event.attrs);
    let (impl_generics, _, where_clause) = generics.split_for_impl();
    let field = |field: &Field| {
        let attrs = field
            .attrs
            .iter()
            .filter(|attr| attr.path().is_ident("serde"));
        let (name, colon, ty) = (&field.ident, &field.colon_token, &field.ty);
        let borrow = borrow.map(|lifetime| tokens!(& #lifetime));
        tokens!(#(#attrs)* #name #colon #borrow #ty)
    };
    let fields_tokens = fields.iter().map(field);
    let body = match fields {
        Fields::Unnamed(_) => tokens!((#(#fields_tokens),*) #where_clause;),
        Fields::Named(_) | Fields::Unit => tokens!(#where_clause { #(#fields_tokens),* }),
    };
    tokens! {
        #[derive(#derive)]
        #[serde(crate = #serde #(, #container)*)]
        #[allow(dead_code)]
        struct __Payload #impl_generics #body
    }
}

/// `#[serde(..)]` settings of a variant that mean the same on a struct of its fields.
fn container_attrs(attrs: &[Attribute]) -> Vec<Meta> {
    let serde = attrs.iter().filter(|attr| attr.path().is_ident("serde"));
    let metas = serde.filter_map(|attr| {
        attr.parse_args_with(Punctuated::<Meta, Token![,]>::parse_terminated)
            .ok()
    });
    metas
        .flatten()
        .filter(|meta| {
            meta.path().is_ident("rename_all") || meta.path().is_ident("deny_unknown_fields")
        })
        .collect()
}

/// A path as serde's `crate = ".."` wants it.
fn path_text(path: &TokenStream) -> String {
    path.to_string().replace(' ', "")
}
