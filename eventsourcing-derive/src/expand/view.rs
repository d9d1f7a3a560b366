//! `impl EventView`.

use proc_macro2::TokenStream;
use quote::quote_spanned;
use syn::spanned::Spanned;
use syn::{Fields, GenericParam, Generics, Lifetime, LifetimeParam, PathArguments, Type};
use syn::{WherePredicate, parse_quote};

use super::allow;
use super::event::inline::{bindings, braces};
use super::generics::{fresh, fresh_lifetime, is_generic, with_predicates};
use crate::check::{same_type, ungrouped};
use crate::model::view::{EventView, Member};
use crate::span::{at, respan};
use crate::text::unraw;

/// The impl.
pub(crate) fn expand(view: &EventView<'_>) -> TokenStream {
    let sets = sets(view);
    let lifetime = fresh_lifetime(&view.input.generics, "__de");
    let format = fresh(&view.input.generics, "__F");
    let (names, decode) = (names(view, &sets), decode(view, &sets, &format));
    implement(view, &sets, &lifetime, &format, &names, &decode)
}

/// The impl without bodies.
pub(crate) fn stub(view: &EventView<'_>) -> TokenStream {
    let lifetime = fresh_lifetime(&view.input.generics, "__de");
    let format = fresh(&view.input.generics, "__F");
    let never = tokens!(::core::unreachable!());
    implement(view, &[], &lifetime, &format, &never, &never)
}

