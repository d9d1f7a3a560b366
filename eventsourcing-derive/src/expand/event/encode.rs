//! The body of `Event::encode`: the codec on the payload, nothing else.

use proc_macro2::TokenStream;
use quote::quote_spanned;

use super::{inline, nested, unknown};
use crate::model::event::{EventSet, EventType, How, Shape};
use crate::span::at;

pub(crate) fn body(set: &EventSet<'_>) -> TokenStream {
    let k = set.krate.path();
    if set.is_struct() {
        let write = set
            .events
            .first()
            .and_then(|event| older(set, event, &tokens!(self)));
        return write.unwrap_or_else(|| tokens!(#k::Format::encode(__format, self, __out)));
    }
    if set.is_empty() {
        return tokens!(match *self {});
    }
    let arms = set.events.iter().map(|event| arm(set, event));
    let nested = nested::encode(set);
    let unknown = unknown::encode(set);
    tokens!(match self { #(#arms)* #(#nested)* #unknown })
}

fn arm(set: &EventSet<'_>, event: &EventType<'_>) -> TokenStream {
    let k = set.krate.path();
    let ident = event.ident;
    match event.shape {
        Shape::Newtype(_) if event.write.is_some() => {
            let write = older(set, event, &tokens!(__payload));
            tokens!(Self::#ident(__payload) => { #write })
        }
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

/// Writes the older version that `write` asks for, stepping back through the ones between; `None` if it does not.
fn older(set: &EventSet<'_>, event: &EventType<'_>, payload: &TokenStream) -> Option<TokenStream> {
    let (k, p) = (set.krate.path(), set.krate.private());
    let write = event.write.as_ref()?;
    let newest_first = event.older().iter().rev();
    let steps = newest_first
        .take_while(|older| older.version >= write.value)
        .filter_map(|older| {
            let How::As(ty, _) = &older.how else {
                return None;
            };
            let version = older.version;
            let step =
                quote_spanned!(at(&write.literal)=> #p::downcast::<_, #ty>(__payload, #version)?);
            Some(tokens!(let __payload = &#step;))
        });
    Some(tokens! {
        let __payload = #payload;
        #(#steps)*
        #k::Format::encode(__format, __payload, __out)
    })
}
