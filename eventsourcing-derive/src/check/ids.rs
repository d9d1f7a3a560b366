//! Numbers of event types: each used once.

use crate::ctxt::Ctxt;
use crate::model::event::EventSet;
use crate::text::unraw;

/// Checks the numbers of the set.
pub(crate) fn check(cx: &Ctxt, set: &EventSet<'_>) {
    let numbered: Vec<_> = set
        .events
        .iter()
        .filter_map(|event| Some((event.ident, event.id.as_ref()?)))
        .collect();
    for (index, (second, id)) in numbered.iter().enumerate() {
        let earlier = &numbered[..index];
        if let Some((first, first_id)) = earlier.iter().find(|(_, other)| other.value == id.value) {
            let (a, b) = (unraw(first), unraw(second));
            cx.error(
                &id.literal,
                format!("id {} is used by both `{a}` and `{b}`", id.value),
            );
            cx.error(&first_id.literal, "first use here");
        }
    }
}