/// The sets that are shown, each with the members that show it.
fn sets<'a>(view: &'a EventView<'a>) -> Vec<(&'a Type, Vec<&'a Member<'a>>)> {
    let mut sets: Vec<(&Type, Vec<&Member<'_>>)> = Vec::new();
    for member in &view.members {
        let Some(of) = &member.of else { continue };
        match sets.iter_mut().find(|(set, _)| same_type(set, of)) {
            Some((_, members)) => members.push(member),
            None => sets.push((of, vec![member])),
        }
    }
    sets
}

fn names(view: &EventView<'_>, sets: &[(&Type, Vec<&Member<'_>>)]) -> TokenStream {
    let (k, p) = (view.krate.path(), view.krate.private());
    let sets = sets.iter().map(|(set, members)| {
        let sources = sources(members);
        let checks = members.iter().map(|member| {
            let source = unraw(&member.source);
            let message = format!(
                "`{source}` holds a set of its own: a view shows the variants of that set, which `of = ..` names"
            );
            quote_spanned! {at(&member.source)=>
                const { ::core::assert!(#p::has_variant(<#set as #k::Event>::TYPES, #source), #message) };
            }
        });
        tokens! {
            #(#checks)*
            __names.extend(#p::view_names::<#set>(&[#(#sources),*]));
        }
    });
    tokens! {
        let mut __names = #p::Vec::new();
        #(#sets)*
        __names
    }
}

fn decode(
    view: &EventView<'_>,
    sets: &[(&Type, Vec<&Member<'_>>)],
    format: &syn::Ident,
) -> TokenStream {
    let (k, p) = (view.krate.path(), view.krate.private());
    let borrowed = view.members.iter().filter_map(|member| {
        member.borrow.as_ref()?;
        let (set, ident) = (member.of.as_ref()?, &member.variant.ident);
        let payload = &member.variant.fields.iter().next()?.ty;
        let source = unraw(&member.source);
        let read = quote_spanned! {at(payload)=>
            #p::read::<#payload, #format>(__format, &#k::UpcastCx::new(__event))?
        };
        Some(tokens! {
            if #p::is_current::<#set>(__event, #source) {
                return ::core::result::Result::Ok(#k::Decoded::One(Self::#ident(#read)));
            }
        })
    });
    let sets = sets.iter().map(|(set, members)| {
        let sources = sources(members);
        let arms = members.iter().filter_map(|member| arm(view, set, member));
        tokens! {
            if let ::core::option::Option::Some(__decoded) =
                #p::view_of::<#set, #format>(__event, __format, &[#(#sources),*])?
            {
                let __picked = #p::pick(__decoded, |__event| match __event {
                    #(#arms)*
                    _ => ::core::option::Option::None,
                });
                if let ::core::option::Option::Some(__picked) = __picked {
                    return ::core::result::Result::Ok(__picked);
                }
            }
        }
    });
    tokens! {
        #(#borrowed)*
        #(#sets)*
        ::core::result::Result::Ok(#k::Decoded::Skipped(#k::Skipped::NotInView))
    }
}

/// The names of the sets' variants.
fn sources(members: &[&Member<'_>]) -> Vec<String> {
    members.iter().map(|member| unraw(&member.source)).collect()
}

/// From the set's variant to the view's. A payload may become a smaller one on the way.
fn arm(view: &EventView<'_>, set: &Type, member: &Member<'_>) -> Option<TokenStream> {
    let p = view.krate.private();
    let (ident, fields) = (&member.variant.ident, &member.variant.fields);
    let source = variant_path(set, member)?;
    let mut bindings = bindings(fields);
    for (binding, field) in bindings.iter_mut().zip(fields) {
        binding.set_span(at(&field.ty));
    }
    let pattern = match fields {
        Fields::Named(fields) => {
            let names = fields.named.iter().map(|field| &field.ident);
            tokens!({ #(#names: #bindings,)* .. })
        }
        Fields::Unnamed(_) => tokens!((#(#bindings),*)),
        Fields::Unit => tokens!({ .. }),
    };
    let rebind = fields.iter().zip(&bindings).map(|(field, binding)| {
        let ty = &field.ty;
        let show = respan(tokens!(#p::ShowAs::<#ty>::show), ty.span());
        quote_spanned!(at(ty)=> let #binding: #ty = #show(#binding);)
    });
    let value = braces(fields, &bindings);
    Some(tokens! {
        #source #pattern => {
            #(#rebind)*
            ::core::option::Option::Some(Self::#ident #value)
        }
    })
}

/// `some::Set::Variant`, at the view's variant: rustc's "no variant named .." lands there.
fn variant_path(set: &Type, member: &Member<'_>) -> Option<TokenStream> {
    let Type::Path(path) = ungrouped(set) else {
        return None;
    };
    let mut path = path.path.clone();
    for segment in &mut path.segments {
        segment.arguments = PathArguments::None;
    }
    let mut source = member.source.clone();
    source.set_span(source.span().located_at(member.source.span()));
    Some(tokens!(#path::#source))
}

fn implement(
    view: &EventView<'_>,
    sets: &[(&Type, Vec<&Member<'_>>)],
    lifetime: &Lifetime,
    format: &syn::Ident,
    names: &TokenStream,
    decode: &TokenStream,
) -> TokenStream {
    let (k, p) = (view.krate.path(), view.krate.private());
    let ident = &view.input.ident;
    let own = &view.input.generics;
    let (_, ty_generics, _) = own.split_for_impl();
    let mut predicates: Vec<WherePredicate> = own
        .lifetimes()
        .map(|param| &param.lifetime)
        .map(|own| parse_quote!(#lifetime: #own))
        .collect();
    let generic = sets.iter().filter(|(set, _)| is_generic(own, set));
    predicates.extend(generic.map(|(set, _)| -> WherePredicate { parse_quote!(#set: #k::Event) }));
    let mut generics: Generics = with_predicates(own, predicates);
    generics.params.insert(
        0,
        GenericParam::Lifetime(LifetimeParam::new(lifetime.clone())),
    );
    let (impl_generics, _, where_clause) = generics.split_for_impl();
    let allow = allow();
    tokens! {
        #allow
        #[allow(unreachable_patterns)]
        impl #impl_generics #k::EventView<#lifetime> for #ident #ty_generics #where_clause {
            fn names() -> #p::Vec<&'static ::core::primitive::str> {
                #names
            }

            fn decode_view<#format: #k::Format>(
                __event: &#lifetime #k::RecordedEvent,
                __format: &#format,
            ) -> ::core::result::Result<#k::Decoded<Self>, #k::DecodeError> {
                #decode
            }
        }
    }
}
