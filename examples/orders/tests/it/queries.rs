//! What lists and sums show, and that a client sees what it has done.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use eventsourcing::{EventSourced, RepositoryExt};
use eventsourcing_sled::SledStore;
use eventsourcing_testkit::ManualClock;
use orders::domain::payment::{CapturePayment, Payment, RequestPayment};
use orders::domain::{Currency, Money, OrderId};
use serde_json::{Value, json};

use crate::client::Client;
use crate::support::{Server, copy, eur, id, order, package};

impl Client {
    /// The user's orders as of a receipt's position.
    #[track_caller]
    fn orders_of(&self, user: &str, after: &Value) -> Vec<Value> {
        let path = format!("/users/{user}/orders?after={after}");
        list(&self.get(&path).is(200), "orders")
    }
}

#[track_caller]
fn list(page: &Value, what: &str) -> Vec<Value> {
    page[what].as_array().expect("a list").clone()
}

fn ids(orders: &[Value]) -> Vec<String> {
    orders.iter().map(id).collect()
}

#[test]
fn orders_of_a_user_the_newest_first() {
    let shop = Server::start();
    let (ada, ben) = (shop.user("ada"), shop.user("ben"));
    shop.product("tea", 10);
    let first = shop.order(&ada, "tea", 2);
    shop.order(&ben, "tea", 1);
    let second = shop.post("/orders", &order(&ada, "tea", 1)).is(201);
    let orders = shop.orders_of(&ada, &second["position"]);
    assert_eq!(ids(&orders), [id(&second), first.clone()]);
    let placed_at = orders[1]["placed_at"].as_str().expect("a time");
    assert!(placed_at.ends_with('Z'), "{placed_at}");
    let shown = json!({ "id": first, "status": "placed", "lines": 1, "total": eur(2_000), "placed_at": placed_at });
    assert_eq!(orders[1], shown);

    let cancelled = shop
        .post(&format!("/orders/{first}/cancel"), &json!({}))
        .is(200);
    let orders = shop.orders_of(&ada, &cancelled["position"]);
    assert_eq!(orders[1]["status"], "cancelled");
    assert_eq!(orders[1]["reason"], "customer");
}

#[test]
fn lists_come_in_pages() {
    let shop = Server::start();
    let ada = shop.user("ada");
    let skus = ["a", "aa", "b", "b-1", "c"];
    for sku in skus {
        shop.product(sku, 0);
    }
    let placed: Vec<Value> = (1..=5)
        .map(|quantity| shop.post("/orders", &order(&ada, "a", quantity)).is(201))
        .collect();
    let after = &placed[4]["position"];

    let (mut seen, mut before) = (Vec::new(), String::new());
    loop {
        let path = format!("/users/{ada}/orders?limit=2&after={after}{before}");
        let page = shop.get(&path).is(200);
        seen.extend(ids(&list(&page, "orders")));
        match page.get("next") {
            Some(next) => before = format!("&before={next}"),
            None => break,
        }
    }
    let newest_first: Vec<String> = placed.iter().rev().map(id).collect();
    assert_eq!(seen, newest_first);

    let (mut seen, mut from) = (Vec::new(), String::new());
    loop {
        let page = shop
            .get(&format!("/products?limit=2&after={after}{from}"))
            .is(200);
        let products = list(&page, "products");
        seen.extend(products.iter().map(|product| product["sku"].clone()));
        match page["next"].as_str() {
            Some(next) => from = format!("&from={next}"),
            None => break,
        }
    }
    assert_eq!(seen, skus);
}

#[test]
fn the_catalogue_shows_what_the_products_show() {
    let shop = Server::start();
    shop.product("tea", 10);
    let price = json!({ "price": eur(990) });
    let repriced = shop.post("/products/tea/price", &price).is(200);
    let page = shop
        .get(&format!("/products?after={}", repriced["position"]))
        .is(200);
    assert_eq!(list(&page, "products"), [shop.get("/products/tea").is(200)]);
}

#[test]
fn everybody_sees_what_they_have_done() {
    let shop = Server::start();
    shop.product("tea", 0);
    let client = shop.client();
    thread::scope(|scope| {
        for name in ["ada", "ben", "cleo", "dora"] {
            scope.spawn(move || {
                let user = client.user(name);
                let mut placed = BTreeSet::new();
                for _ in 0..15 {
                    let answer = client.post("/orders", &order(&user, "tea", 1)).is(201);
                    placed.insert(id(&answer));
                    let shown = client.orders_of(&user, &answer["position"]);
                    assert_eq!(ids(&shown).into_iter().collect::<BTreeSet<_>>(), placed);
                }
            });
        }
    });
}

