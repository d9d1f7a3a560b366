//! From the checked model to tokens. Nothing here reads attributes or reports errors.
//!
//! Generated code names absolute paths only and nothing from the user's prelude. Where a trait may be missing, the
//! user's own tokens stand in the generic arguments, so that rustc's message lands on them.

/// `quote!` whose local variables are out of the user's reach, and the user's out of theirs.
macro_rules! tokens {
    ($($token:tt)*) => {
        ::quote::quote_spanned!(::proc_macro2::Span::mixed_site()=> $($token)*)
    };
}

pub(crate) mod aggregate;
pub(crate) mod aggregate_id;
pub(crate) mod command;
pub(crate) mod event;
pub(crate) mod generics;
pub(crate) mod schema;
pub(crate) mod view;

use proc_macro2::TokenStream;

use crate::ctxt::Errors;
use crate::model::Crate;

/// What stands where a type is missing, with one of the errors about it in it. rustc reports that error, takes the type for
/// broken and says nothing more about what depends on it.
fn missing_type(krate: &Crate, errors: &mut Errors) -> TokenStream {
    let p = krate.private();
    errors.pop().map_or_else(
        || tokens!(()),
        |error| tokens!(<[(); #error] as #p::Missing>::Type),
    )
}

/// The attributes of every generated impl.
pub(crate) fn allow() -> TokenStream {
    tokens! {
        #[automatically_derived]
        #[allow(deprecated, trivial_bounds, unused_qualifications, clippy::all, clippy::pedantic)]
    }
}
