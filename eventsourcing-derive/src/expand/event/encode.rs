//! The body of `Event::encode`: the codec on the payload, nothing else.

use proc_macro2::TokenStream;
use quote::quote_spanned;

use super::{inline, nested};
use crate::model::event::{EventSet, EventType, Shape};
use crate::span::at;

pub(crate) fn body(set: &EventSet<'_>) -> TokenStream {
    let k = set.krate.path();
    if set.is_struct() {
        return tokens!(#k::Format::encode(__format, self, __out));
    }
    if set.is_empty() {
        return tokens!(match *self {});
    }
    let arms = set.events.iter().map(|event| arm(set, event));
    let nested = nested::encode(set);
    tokens!(match self { #(#arms)* #(#nested)* })
}

fn arm(set: &EventSet<'_>, event: &EventType<'_>) -> TokenStream {
    let k = set.krate.path();
    let ident = event.ident;
    match event.shape {
        Shape::Newtype(ty) => {
            let encode = quote_spanned!(at(ty)=> encode::<#ty>);
            tokens!(Self::#ident(__payload) => #k::Format::#encode(__format, __payload, __out),)
        }
        Shape::Inline(fields) => {
            let bindings = inline::bindings(fields);
            let braces = inline::braces(fields, &bindings);
            let write = inline::write(set, event, fields);
            tokens!(Self::#ident #braces => { #write })
        }
        Shape::Whole => tokens!(),
    }
}
