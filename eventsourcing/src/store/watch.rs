//! [`HeadWatch`]: learning that the log has grown.

use tokio::sync::watch;

use crate::version::Position;

/// Tells that the log has grown. A hint: what it reports has been readable, and it may report late or skip steps.
#[derive(Debug, Clone)]
pub struct HeadWatch(watch::Receiver<Position>);

/// The store's side of [`HeadWatch`].
#[derive(Debug)]
pub struct HeadPublisher(watch::Sender<Position>);

impl HeadPublisher {
    /// Starts at `head`.
    pub fn new(head: Position) -> Self {
        Self(watch::Sender::new(head))
    }

    /// Reports a new head.
    pub fn publish(&self, head: Position) {
        self.0.send_replace(head);
    }

    /// A new watch.
    pub fn watch(&self) -> HeadWatch {
        HeadWatch(self.0.subscribe())
    }
}

impl HeadWatch {
    /// The last reported head.
    pub fn head(&self) -> Position {
        *self.0.borrow()
    }

    /// Whether the store was closed: nothing more will be reported.
    pub fn is_closed(&self) -> bool {
        self.0.has_changed().is_err()
    }

    /// Waits until the log has grown beyond `position` and returns its head; `None` if the store was closed.
    ///
    /// Cancel-safe.
    pub async fn beyond(&mut self, position: Position) -> Option<Position> {
        self.0
            .wait_for(|head| *head > position)
            .await
            .ok()
            .map(|head| *head)
    }
}
