//! A request that comes twice is done once.

use std::thread;

use serde_json::json;

use crate::support::{Server, eur, id, order};

#[test]
fn a_repeated_request_gets_the_first_answer() {
    let shop = Server::start();
    let ada = shop.user("ada");
    shop.product("tea", 10);
    let wanted = order(&ada, "tea", 2);
    let first = shop.post_once("/orders", "k1", &wanted);
    let placed = first.is(201);
    assert_eq!(first.headers.get("idempotency-replayed"), None);

    // The world moves on: another price, another order, another state of this one.
    shop.post("/products/tea/price", &json!({ "price": eur(9_900) }))
        .is(200);
    shop.order(&ada, "tea", 1);
    let path = format!("/orders/{}", id(&placed));
    shop.post(&format!("{path}/cancel"), &json!({})).is(200);

    let again = shop.post_once("/orders", "k1", &wanted);
    assert_eq!(again.is(201), placed);
    assert_eq!(again.headers["idempotency-replayed"], "true");
    assert_eq!(again.headers["location"], path);
    let total = shop.get(&path).is(200)["total"].clone();
    assert_eq!(total, eur(2_000));

    // Without a key, or under another, it is another order.
    for other in [
        shop.post("/orders", &wanted),
        shop.post_once("/orders", "k2", &wanted),
    ] {
        assert_ne!(id(&other.is(201)), id(&placed));
    }
}

#[test]
fn spaces_and_the_order_of_fields_do_not_matter() {
    let shop = Server::start();
    let headers = [
        ("content-type", "application/json; charset=utf-8"),
        ("idempotency-key", "k"),
    ];
    let send = |body: &str| {
        let answer = shop.send("POST", "/users", &headers, body.as_bytes());
        answer.expect("an answer").is(201)
    };
    let first = send(r#"{"name":"Ada","email":"ada@example.org"}"#);
    assert_eq!(
        send("{ \"email\": \"ada@example.org\",\n  \"name\": \"Ada\" }"),
        first
    );
}

#[test]
fn a_key_is_for_one_request() {
    let shop = Server::start();
    let ada = shop.user("ada");
    shop.product("tea", 10);
    shop.product("rum", 10);
    let placed = shop
        .post_once("/orders", "k", &order(&ada, "tea", 2))
        .is(201);
    let path = format!("/orders/{}", id(&placed));
    // It stays so, for as long as nobody pays.
    let as_it_was = shop.until(&path, |order| order["payment"] == "requested");
    for (where_to, body) in [
        ("/orders", order(&ada, "tea", 3)),
        ("/orders", order(&ada, "rum", 2)),
        // Another thing, and the same thing in another way.
        ("/products/tea/stock", json!({ "quantity": 1 })),
        (
            "/users",
            json!({ "name": "Ben", "email": "ben@example.org" }),
        ),
        (&format!("{path}/cancel"), json!({})),
    ] {
        let detail = shop
            .post_once(where_to, "k", &body)
            .is_problem(422, "key-reused");
        assert!(detail.contains("`k`"), "{detail}");
    }
    assert_eq!(shop.get(&path).is(200), as_it_was);
    assert_eq!(shop.get("/products/tea").is(200)["on_hand"], 10);
    assert_eq!(
        shop.post_once("/orders", "k", &order(&ada, "tea", 2))
            .is(201),
        placed
    );
}

#[test]
fn other_body_that_the_rules_refuse_is_still_another_request() {
    let shop = Server::start();
    let ada = shop.user("ada");
    shop.product("tea", 10);
    shop.post_once("/orders", "k", &order(&ada, "tea", 2))
        .is(201);
    shop.post_once("/orders", "k", &order(&ada, "tea", 0))
        .is_problem(422, "key-reused");
}

#[test]
fn a_refused_request_may_be_granted_later() {
    let shop = Server::start();
    let stock = json!({ "quantity": 4 });
    let add = || shop.post_once("/products/tea/stock", "k", &stock);
    add().is_problem(404, "not-found");
    shop.product("tea", 0);
    let added = add().is(200);
    assert_eq!(add().is(200), added);
    assert_eq!(shop.get("/products/tea").is(200)["on_hand"], 4);
}

#[test]
fn keys_that_are_none() {
    let shop = Server::start();
    let long = "x".repeat(201);
    for key in ["", " ", "k\u{e9}", &long] {
        let answer = shop.post_once("/users", key, &json!({}));
        answer.is_problem(400, "bad-key");
    }
    let twice = [("idempotency-key", "a"), ("idempotency-key", "b")];
    let answer = shop.send("POST", "/users", &twice, b"").expect("an answer");
    answer.is_problem(400, "bad-key");
}

#[test]
fn many_at_once_are_one() {
    let shop = Server::start();
    let ada = shop.user("ada");
    shop.product("tea", 10);
    let client = shop.client();
    for round in 0..8 {
        let key = format!("round {round}");
        let before = shop.get("/products/tea").is(200)["on_hand"].clone();
        let answers: Vec<_> = thread::scope(|scope| {
            let place = || client.post_once("/orders", &key, &order(&ada, "tea", 1));
            let add = || {
                client.post_once(
                    "/products/tea/stock",
                    &format!("{key} stock"),
                    &json!({ "quantity": 5 }),
                )
            };
            let placing: Vec<_> = (0..6).map(|_| scope.spawn(place)).collect();
            let adding: Vec<_> = (0..6).map(|_| scope.spawn(add)).collect();
            let placed = placing
                .into_iter()
                .map(|thread| thread.join().expect("placed").is(201));
            let placed: Vec<_> = placed.collect();
            for thread in adding {
                thread.join().expect("added").is(200);
            }
            placed
        });
        assert!(
            answers.iter().all(|answer| *answer == answers[0]),
            "{answers:?}"
        );
        let after = shop.get("/products/tea").is(200)["on_hand"].clone();
        assert_eq!(after.as_u64(), before.as_u64().map(|before| before + 5));
    }
}
