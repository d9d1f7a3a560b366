//! [`Dormancy`]: which event leads to what.

use std::time::Duration;

use eventsourcing::{
    Correlation, EventView, ProcessContext, ProcessManager, Reaction, WrongStream, aggregate_id,
};

use super::{Moved, Rested, Watch};
use crate::domain::account::Account;
use crate::domain::commands::MarkDormant;
use crate::domain::events::AccountEvent;
use crate::domain::ids::AccountId;

/// Marks accounts that nothing has moved for a long time.
#[derive(Debug, Clone, Copy)]
pub struct Dormancy {
    /// For how long.
    pub after: Duration,
}

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

impl Default for Dormancy {
    /// A year.
    fn default() -> Self {
        Self { after: 365 * DAY }
    }
}

/// What it looks at.
#[derive(Debug, EventView)]
#[es(of = AccountEvent)]
pub enum DormancySeen {
    /// The account is there.
    Opened,
    /// Money moved.
    Deposited,
    /// Money moved.
    Withdrawn,
    /// Money moved.
    FeeCharged,
    /// Money moved.
    InterestCredited,
    /// Money moved.
    InterestCharged,
    /// Money moved.
    TransferSent,
    /// Money moved.
    TransferReceived,
    /// Money moved.
    TransferReturned,
    /// The account has ended.
    Closed,
}

/// Something that should not be in the log.
#[derive(Debug, thiserror::Error)]
pub enum Unexpected {
    /// A stream that is no account's.
    #[error(transparent)]
    Stream(#[from] WrongStream),
    /// An event that is in no log.
    #[error("there is no event")]
    NoEvent,
}

/// Runs from the last movement.
const QUIET: &str = "quiet";

impl ProcessManager for Dormancy {
    type State = Watch;
    type View = DormancySeen;
    type Command = MarkDormant;
    type Error = Unexpected;

    fn correlate(&self, event: &DormancySeen, cx: &ProcessContext<'_>) -> Correlation<AccountId> {
        match (account(cx), event) {
            (Ok(account), DormancySeen::Opened) => Correlation::Start(account),
            (Ok(account), _) => Correlation::Continue(account),
            (Err(_), _) => Correlation::Ignore,
        }
    }

    fn react(
        &self,
        watch: &Watch,
        event: DormancySeen,
        cx: &ProcessContext<'_>,
    ) -> Result<Reaction<Self>, Unexpected> {
        let account = account(cx)?;
        let at = cx.now();
        Ok(match (event, watch.moved) {
            (DormancySeen::Closed, _) => Reaction::none().event(Rested {}).cancel_timer(QUIET),
            (_, Some(moved)) if at < moved + DAY => Reaction::none(),
            _ => Reaction::none()
                .event(Moved { account, at })
                // What was passed over counts.
                .timer(QUIET, at + self.after + DAY),
        })
    }

    fn on_timer(
        &self,
        watch: &Watch,
        _: &str,
        _: &ProcessContext<'_>,
    ) -> Result<Reaction<Self>, Unexpected> {
        let account = watch.account.clone().ok_or(Unexpected::NoEvent)?;
        Ok(Reaction::none()
            .event(Rested {})
            .command(MarkDormant { account }))
    }

    /// An account that was closed meanwhile need not be marked.
    fn on_refused(
        &self,
        _: &Watch,
        _: &MarkDormant,
        _: &str,
        _: &ProcessContext<'_>,
    ) -> Result<Reaction<Self>, Unexpected> {
        Ok(Reaction::none())
    }
}

/// The account whose event it is.
fn account(cx: &ProcessContext<'_>) -> Result<AccountId, Unexpected> {
    let event = cx.event().ok_or(Unexpected::NoEvent)?;
    Ok(aggregate_id::<Account>(&event.stream)?)
}
