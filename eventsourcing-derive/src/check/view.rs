//! All rules of `derive(EventView)`.

use syn::Fields;

use super::same_type;
use crate::ctxt::Ctxt;
use crate::model::view::EventView;
use crate::text::{tokens, unraw};

/// Checks the view.
pub(crate) fn check(cx: &Ctxt, view: &EventView<'_>) {
    sets(cx, view);
    paths(cx, view);
    sources(cx, view);
    for member in &view.members {
        if let (Some(key), false) = (&member.borrow, is_newtype(&member.variant.fields)) {
            let name = unraw(&member.variant.ident);
            cx.error(
                key,
                format!("`{name}` holds no payload to borrow into\nhelp: `{name}({name}Ref<'a>)`"),
            );
        }
    }
}

/// Every variant belongs to a set.
fn sets(cx: &Ctxt, view: &EventView<'_>) {
    let without = view.members.iter().find(|member| member.of.is_none());
    if without.is_some() && !view.of_failed {
        let ident = &view.input.ident;
        cx.error(
            ident,
            format!(
                "view `{}` does not say which event set it shows\nhelp: `#[es(of = SomeEvent)]`, on the enum or, with several sets, on each variant",
                unraw(ident)
            ),
        );
    }
}

/// A set is named by the path of its enum: its variants are reached through it.
fn paths(cx: &Ctxt, view: &EventView<'_>) {
    for member in &view.members {
        if let Some(of) = &member.of
            && !matches!(super::ungrouped(of), syn::Type::Path(path) if path.qself.is_none())
        {
            cx.error(
                of,
                "expected the path of an event enum\nhelp: `of = AccountEvent`",
            );
            return;
        }
    }
}

/// No two variants show the same one.
fn sources(cx: &Ctxt, view: &EventView<'_>) {
    for (index, member) in view.members.iter().enumerate() {
        let same = view.members[..index].iter().find(|earlier| {
            let sets = (&earlier.of, &member.of);
            earlier.source == member.source && matches!(sets, (Some(a), Some(b)) if same_type(a, b))
        });
        if let (Some(earlier), Some(of)) = (same, &member.of) {
            let source = unraw(&member.source);
            cx.error(
                &member.variant.ident,
                format!(
                    "`{}` and `{}` both show `{source}` of `{}`",
                    unraw(&earlier.variant.ident),
                    unraw(&member.variant.ident),
                    tokens(of)
                ),
            );
        }
    }
}

fn is_newtype(fields: &Fields) -> bool {
    matches!(fields, Fields::Unnamed(fields) if fields.unnamed.len() == 1)
}