#[test]
fn revenue_by_day() {
    let place = tempfile::tempdir().expect("a directory");
    let store = place.path().join("orders.db");
    copy(&package("fixtures/gen1"), &store);
    let shop = Server::on(&store);
    // Nine events, the payment an hour after each other from nine in the morning on.
    let all = json!({ "days": [{
        "day": "2021-05-03", "currency": "EUR", "payments": 1, "captured_cents": 3_750, "refunds": 0, "refunded_cents": 0,
    }] });
    assert_eq!(shop.get("/revenue?after=9").is(200), all);
    for (query, days) in [
        ("from=2021-05-03&to=2021-05-03", 1),
        ("from=2021-05-04", 0),
        ("to=2021-05-02", 0),
        ("from=2021-01-01&to=2021-12-31", 1),
    ] {
        let found = shop.get(&format!("/revenue?after=9&{query}")).is(200);
        assert_eq!(list(&found, "days").len(), days, "{query}");
    }
    for query in ["from=yesterday", "to=2021-02-30", "from=2021-05"] {
        shop.get(&format!("/revenue?{query}"))
            .is_problem(400, "bad-query");
    }
}

/// Payments on three days, on the second in two currencies.
async fn payments(directory: &Path) {
    let clock = ManualClock::new("2021-05-03T09:00:00Z".parse().expect("a time"));
    let settings = SledStore::builder().clock(Arc::new(clock.clone()));
    let store = settings.open(directory).expect("a store");
    let payments = EventSourced::<Payment, _>::new(store.clone());
    for (key, currency, days) in [
        ("1", Currency::Eur, 1),
        ("2", Currency::Eur, 0),
        ("3", Currency::Usd, 1),
        ("4", Currency::Eur, 0),
    ] {
        let order = OrderId::for_request(Some(key));
        let amount = Money::new(1_000, currency);
        let request = RequestPayment { order, amount };
        payments.execute(request).await.expect("requested");
        let reference = key.into();
        let capture = CapturePayment { order, reference };
        payments.execute(capture).await.expect("captured");
        clock.advance(Duration::from_secs(days * 24 * 60 * 60));
    }
    drop(payments);
    store.close();
}

#[tokio::test]
async fn revenue_in_pages_of_whole_days() {
    let place = tempfile::tempdir().expect("a directory");
    let directory = place.path().join("orders.db");
    payments(&directory).await;
    let shop = Server::on(&directory);
    let page = |query: &str| {
        let page = shop.get(&format!("/revenue?after=8&{query}")).is(200);
        let days = list(&page, "days").into_iter();
        let days: Vec<_> = days.map(|day| day["day"].clone()).collect();
        (days, page["next"].clone())
    };
    let [first, second, third] = ["2021-05-03", "2021-05-04", "2021-05-05"].map(Value::from);
    let both = vec![second.clone(), second.clone()];
    assert_eq!(page("limit=1"), (vec![first], second));
    assert_eq!(
        page("limit=1&from=2021-05-04"),
        (both.clone(), third.clone())
    );
    assert_eq!(
        page("limit=1&from=2021-05-05"),
        (vec![third.clone()], Value::Null)
    );
    assert_eq!(
        page("limit=3&from=2021-05-04"),
        ([both, vec![third]].concat(), Value::Null)
    );
}

#[test]
fn queries_that_cannot_be() {
    let shop = Server::start();
    let ada = shop.user("ada");
    let detail = shop.get("/products?after=2").is_problem(400, "bad-query");
    assert_eq!(detail, "`after` is 2, but nothing was recorded beyond 1");
    for query in [
        "after=x",
        "after=-1",
        "limit=0",
        "limit=1001",
        "limit=x",
        "from=a%20b",
        "wait_ms=soon",
        "aftre=1",
        "after=1&limt=1",
        "before=1",
        "after=1&after=1",
    ] {
        shop.get(&format!("/products?{query}"))
            .is_problem(400, "bad-query");
    }
    for path in [
        &format!("/users/{ada}/orders?before=x"),
        &format!("/users/{ada}/orders?from=1"),
        "/revenue?limit=0",
        "/revenue?before=1",
    ] {
        shop.get(path).is_problem(400, "bad-query");
    }
    let detail = shop.get("/products?aftre=1").is_problem(400, "bad-query");
    assert!(detail.contains("unknown field `aftre`"), "{detail}");
    // In any order, and with nothing between two `&`.
    shop.get("/products?limit=1&after=1&&wait_ms=100&from=a")
        .is(200);
}

#[test]
fn what_is_read_outlives_the_server() {
    let place = tempfile::tempdir().expect("a directory");
    let store = place.path().join("orders.db");
    let shop = Server::on(&store);
    let ada = shop.user("ada");
    shop.product("tea", 1);
    let placed = shop.post("/orders", &order(&ada, "tea", 1)).is(201);
    let shown = shop.orders_of(&ada, &placed["position"]);
    assert_eq!(ids(&shown), [id(&placed)]);
    shop.kill();

    let shop = Server::on(&store);
    assert_eq!(shop.orders_of(&ada, &placed["position"]), shown);
    shop.kill();

    // Lost, they are made anew from the events.
    std::fs::remove_dir_all(store.join("models")).expect("the read models");
    let shop = Server::on(&store);
    assert_eq!(shop.orders_of(&ada, &placed["position"]), shown);
}
