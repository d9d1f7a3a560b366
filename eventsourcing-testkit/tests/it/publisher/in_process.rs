//! The bus within the program.

use std::time::Duration;

use eventsourcing::{
    Bus, EventStore, Filter, InProcessBus, MemoryStore, Position, ProjectionRunner, RecordedEvent,
};
use futures_util::{FutureExt, StreamExt};

use super::post::{FEED, accounts, write};
use crate::projection::shelf::Shelf;
use crate::projection::support::within;

async fn events(count: i64) -> Vec<RecordedEvent> {
    let log = MemoryStore::new();
    write(&log, &["a"], count).await;
    let page = log.read_all(Position::START, &Filter::all(), 10_000).await;
    page.expect("a page").events
}

#[tokio::test]
async fn every_subscriber_gets_everything_in_order_from_then_on() {
    let log = MemoryStore::new();
    let bus = InProcessBus::new();
    let [mut first, second] = [bus.subscribe(1), bus.subscribe(7)];
    let runner = ProjectionRunner::new(log.clone(), Shelf::default());
    let running = runner.add_publisher(FEED, accounts(), bus.clone()).start();
    let running = running.expect("a runner");
    write(&log, &["a", "b"], 20).await;
    // Side by side: whoever is slow holds the other up.
    let own = async {
        let mut positions = Vec::new();
        for _ in 0..80 {
            positions.push(first.recv().await.expect("an event").position.get());
        }
        positions
    };
    let stream = second.take(80).map(|event| event.position.get()).collect();
    let (own, stream): (_, Vec<_>) = within(futures_util::future::join(own, stream)).await;
    assert_eq!(own, (1..=80).collect::<Vec<_>>());
    assert_eq!(stream, own);
    assert_eq!(bus.subscribers(), 1, "the stream is gone");

    let mut late = bus.subscribe(10);
    write(&log, &["a"], 1).await;
    let event = within(late.recv()).await.expect("an event");
    assert_eq!(event.position.get(), 81, "the past is not for it");
    within(first.recv()).await.expect("an event");
    within(running.shutdown()).await;
    drop((running, bus));
    while let Some(event) = within(first.recv()).await {
        assert_eq!(event.position.get(), 82);
    }
}

#[tokio::test]
async fn a_full_buffer_holds_up_and_loses_nothing() {
    let events = events(3).await;
    let bus = InProcessBus::new();
    let [mut quick, mut slow] = [bus.subscribe(10), bus.subscribe(2)];
    for event in &events[..2] {
        bus.publish(event).await.expect("room");
    }
    for _ in 0..3 {
        let publish = bus.publish(&events[2]);
        assert!(publish.now_or_never().is_none(), "there is no room");
    }
    let got: Vec<_> = std::iter::from_fn(|| quick.try_recv()).collect();
    assert_eq!(got, events[..2], "nothing of what was given up");
    {
        let mut publish = std::pin::pin!(bus.publish(&events[2]));
        assert!(publish.as_mut().now_or_never().is_none());
        assert_eq!(slow.try_recv().as_ref(), Some(&events[0]));
        within(publish).await.expect("room");
    }
    assert_eq!(quick.try_recv().as_ref(), Some(&events[2]));
    assert_eq!(slow.try_recv().as_ref(), Some(&events[1]));
    assert_eq!(slow.try_recv().as_ref(), Some(&events[2]));
    assert_eq!(slow.try_recv(), None);
}

#[tokio::test]
async fn a_subscriber_that_goes_lets_everybody_go_on() {
    let events = events(2).await;
    let bus = InProcessBus::new();
    let [mut stays, goes] = [bus.subscribe(10), bus.subscribe(1)];
    bus.publish(&events[0]).await.expect("room");
    let publish = tokio::spawn({
        let (bus, event) = (bus.clone(), events[1].clone());
        async move { bus.publish(&event).await }
    });
    tokio::task::yield_now().await;
    assert!(!publish.is_finished(), "one has no room");
    drop(goes);
    within(publish).await.expect("no panic").expect("sent");
    assert_eq!(bus.subscribers(), 1);
    assert_eq!(stays.try_recv().as_ref(), Some(&events[0]));
    assert_eq!(stays.try_recv().as_ref(), Some(&events[1]));
}

#[tokio::test]
async fn who_does_not_read_does_not_keep_the_program_from_ending() {
    let clock = eventsourcing_testkit::ManualClock::default();
    let log = MemoryStore::new();
    let bus = InProcessBus::new();
    let _never_read = bus.subscribe(1);
    let running = ProjectionRunner::new(log.clone(), Shelf::default())
        .clock(std::sync::Arc::new(clock.clone()))
        .add_publisher(FEED, accounts(), bus)
        .start()
        .expect("a runner");
    write(&log, &["a"], 5).await;
    within(clock.next_alarm()).await;
    let shutdown = async {
        tokio::select! {
            () = running.shutdown() => {}
            () = async { loop {
                clock.next_alarm().await;
                clock.advance(Duration::from_secs(10));
                tokio::task::yield_now().await;
            } } => unreachable!("it goes on for ever"),
        }
    };
    within(shutdown).await;
}
