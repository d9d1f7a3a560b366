//! [`Events`]: what a decision leads to.

/// The events of one decision, in order; none if nothing changes. Built with [`events!`](crate::events!).
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use = "a decision's events do nothing until they are saved"]
pub struct Events<E>(Vec<E>);

impl<E> Events<E> {
    /// No events: the command is accepted and changes nothing.
    pub const fn none() -> Self {
        Self(Vec::new())
    }

    /// The number of events.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The events as a slice.
    pub fn as_slice(&self) -> &[E] {
        &self.0
    }

    /// The events in order.
    pub fn iter(&self) -> std::slice::Iter<'_, E> {
        self.0.iter()
    }

    /// The events as a list.
    pub fn into_vec(self) -> Vec<E> {
        self.0
    }
}

impl<E> From<Vec<E>> for Events<E> {
    fn from(events: Vec<E>) -> Self {
        Self(events)
    }
}

impl<E> FromIterator<E> for Events<E> {
    fn from_iter<I: IntoIterator<Item = E>>(events: I) -> Self {
        Self(events.into_iter().collect())
    }
}

impl<E> IntoIterator for Events<E> {
    type Item = E;
    type IntoIter = std::vec::IntoIter<E>;
    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

impl<'a, E> IntoIterator for &'a Events<E> {
    type Item = &'a E;
    type IntoIter = std::slice::Iter<'a, E>;
    fn into_iter(self) -> Self::IntoIter {
        self.0.iter()
    }
}

/// Builds [`Events`](crate::Events) from payload structs or enum variants: `events![Withdrawn { cents: 500 }]`.
#[macro_export]
macro_rules! events {
    () => { $crate::Events::none() };
    ($($event:expr),+ $(,)?) => {
        <$crate::Events<_> as ::core::convert::From<_>>::from($crate::__private::vec![$($crate::__private::Into::into($event)),+])
    };
}
