//! All rules of `derive(Command)`.

use syn::{Fields, Type};

use crate::ctxt::Ctxt;
use crate::model::command::{Body, Command, Marked, Route};
use crate::text::unraw;

/// Checks the command.
pub(crate) fn check(cx: &Ctxt, command: &Command<'_>) {
    aggregate(cx, command);
    match &command.body {
        Body::Struct(marked) => id(cx, command, marked),
        Body::Enum(variants) => routes(cx, variants),
    }
}

/// A command names its aggregate.
fn aggregate(cx: &Ctxt, command: &Command<'_>) {
    if command.aggregate.is_none() && !command.aggregate_failed {
        let ident = &command.input.ident;
        cx.error(
            ident,
            format!("command `{}` does not say which aggregate decides on it\nhelp: `#[es(aggregate = SomeAggregate)]`", unraw(ident)),
        );
    }
}

/// A command struct has one id.
fn id(cx: &Ctxt, command: &Command<'_>, marked: &Marked<'_>) {
    match marked.ids.as_slice() {
        [] if marked.failed => {}
        [] => {
            let named = marked
                .data
                .fields
                .iter()
                .find_map(|field| field.ident.as_ref().map(|ident| (ident, &field.ty)));
            let help = match named {
                Some((ident, ty)) => {
                    format!("`#[es(id)] {ident}: {}`", crate::text::tokens(ty as &Type))
                }
                None => "`#[es(id)] id: SomeId`".to_owned(),
            };
            cx.error(
                &command.input.ident,
                format!("mark the field that names the aggregate: `#[es(id)]`\nhelp: {help}"),
            );
        }
        [_] => {}
        [(_, first), rest @ ..] => {
            let first = match first {
                syn::Member::Named(ident) => unraw(ident),
                syn::Member::Unnamed(index) => index.index.to_string(),
            };
            for (key, _) in rest {
                cx.error(
                    key,
                    format!("a command has one id; `{first}` is also marked"),
                );
            }
        }
    }
}

/// Every variant of a command enum holds a command struct.
fn routes(cx: &Ctxt, routes: &[Route<'_>]) {
    for route in routes.iter().filter(|route| route.payload.is_none()) {
        let ident = &route.variant.ident;
        let name = unraw(ident);
        let help = format!(
            "help: `struct {name} {{ .. }}` with `#[derive(Command)]`, and `{name}({name})`"
        );
        match &route.variant.fields {
            Fields::Named(fields) => cx.error(
                fields,
                format!(
                    "command `{name}` has inline fields; routing needs a command struct\n{help}"
                ),
            ),
            Fields::Unnamed(fields) => cx.error(
                fields,
                format!(
                    "command `{name}` has {} fields; routing needs one command struct\n{help}",
                    fields.unnamed.len()
                ),
            ),
            Fields::Unit => {
                cx.error(
                    ident,
                    format!("command `{name}` carries no command struct to route\n{help}"),
                );
            }
        }
    }
}
