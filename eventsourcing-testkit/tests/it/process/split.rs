//! A stored event that is read as several: all of them belong to one instance, or it is told.

use std::convert::Infallible;

use eventsourcing::{
    Aggregate, Apply, Commit, Correlation, Dispatch, DispatchError, Event, EventSourced,
    EventStore, EventView, ExecuteOptions, ExpectedVersion, FormatId, MemoryStore, NewEvent,
    ProcessContext, ProcessManager, ProjectionRunner, Reaction, Repository, Split, UpcastCx,
    UpcastError,
};
use serde::{Deserialize, Serialize};

use crate::projection::shelf::Shelf;
use crate::projection::support::within;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Charged {
    ticket: u64,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct ExitGranted {
    ticket: u64,
}

/// What was stored as one event before.
#[derive(Serialize, Deserialize)]
struct Paid {
    ticket: u64,
}

#[derive(Debug, Clone, PartialEq, Event)]
#[es(split(name = "ticket.paid", v1 = Paid, into(Charged, ExitGranted)))]
enum TicketEvent {
    #[es(name = "ticket.charged")]
    Charged(Charged),
    #[es(name = "ticket.exit-granted")]
    ExitGranted(ExitGranted),
}

impl Split<TicketEvent> for Paid {
    type Output = [TicketEvent; 2];
    fn split(self, _: &UpcastCx<'_>) -> Result<Self::Output, UpcastError> {
        let Self { ticket } = self;
        Ok([Charged { ticket }.into(), ExitGranted { ticket }.into()])
    }
}

#[derive(Debug, EventView)]
#[es(of = TicketEvent)]
enum Seen {
    Charged(Charged),
    ExitGranted(ExitGranted),
}

#[derive(Debug, Clone, PartialEq, Event)]
enum DeskEvent {
    #[es(name = "desk.heard")]
    Heard(Heard),
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Heard {}

#[derive(Debug, Clone, Default, Serialize, Deserialize, Aggregate)]
#[es(name = "desk", id = u64, event = DeskEvent, error = Infallible)]
struct Desk {
    heard: u32,
}

impl Apply<Heard> for Desk {
    fn apply(&mut self, _: Heard) {
        self.heard += 1;
    }
}

/// Which instance hears of a granted exit, if one does.
struct Desks(fn(u64) -> Option<u64>);

impl ProcessManager for Desks {
    type State = Desk;
    type View = Seen;
    type Command = ();
    type Error = Infallible;

    fn correlate(&self, event: &Seen, _: &ProcessContext<'_>) -> Correlation<u64> {
        match event {
            Seen::Charged(event) => Correlation::Start(event.ticket),
            Seen::ExitGranted(event) => match (self.0)(event.ticket) {
                Some(desk) => Correlation::Continue(desk),
                None => Correlation::Ignore,
            },
        }
    }

    fn react(
        &self,
        _: &Desk,
        _: Seen,
        _: &ProcessContext<'_>,
    ) -> Result<Reaction<Self>, Infallible> {
        Ok(Reaction::none().event(Heard {}))
    }
}

/// Executes commands, of which there are none.
struct Nobody;

impl Dispatch<()> for Nobody {
    async fn dispatch(&self, (): (), _: ExecuteOptions) -> Result<(), DispatchError> {
        Ok(())
    }
}

/// How often the first desk has heard of something, and why events wait.
async fn handled(desks: Desks) -> (u32, Vec<String>) {
    let log = MemoryStore::new();
    let paid = NewEvent {
        event_type: "ticket.paid".into(),
        schema_version: 1,
        readable_by: 1,
        format: FormatId::JSON,
        tags: Vec::new(),
        payload: r#"{"ticket":1}"#.into(),
    };
    let stream = "ticket-1".parse().expect("an id");
    let commit = Commit::new().append(stream, ExpectedVersion::NoStream, vec![paid]);
    log.append(commit).await.expect("an append");
    let runner = ProjectionRunner::new(log.clone(), Shelf::default()).add_process(desks, Nobody);
    let projections = runner.idle().expect("a runner");
    within(projections.catch_up()).await.expect("no trouble");
    let parked = projections.parked("desk", None, 10).await.expect("a list");
    let why = parked.into_iter().filter_map(|parked| parked.failure);
    let desk = EventSourced::<Desk, _>::new(log).load(&1).await;
    let heard = desk.map_or(0, |desk| desk.state().heard);
    (heard, why.map(|failure| failure.error).collect())
}

#[tokio::test]
async fn parts_of_one_instance_are_handled_in_their_order() {
    assert_eq!(handled(Desks(Some)).await, (2, Vec::new()));
    assert_eq!(handled(Desks(|_| None)).await, (1, Vec::new()));
}

/// It would wait behind one of them only.
#[tokio::test]
async fn parts_of_two_instances_are_told_and_none_of_them_is_handled() {
    let (heard, why) = handled(Desks(|ticket| Some(ticket + 1_000))).await;
    assert_eq!((heard, why.len()), (0, 1));
    assert!(
        why[0].contains("the instances `1` and `1001` of process `desk`"),
        "{}",
        why[0]
    );
}
