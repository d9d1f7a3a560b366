//! All rules of `derive(Event)`.

use super::{compat, ids, names, past, shape, versions};
use crate::ctxt::Ctxt;
use crate::model::event::EventSet;

/// Checks the whole set.
pub(crate) fn check(cx: &Ctxt, set: &EventSet<'_>) {
    names::check(cx, set);
    ids::check(cx, set);
    versions::check(cx, set);
    compat::check(cx, set);
    past::check(cx, set);
    shape::check(cx, set);
}
