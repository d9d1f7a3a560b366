//! `impl Schema`: what is stored of a type, as calls of one builder.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, format_ident, quote_spanned};
use syn::{Generics, Type, WherePredicate, parse_quote};

use super::allow;
use super::generics::{type_params, with_predicates};
use crate::check::ungrouped;
use crate::model::schema::{Absent, Choice, Content, Enum, Member, MemberType, Named, Schema};
use crate::span::at;

/// The impl.
pub(crate) fn expand(schema: &Schema<'_>) -> TokenStream {
    let (k, p) = (schema.krate.path(), schema.krate.private());
    let ident = &schema.input.ident;
    let generics = &schema.input.generics;
    let bounded = match &schema.bound {
        Some(bound) => with_predicates(generics, bound.iter().cloned()),
        None => with_predicates(generics, predicates(&k, generics, &schema.content)),
    };
    let (impl_generics, _, where_clause) = bounded.split_for_impl();
    let (_, ty_generics, _) = generics.split_for_impl();
    let shape = shape(&Via::schema(&p), &schema.content);
    // What stands for another type may be left out where that may be.
    let optional = match &schema.content {
        Content::Like(ty) | Content::Checked(ty) => {
            let value = quote_spanned!(at(ty)=> <#ty as #k::Schema>::OPTIONAL);
            Some(tokens!(const OPTIONAL: ::core::primitive::bool = #value;))
        }
        _ => None,
    };
    let allow = allow();
    tokens! {
        #allow
        impl #impl_generics #k::Schema for #ident #ty_generics #where_clause {
            #optional

            fn describe(__cx: &mut #p::Describe) -> #p::Shape {
                #p::Describe::named::<Self>(__cx, |__cx| #shape)
            }
        }
    }
}

/// The way to the shape of a part.
pub(crate) struct Via<'a> {
    p: &'a TokenStream,
    /// The parameter that puts off the question for a part's schema.
    marker: Option<&'a Ident>,
}

impl<'a> Via<'a> {
    /// Through `Schema`.
    fn schema(p: &'a TokenStream) -> Self {
        Self { p, marker: None }
    }

    /// Through `SchemaIn<marker>`.
    pub(crate) fn schema_in(p: &'a TokenStream, marker: &'a Ident) -> Self {
        Self {
            p,
            marker: Some(marker),
        }
    }

    /// `method::<Type>`.
    fn call(&self, method: &str, ty: &Type) -> TokenStream {
        match self.marker {
            None => {
                let method = Ident::new(method, Span::mixed_site());
                quote_spanned!(at(ty)=> #method::<#ty>)
            }
            Some(marker) => {
                let method = format_ident!("{method}_in", span = Span::mixed_site());
                quote_spanned!(at(ty)=> #method::<#marker, #ty>)
            }
        }
    }

    fn of(&self, ty: &Type) -> TokenStream {
        let (p, of) = (self.p, self.call("of", ty));
        quote_spanned!(at(ty)=> #p::Describe::#of(__cx))
    }
}

/// An expression for the shape; `__cx` is in scope.
pub(crate) fn shape(via: &Via<'_>, content: &Content) -> TokenStream {
    let p = via.p;
    match content {
        Content::Like(ty) | Content::Newtype(ty) => via.of(ty),
        Content::Checked(ty) => {
            let of = via.of(ty);
            tokens!(#p::Shape::checked(#of))
        }
        Content::Opaque(name) => tokens!(#p::Shape::opaque(#name)),
        Content::Unit => tokens!(#p::Shape::unit_struct()),
        Content::Tuple(members) => {
            let members = members.iter().map(|member| match &member.ty {
                MemberType::Like(ty) => via.of(ty),
                MemberType::Opaque(name) => tokens!(#p::Shape::opaque(#name)),
            });
            tokens!(#p::Shape::tuple([#(#members),*]))
        }
        Content::Struct(fields) => structure(via, fields),
        Content::Enum(choices) => enumeration(via, choices),
    }
}

fn structure(via: &Via<'_>, fields: &Named) -> TokenStream {
    let p = via.p;
    let members = fields.members.iter().map(|member| {
        let Member {
            name,
            aliases,
            absent,
            left_out,
            ..
        } = member;
        let default = *absent == Absent::Default;
        let field = match &member.ty {
            MemberType::Like(ty) if member.flatten => {
                let flatten = via.call("flatten", ty);
                quote_spanned!(at(ty)=> .#flatten(__cx))
            }
            MemberType::Like(ty) => {
                let field = via.call("field", ty);
                quote_spanned!(at(ty)=> .#field(__cx, #name, &[#(#aliases),*], #default))
            }
            MemberType::Opaque(opaque) if member.flatten => tokens!(.flatten_opaque(#opaque)),
            MemberType::Opaque(opaque) => {
                tokens!(.opaque(#opaque, #name, &[#(#aliases),*], #default))
            }
        };
        let asked = *absent == Absent::Never && matches!(member.ty, MemberType::Like(_));
        let required = (asked && !member.flatten).then(|| tokens!(.required()));
        let left_out = (*left_out && !member.flatten).then(|| tokens!(.left_out()));
        tokens!(#field #required #left_out)
    });
    let tag = fields
        .tag
        .as_ref()
        .map(|(key, name)| tokens!(.tag(#key, #name)));
    let (deny, named_only) = (fields.deny, fields.by_name);
    tokens!(#p::Fields::new(#deny, #named_only) #tag #(#members)* .finish())
}

fn enumeration(via: &Via<'_>, choices: &Enum) -> TokenStream {
    let p = via.p;
    let repr = match (&choices.tag, &choices.content) {
        _ if choices.untagged => tokens!(#p::Choices::untagged()),
        (Some(tag), Some(content)) => tokens!(#p::Choices::adjacent(#tag, #content)),
        (Some(tag), None) => tokens!(#p::Choices::internal(#tag)),
        (None, _) => tokens!(#p::Choices::external()),
    };
    let variants = choices.variants.iter().map(|variant| {
        let Choice { name, aliases, .. } = variant;
        let content = match &variant.content {
            Content::Unit => tokens!(::core::option::Option::None),
            content => {
                let shape = shape(via, content);
                tokens!(::core::option::Option::Some(#shape))
            }
        };
        let other = variant.other.then(|| tokens!(.other()));
        let untagged = variant.untagged.then(|| tokens!(.last_untagged()));
        tokens!(.variant(#name, &[#(#aliases),*], #content) #other #untagged)
    });
    tokens!(#repr #(#variants)* .finish())
}

/// The types whose shapes it takes.
pub(crate) fn types(content: &Content) -> Vec<&Type> {
    fn of_member(member: &Member) -> Option<&Type> {
        match &member.ty {
            MemberType::Like(ty) => Some(ty),
            MemberType::Opaque(_) => None,
        }
    }
    match content {
        Content::Like(ty) | Content::Checked(ty) | Content::Newtype(ty) => vec![ty],
        Content::Opaque(_) | Content::Unit => Vec::new(),
        Content::Tuple(members) => members.iter().filter_map(of_member).collect(),
        Content::Struct(fields) => fields.members.iter().filter_map(of_member).collect(),
        Content::Enum(choices) => {
            let contents = choices.variants.iter().map(|variant| &variant.content);
            contents.flat_map(types).collect()
        }
    }
}

/// As serde does: each parameter that is stored has a shape, and so have its associated types. Bounds on the fields'
/// own types would make recursive types impossible.
fn predicates(k: &TokenStream, generics: &Generics, content: &Content) -> Vec<WherePredicate> {
    let types = types(content);
    let all: TokenStream = types.iter().map(ToTokens::to_token_stream).collect();
    let params = type_params(generics, all);
    let params = params
        .into_iter()
        .map(|param| -> WherePredicate { parse_quote!(#param: #k::Schema) });
    let associated = types
        .iter()
        .filter(|ty| match ungrouped(ty) {
            Type::Path(path) => {
                let first = path.path.segments.first();
                path.qself.is_some()
                    || path.path.segments.len() > 1
                        && first.is_some_and(|first| {
                            let mut params = generics.type_params();
                            params.any(|param| param.ident == first.ident)
                        })
            }
            _ => false,
        })
        .map(|ty| -> WherePredicate { parse_quote!(#ty: #k::Schema) });
    params.chain(associated).collect()
}
