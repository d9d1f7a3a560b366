//! Inline variants: stored as their fields, through structs that live inside the generated functions.

use proc_macro2::{Ident, Span, TokenStream};
use quote::format_ident;
use syn::punctuated::Punctuated;
use syn::{
    Attribute, Field, Fields, GenericParam, Generics, Lifetime, LifetimeParam, LitStr, Meta, Token,
    WherePredicate,
};

use super::super::generics::{fresh, fresh_lifetime, only_mentioned, unmentioned, with_predicates};
use super::predicates;
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
///
/// Functions that `#[serde(..)]` names must get references to the fields' own types. So the struct that derives
/// `Serialize` holds those types and, as serde's `remote`, stands for another one that holds the references.
pub(crate) fn write(set: &EventSet<'_>, event: &EventType<'_>, fields: &Fields) -> TokenStream {
    let (k, p) = (set.krate.path(), set.krate.private());
    let serialize = tokens!(#p::serde::Serialize);
    if fields.is_empty() {
        let payload = Payload::new(set, event, fields, Generics::default());
        let definition = payload.definition(&serialize, None);
        let value = payload.value(&[]);
        return tokens!(#definition #k::Format::encode(__format, &__Payload #value, __out));
    }
    let lifetime = fresh_lifetime(&set.input.generics, "__fields");
    let payload = Payload::new(set, event, fields, borrowing(set, fields, &lifetime));
    let definition = payload.definition(&serialize, Some("__Fields"));
    let references = payload.body(None, |field| {
        let (name, colon, ty) = (&field.ident, &field.colon_token, &field.ty);
        tokens!(#name #colon & #lifetime #ty)
    });
    let value = payload.value(&bindings(fields));
    let (impl_generics, ty_generics, where_clause) = payload.generics.split_for_impl();
    let serializer = fresh(&payload.generics, "__W");
    tokens! {
        #definition
        struct __Fields #impl_generics #references
        impl #impl_generics #serialize for __Fields #ty_generics #where_clause {
            fn serialize<#serializer: #p::serde::Serializer>(
                &self,
                __serializer: #serializer,
            ) -> ::core::result::Result<#serializer::Ok, #serializer::Error> {
                __Payload::serialize(self, __serializer)
            }
        }
        #k::Format::encode(__format, &__Fields #value, __out)
    }
}

/// The generics of a struct that borrows the fields.
fn borrowing(set: &EventSet<'_>, fields: &Fields, lifetime: &Lifetime) -> Generics {
    let mut generics = generics(set, fields);
    let param = LifetimeParam::new(lifetime.clone());
    generics.params.insert(0, GenericParam::Lifetime(param));
    let outlive: Vec<WherePredicate> = generics
        .type_params()
        .map(|param| &param.ident)
        .map(|param| syn::parse_quote!(#param: #lifetime))
        .collect();
    with_predicates(&generics, outlive)
}

/// Reads the fields and makes the variant.
pub(crate) fn read(set: &EventSet<'_>, event: &EventType<'_>, fields: &Fields) -> TokenStream {
    let p = set.krate.private();
    let payload = Payload::new(set, event, fields, generics(set, fields));
    let definition = payload.definition(&tokens!(#p::serde::Deserialize), None);
    let (_, ty_generics, _) = payload.generics.split_for_impl();
    let ident = event.ident;
    let bindings = bindings(fields);
    let (value, braces) = (payload.value(&bindings), braces(fields, &bindings));
    tokens! {{
        #definition
        let __Payload #value = #p::read::<__Payload #ty_generics, _>(__format, __cx)?;
        Self::#ident #braces
    }}
}

/// What the fields need of the generics and of the bounds of `impl Event`.
fn generics(set: &EventSet<'_>, fields: &Fields) -> Generics {
    only_mentioned(
        &with_predicates(&set.input.generics, predicates(set)),
        fields,
    )
}

/// The struct of a variant's fields, `__Payload`.
struct Payload<'a> {
    set: &'a EventSet<'a>,
    event: &'a EventType<'a>,
    fields: &'a Fields,
    generics: Generics,
    /// The type of a last field, for the parameters that no field mentions.
    marker: Option<TokenStream>,
}

impl<'a> Payload<'a> {
    fn new(
        set: &'a EventSet<'a>,
        event: &'a EventType<'a>,
        fields: &'a Fields,
        generics: Generics,
    ) -> Self {
        let unused = unmentioned(&generics, fields);
        let unused = unused.into_iter().filter_map(|param| match param {
            GenericParam::Lifetime(param) => {
                let lifetime = &param.lifetime;
                Some(tokens!(& #lifetime ()))
            }
            GenericParam::Type(param) => {
                let ident = &param.ident;
                Some(tokens!(*const #ident))
            }
            GenericParam::Const(_) => None,
        });
        let unused: Vec<_> = unused.collect();
        let marker = tokens!(::core::marker::PhantomData<(#(#unused,)*)>);
        Self {
            set,
            event,
            fields,
            marker: (!unused.is_empty()).then_some(marker),
            generics,
        }
    }

    /// The struct that derives serde's trait, for itself or for the struct named `remote`.
    fn definition(&self, derive: &TokenStream, remote: Option<&str>) -> TokenStream {
        let p = self.set.krate.private();
        let serde = LitStr::new(&path_text(&tokens!(#p::serde)), Span::mixed_site());
        let remote = remote.map(|name| {
            let name = LitStr::new(name, Span::mixed_site());
            tokens!(, remote = #name)
        });
        let container = container_attrs(self.event.attrs);
        let (impl_generics, _, _) = self.generics.split_for_impl();
        let skip = tokens!(#[serde(skip)]);
        let body = self.body(Some(&skip), |field| {
            let attrs = field
                .attrs
                .iter()
                .filter(|attr| attr.path().is_ident("serde"));
            let (name, colon, ty) = (&field.ident, &field.colon_token, &field.ty);
            tokens!(#(#attrs)* #name #colon #ty)
        });
        tokens! {
            #[derive(#derive)]
            #[serde(crate = #serde, bound = "" #remote #(, #container)*)]
            #[allow(dead_code)]
            struct __Payload #impl_generics #body
        }
    }

    /// What stands behind the name and the generics of a struct with these fields; `skip` hides the marker from serde.
    fn body(
        &self,
        skip: Option<&TokenStream>,
        field: impl Fn(&Field) -> TokenStream,
    ) -> TokenStream {
        let (_, _, where_clause) = self.generics.split_for_impl();
        let fields = self.fields.iter().map(field);
        match self.fields {
            Fields::Unnamed(_) => {
                let marker = self.marker.as_ref().map(|ty| tokens!(#skip #ty));
                let fields = fields.chain(marker);
                tokens!((#(#fields),*) #where_clause;)
            }
            Fields::Named(_) | Fields::Unit => {
                let marker = self.marker.as_ref();
                let marker = marker.map(|ty| tokens!(#skip __marker: #ty));
                let fields = fields.chain(marker);
                tokens!(#where_clause { #(#fields),* })
            }
        }
    }

    /// Pattern or expression behind the struct's name.
    fn value(&self, bindings: &[Ident]) -> TokenStream {
        if self.marker.is_none() {
            return braces(self.fields, bindings);
        }
        let marker = tokens!(::core::marker::PhantomData);
        match self.fields {
            Fields::Unnamed(_) => tokens!((#(#bindings,)* #marker)),
            Fields::Named(_) | Fields::Unit => {
                let names = self.fields.iter().map(|field| &field.ident);
                tokens!({ #(#names: #bindings,)* __marker: #marker })
            }
        }
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
