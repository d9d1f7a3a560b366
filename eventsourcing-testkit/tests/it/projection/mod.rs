//! Projections under a runner: what they make of a log, whatever happens to them.
//!
//! | pitfall | shown by |
//! | --- | --- |
//! | C1, C2, C10, D1, D5: crashes anywhere lose and repeat nothing | `laws`, `crash` |

mod basics;
pub(crate) mod flaky;
mod laws;
mod policy;
pub(crate) mod shelf;
pub(crate) mod support;
