//! A log that is copied, checked on the way.

use super::Fault;
use super::walk::Walk;
use crate::log::Frame;

/// What the frames that were copied so far show: whether they can be decoded, and whether each follows those before it.
#[derive(Debug)]
pub(in crate::store) struct Checked(Walk<'static>);

impl Checked {
    /// Before the first frame of a log.
    pub(in crate::store) fn new() -> Self {
        Self(Walk::new(1, None))
    }

    /// Looks at the next frame.
    pub(in crate::store) fn frame(&mut self, frame: Frame<'_>) {
        self.0.frame(frame);
    }

    /// Whether nothing is wrong so far.
    pub(in crate::store) fn is_sound(&self) -> bool {
        self.0.fault_found().is_none()
    }

    /// The first thing that is wrong.
    pub(in crate::store) fn into_fault(self) -> Option<Fault> {
        self.0.fault_found().cloned()
    }
}
