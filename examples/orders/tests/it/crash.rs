//! Killed at any time, the server has done what it said it did, once.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;

use eventsourcing::{EventStoreExt, Filter, Position};
use eventsourcing_sled::SledStore;
use eventsourcing_testkit::faults::{Tally, rounds};
use serde_json::json;

use crate::client::{Answer, Client};
use crate::support::{Server, order};

/// What one burst of requests has come to: the answers, by key; `None` where the server was killed before.
type Burst = BTreeMap<String, Option<Answer>>;

const CLIENTS: usize = 6;

/// Half of them are orders, half deliveries of stock.
fn ask(client: Client, user: &str, key: &str, n: usize) -> std::io::Result<Answer> {
    if n.is_multiple_of(2) {
        client.try_post("/orders", key, &order(user, "tea", 1))
    } else {
        client.try_post("/products/tea/stock", key, &json!({ "quantity": 3 }))
    }
}

/// Sends requests from several clients at once until one thread has killed the server: when so many were answered.
fn burst(shop: Server, user: &str, round: usize, answers: usize) -> Burst {
    let client = shop.client();
    let (answered, over) = (AtomicUsize::new(0), AtomicBool::new(false));
    let burst = Mutex::new(Burst::new());
    thread::scope(|scope| {
        for thread in 0..CLIENTS {
            let (answered, over, burst) = (&answered, &over, &burst);
            scope.spawn(move || {
                for n in 0.. {
                    let key = key(round, thread, n);
                    let answer = ask(client, user, &key, n).ok();
                    let killed = answer.is_none();
                    burst.lock().expect("no panic").insert(key, answer);
                    if killed || over.load(Ordering::Relaxed) {
                        return;
                    }
                    answered.fetch_add(1, Ordering::Relaxed);
                }
            });
        }
        while answered.load(Ordering::Relaxed) < answers {
            thread::yield_now();
        }
        shop.kill();
        over.store(true, Ordering::Relaxed);
    });
    burst.into_inner().expect("no panic")
}

fn key(round: usize, thread: usize, n: usize) -> String {
    format!("{round}/{thread}/{n}")
}

/// The number of a request within its thread.
fn number(key: &str) -> usize {
    let number = key.rsplit('/').next().and_then(|n| n.parse().ok());
    number.expect("a key of ours")
}

/// How many events of a type there are.
async fn count(store: &SledStore, event_type: &str) -> u64 {
    let filter = Filter::all().event_type(event_type);
    let mut count = 0;
    store
        .for_each_in_log(Position::START, &filter, |_| {
            count += 1;
            Ok::<_, eventsourcing::ReadError>(())
        })
        .await
        .expect("readable");
    count
}

/// Orders and deliveries in the store.
fn counts(store: &Path) -> (u64, u64) {
    let store = SledStore::open(store).expect("a store");
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .expect("a runtime");
    let counts = runtime.block_on(async {
        let orders = count(&store, "order.placed").await;
        (orders, count(&store, "product.stock-added").await)
    });
    store.close();
    counts
}

#[test]
fn kill_9_in_a_burst_of_requests() {
    let place = tempfile::tempdir().expect("a directory");
    let store = place.path().join("orders.db");
    let shop = Server::on(&store);
    let user = shop.user("ada");
    shop.product("tea", 0);
    shop.kill();

    let mut tally = Tally::new("kill -9 of the order server");
    let (mut orders, mut deliveries) = (0, 0);
    for round in 0..rounds(4, 100) {
        // From the very first answer to some hundred.
        let burst = burst(Server::on(&store), &user, round, 1 << (round * 3 % 9));
        let shop = Server::on(&store);
        let (mut answered, mut lost) = (0, Vec::new());
        for (key, before) in &burst {
            let again = ask(shop.client(), &user, key, number(key)).expect("an answer");
            assert!(matches!(again.status, 200 | 201), "{key}: {again:?}");
            match number(key) % 2 {
                0 => orders += 1,
                _ => deliveries += 1,
            }
            let Some(before) = before else {
                continue;
            };
            answered += 1;
            let replayed = again.headers.contains_key("idempotency-replayed");
            if !replayed || again.text != before.text {
                lost.push((key, before, again));
            }
        }
        shop.kill();
        tally.round(answered, lost.len() as u64, || {
            format!("round {round}: {lost:?}")
        });
        assert_eq!(counts(&store), (orders, deliveries), "round {round}");
    }
    tally.finish();
}
