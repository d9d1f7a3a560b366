//! A schedule for bugs that need one.

use std::time::Duration;

use tokio::sync::watch;

/// Holds the first of two until the second is here as well. Who stays alone goes on after a moment.
#[derive(Debug, Default)]
pub(crate) struct Pair(watch::Sender<u64>);

/// How long somebody waits to be overtaken.
pub(crate) const PATIENCE: Duration = Duration::from_millis(200);

impl Pair {
    pub(crate) async fn meet(&self) {
        let (mut arrivals, mut mine) = (self.0.subscribe(), 0);
        self.0.send_modify(|count| {
            *count += 1;
            mine = *count;
        });
        if mine % 2 == 1 {
            let second = arrivals.wait_for(|count| *count > mine);
            let _ = tokio::time::timeout(PATIENCE, second).await;
        }
    }
}
