//! [`Life`]: whether an instance takes an event.

use eventsourcing::Correlation;

/// How far an instance is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Life {
    New,
    Running,
    Finished,
}

/// Why an instance does not react to an event.
pub(super) enum Unwanted {
    /// It is none of its business.
    Passes(&'static str),
    /// It would be parked.
    Fails(String),
}

impl Life {
    /// Whether a runner would let the instance react.
    pub(super) fn admits<I: ToString>(self, correlation: &Correlation<I>) -> Result<(), Unwanted> {
        let started = match self {
            Self::New => "has not been started",
            Self::Running => "has been started",
            Self::Finished => "has finished",
        };
        let fails = |what: &str, id: &I| {
            let id = id.to_string();
            Err(Unwanted::Fails(format!(
                "{what} instance `{id}`, which {started}"
            )))
        };
        match (correlation, self) {
            (Correlation::Ignore, _) => Err(Unwanted::Passes("the event concerns no instance")),
            (Correlation::Start(_), Self::New)
            | (Correlation::Continue(_) | Correlation::Require(_), Self::Running) => Ok(()),
            (Correlation::Continue(_), Self::New) => Err(Unwanted::Passes(
                "the event passes by an instance that has not been started",
            )),
            (Correlation::Continue(_), Self::Finished) => Err(Unwanted::Passes(
                "the event passes by an instance that has finished",
            )),
            (Correlation::Start(id), _) => fails("it is to start", id),
            (Correlation::Require(id), _) => fails("it requires", id),
        }
    }
}
