//! What goes between programs of different age: floors, older versions still written, what is unknown.

use crate::attr::versions::How;
use crate::ctxt::Ctxt;
use crate::model::event::{EventSet, EventType, Shape};
use crate::text::unraw;

/// Checks the set.
pub(crate) fn check(cx: &Ctxt, set: &EventSet<'_>) {
    for event in &set.events {
        floor(cx, event);
        write(cx, event);
    }
    unknown(cx, set);
}

/// Nobody reads a version before it exists.
fn floor(cx: &Ctxt, event: &EventType<'_>) {
    let current = event.current();
    if let Some(floor) = &event.readable_by
        && floor.value > current
        && !event.version_failed
    {
        cx.error(
            &floor.literal,
            format!(
                "`readable_by` ({}) is newer than the version itself ({current})",
                floor.value
            ),
        );
    }
}

/// What is still written is an older version that was really stored.
fn write(cx: &Ctxt, event: &EventType<'_>) {
    let Some(write) = &event.write else { return };
    let (current, older) = (event.current(), write.value);
    let name = unraw(event.ident);
    if event.version_failed {
        return;
    }
    if older >= current {
        cx.error(
            &write.literal,
            format!("`write` asks for version {older}, and {current} is the current one\nhelp: leave `write` out; it is for writing an older version while readers are on their way to the current one"),
        );
        return;
    }
    if matches!(event.shape, Shape::Inline(_)) {
        cx.error(
            &write.literal,
            format!("`{name}` has inline fields; only a payload struct can be turned into its older version\nhelp: `struct {name} {{ .. }}` and `{name}({name})`"),
        );
    }
    let landing = event.older().iter().find(|entry| entry.version == older);
    if landing.is_some_and(|entry| matches!(entry.how, How::Same)) {
        cx.error(
            &write.literal,
            format!("version {older} is declared as the same type (`_`), so there is no older payload to write\nhelp: keep the type of version {older} and list it (`v{older} = ..`), or leave `write` out and use `readable_by = {older}`"),
        );
    }
    let never = event.older().iter().filter(|entry| entry.version >= older);
    for entry in never.filter(|entry| matches!(entry.how, How::Never)) {
        cx.error(
            &write.literal,
            format!("version {} was declared as never stored (`!`), so nothing leads back to version {older}", entry.version),
        );
    }
}

/// One way to deal with what is unknown.
fn unknown(cx: &Ctxt, set: &EventSet<'_>) {
    let mut unknown = set.unknown.iter();
    let Some(first) = unknown.next() else { return };
    for other in unknown {
        cx.error(
            &other.key,
            format!(
                "only one variant can be `unknown`; `{}` is",
                unraw(first.ident)
            ),
        );
    }
    if let Some(key) = &set.skip_unknown {
        cx.error(
            key,
            format!(
                "`unknown = skip` would leave nothing for `{}` to take up; choose one",
                unraw(first.ident)
            ),
        );
    }
}
