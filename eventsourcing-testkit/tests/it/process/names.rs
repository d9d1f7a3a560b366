//! What processes and instances are called, so that one's name begins or ends like another's, or is as long as may be.

use std::convert::Infallible;
use std::marker::PhantomData;

use eventsourcing::{
    Aggregate, Apply, Begin, Commit, Correlation, Event, EventStore, ExpectedVersion, Json,
    NewEvent, ProcessContext, ProcessManager, ProjectionRunner, Projections, Reaction, ReadModels,
    StreamId,
};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::deadlines::Office;
use crate::projection::support::within;

/// A parcel was seen, which each of two processes calls as it likes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Seen {
    one: String,
    other: String,
}

#[derive(Debug, Clone, PartialEq, Event)]
enum ParcelEvent {
    #[es(name = "parcel.seen")]
    Seen(Seen),
}

#[derive(Debug, Clone, Default, Serialize, Deserialize, Aggregate)]
#[es(name = "watch", id = String, event = ParcelEvent, error = Infallible)]
struct Watched {}

#[derive(Debug, Clone, Default, Serialize, Deserialize, Aggregate)]
#[es(name = "watch.old", id = String, event = ParcelEvent, error = Infallible)]
struct OldWatched {}

impl Apply<Seen> for Watched {
    fn apply(&mut self, _: Seen) {}
}

impl Apply<Seen> for OldWatched {
    fn apply(&mut self, _: Seen) {}
}

/// Says whom it has seen, and once more after a minute.
struct Watch<S>(fn(Seen) -> String, PhantomData<fn() -> S>);

impl<S> ProcessManager for Watch<S>
where
    S: Aggregate<Id = String> + Serialize + DeserializeOwned,
{
    type State = S;
    type View = ParcelEvent;
    type Command = String;
    type Error = Infallible;

    fn correlate(&self, event: &ParcelEvent, _: &ProcessContext<'_>) -> Correlation<String> {
        let ParcelEvent::Seen(seen) = event;
        Correlation::Start(self.0(seen.clone()))
    }

    fn react(
        &self,
        _: &S,
        event: ParcelEvent,
        cx: &ProcessContext<'_>,
    ) -> Result<Reaction<Self>, Infallible> {
        let ParcelEvent::Seen(seen) = event;
        let reaction = Reaction::none().command(format!("{} saw {}", S::NAME, self.0(seen)));
        Ok(reaction.timer("again", cx.now() + std::time::Duration::from_secs(60)))
    }

    fn on_timer(
        &self,
        _: &S,
        _: &str,
        cx: &ProcessContext<'_>,
    ) -> Result<Reaction<Self>, Infallible> {
        let instance = cx.instance();
        Ok(Reaction::none().command(format!("{} saw {instance} again", S::NAME)))
    }
}

fn both(office: &Office) -> Projections<ReadModels> {
    ProjectionRunner::new(office.log.clone(), office.rows.clone())
        .clock(std::sync::Arc::new(office.clock.clone()))
        .add_process(
            Watch::<Watched>(|seen| seen.one, PhantomData),
            office.hands.clone(),
        )
        .add_process(
            Watch::<OldWatched>(|seen| seen.other, PhantomData),
            office.hands.clone(),
        )
        .idle()
        .expect("a runner")
}

async fn see(office: &Office, one: &str, other: &str) {
    let seen = Seen {
        one: one.into(),
        other: other.into(),
    };
    let event = NewEvent::encode(&ParcelEvent::from(seen), &Json).expect("json");
    let stream = StreamId::new("parcel", "1").expect("a stream");
    let commit = Commit::new().append(stream, ExpectedVersion::Any, vec![event]);
    office.log.append(commit).await.expect("an append");
}

/// What both have said, in the order of the alphabet.
fn said(office: &Office) -> Vec<String> {
    let mut done = office.done();
    done.sort();
    done
}

/// Each decides once, and its timer fires once, though the rows are lost in between and one begins anew.
async fn check(one: &str, other: &str) {
    let mut office = Office::new();
    see(&office, one, other).await;
    within(both(&office).catch_up()).await.expect("no trouble");
    for process in ["watch", "watch.old"] {
        let parked = both(&office).parked(process, None, 10).await;
        assert_eq!(parked.expect("a list"), [], "{process}");
    }
    let mut expected = vec![format!("watch saw {one}"), format!("watch.old saw {other}")];
    expected.sort();
    assert_eq!(said(&office), expected);

    office.rows = ReadModels::in_memory();
    for process in ["watch", "watch.old"] {
        within(both(&office).begin_anew(process, Begin::Now, "ada"))
            .await
            .expect("begun");
    }
    within(both(&office).catch_up()).await.expect("no trouble");
    office.wait(61);
    within(both(&office).catch_up()).await.expect("no trouble");
    expected.extend([
        format!("watch saw {one} again"),
        format!("watch.old saw {other} again"),
    ]);
    expected.sort();
    assert_eq!(said(&office), expected);
}

#[tokio::test]
async fn a_process_whose_name_another_one_begins_with_has_its_own_instances() {
    check("old.x", "x").await;
    check("old-x", "x").await;
    check("-x", "x-").await;
}

#[tokio::test]
async fn instances_of_any_id_that_fits_a_stream_of_their_own() {
    let longest = StreamId::MAX_BYTES - "watch.old-".len();
    for bytes in [longest - 12, longest - 10, longest - 1, longest] {
        check(&"x".repeat(bytes), &"y".repeat(bytes)).await;
    }
    // Such that they differ at the end only, or not at all.
    let (one, other) = ("x".repeat(longest), "x".repeat(longest - 1) + "y");
    check(&one, &other).await;
    check(&one, &one).await;
}

#[tokio::test]
async fn an_id_that_fits_no_stream_is_named_with_its_process() {
    let office = Office::new();
    see(&office, "x", &"y".repeat(StreamId::MAX_BYTES)).await;
    within(both(&office).catch_up()).await.expect("no trouble");
    let parked = both(&office).parked("watch.old", None, 10).await;
    let parked = parked.expect("a list");
    let why = &parked[0].failure.as_ref().expect("it failed").error;
    assert!(
        why.contains("process `watch.old`")
            && why.contains("`yyyy")
            && why.contains("210 bytes long; the limit is 200"),
        "{why}"
    );
}
