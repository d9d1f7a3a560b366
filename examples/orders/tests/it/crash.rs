//! Killed at any time, the server has done what it said it did, once, and leads every order to its end.

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
use crate::support::{Server, id, order};

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

/// Orders and deliveries in the store, and orders whose pieces were handed over.
fn counts(store: &Path) -> (u64, u64, u64) {
    let store = SledStore::open(store).expect("a store");
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .expect("a runtime");
    let counts = runtime.block_on(async {
        let orders = count(&store, "order.placed").await;
        let deliveries = count(&store, "product.stock-added").await;
        let handed_over = count(&store, "product.stock-dispatched").await;
        (orders, deliveries, handed_over)
    });
    store.close();
    counts
}

/// The provider's message that an order is paid, which it repeats until it is answered. An order without stock has no
/// payment.
fn pay(client: Client, order: &str) -> std::io::Result<Answer> {
    let path = format!("/payments/{order}/capture");
    client.try_post(&path, order, &json!({ "reference": order }))
}

/// Pays orders from several clients at once, once each has its stock, until the server is killed: when so many were paid.
fn pay_until_killed(shop: Server, orders: &[String], payments: usize) {
    let client = shop.client();
    let (paid, done) = (AtomicUsize::new(0), AtomicUsize::new(0));
    thread::scope(|scope| {
        for mine in orders.chunks(orders.len().div_ceil(CLIENTS).max(1)) {
            let (paid, done) = (&paid, &done);
            scope.spawn(move || {
                for order in mine {
                    match pay(client, order) {
                        Ok(answer) if answer.status == 200 => {
                            paid.fetch_add(1, Ordering::Relaxed);
                        }
                        Ok(_) => {}
                        Err(_) => break,
                    }
                }
                done.fetch_add(mine.len(), Ordering::Relaxed);
            });
        }
        while paid.load(Ordering::Relaxed) < payments && done.load(Ordering::Relaxed) < orders.len()
        {
            thread::yield_now();
        }
        shop.kill();
    });
}

/// Sees orders to their ends, and returns how many were shipped.
fn settle(client: Client, orders: &[String]) -> u64 {
    let mut shipped = 0;
    for order in orders {
        let path = format!("/orders/{order}");
        let decided = client.until(&path, |order| {
            order["payment"] != "unrequested" || order["status"] != "placed"
        });
        if decided["status"] == "placed" {
            let paid = pay(client, order).expect("an answer");
            assert_eq!(paid.status, 200, "{order}: {paid:?}");
        }
        let ended = client.until(&path, |order| order["status"] != "placed");
        let outcome = (ended["status"].as_str(), ended["payment"].as_str());
        match outcome {
            (Some("shipped"), Some("captured")) => shipped += 1,
            (Some("cancelled"), Some("unrequested")) => {
                assert_eq!(ended["reason"]["out-of-stock"]["product"], "tea", "{ended}");
            }
            _ => panic!("{ended}"),
        }
    }
    shipped
}

/// Insists that what came in is in the warehouse or was sent, in the product itself as in what is made of the log.
fn is_conserved(client: Client, deliveries: u64, shipped: u64) {
    let on_hand = deliveries * 3 - shipped;
    let tea = client.until("/products/tea", |tea| tea["reserved"] == 0);
    assert_eq!(tea["on_hand"], on_hand, "{deliveries} deliveries: {tea}");
    // Asking for the price it has changes nothing, and is answered with the log's end.
    let price = json!({ "price": tea["price"] });
    let head = client.post("/products/tea/price", &price).is(200)["position"].clone();
    let catalogue = client.get(&format!("/products?after={head}&wait_ms=30000"));
    assert_eq!(catalogue.is(200)["products"], json!([tea]));
    let revenue = client.get(&format!("/revenue?after={head}&wait_ms=30000"));
    let revenue = revenue.is(200);
    let days = revenue["days"].as_array().expect("a list").iter();
    let payments: u64 = days.filter_map(|day| day["payments"].as_u64()).sum();
    assert_eq!(payments, shipped, "{revenue}");
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
    let (mut orders, mut deliveries, mut shipped) = (0, 0, 0);
    for round in 0..rounds(4, 100) {
        // From the very first answer to some hundred.
        let burst = burst(Server::on(&store), &user, round, 1 << (round * 3 % 9));
        let shop = Server::on(&store);
        let (mut answered, mut lost, mut placed) = (0, Vec::new(), Vec::new());
        for (key, before) in &burst {
            let again = ask(shop.client(), &user, key, number(key)).expect("an answer");
            assert!(matches!(again.status, 200 | 201), "{key}: {again:?}");
            match number(key) % 2 {
                0 => placed.push(id(&again.json())),
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
        orders += placed.len() as u64;
        // Killed again while the orders are on their way.
        pay_until_killed(shop, &placed, round % 7);
        let shop = Server::on(&store);
        shipped += settle(shop.client(), &placed);
        is_conserved(shop.client(), deliveries, shipped);
        shop.kill();
        tally.round(answered, lost.len() as u64, || {
            format!("round {round}: {lost:?}")
        });
        let stored = counts(&store);
        assert_eq!(stored, (orders, deliveries, shipped), "round {round}");
    }
    tally.finish();
}
