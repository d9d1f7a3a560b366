//! What can be asked, and what is answered.

use serde_json::json;

use crate::support::{Server, eur, id, order};

#[test]
fn users() {
    let shop = Server::start();
    let ada = json!({ "name": "Ada", "email": "ada@example.org" });
    let answer = shop.post("/users", &ada);
    let registered = answer.is(201);
    let path = format!("/users/{}", id(&registered));
    assert_eq!(answer.headers["location"], path);
    assert_eq!(
        (&registered["version"], &registered["position"]),
        (&json!(1), &json!(1))
    );
    shop.post(&format!("{path}/name"), &json!({ "name": "Ada Novák" }))
        .is(200);
    let shown = json!({ "id": id(&registered), "name": "Ada Novák", "email": "ada@example.org" });
    assert_eq!(shop.get(&path).is(200), shown);
    // What changes nothing has no position of its own; whoever has read up to the log's end has seen it.
    let again = shop
        .post(&format!("{path}/name"), &json!({ "name": "Ada Novák" }))
        .is(200);
    assert_eq!(
        (&again["version"], &again["position"]),
        (&json!(2), &json!(2))
    );
}

#[test]
fn products() {
    let shop = Server::start();
    shop.product("tea-500g", 10);
    shop.post("/products/tea-500g/price", &json!({ "price": eur(990) }))
        .is(200);
    let shown = json!({
        "sku": "tea-500g", "name": "tea-500g", "price": eur(990), "on_hand": 10, "reserved": 0, "available": 10,
    });
    assert_eq!(shop.get("/products/tea-500g").is(200), shown);
    let listing = json!({ "sku": "tea-500g", "name": "x", "price": eur(1) });
    let detail = shop.post("/products", &listing).is_problem(409, "refused");
    assert_eq!(detail, "product tea-500g is listed already");
}

#[test]
fn orders() {
    let shop = Server::start();
    let ada = shop.user("ada");
    shop.product("tea", 10);
    shop.product("rum", 10);
    let lines = json!([{ "product": "tea", "quantity": 2 }, { "product": "rum", "quantity": 1 }]);
    let answer = shop.post("/orders", &json!({ "user": ada, "lines": lines }));
    let placed = id(&answer.is(201));
    let path = format!("/orders/{placed}");
    assert_eq!(answer.headers["location"], path);
    let shown = shop.get(&path).is(200);
    assert_eq!(shown["user"], ada);
    assert_eq!(shown["total"], eur(3_000));
    assert_eq!(
        shown["lines"][0],
        json!({ "product": "tea", "quantity": 2, "price": eur(1_000) })
    );
}

#[test]
fn an_order_can_be_cancelled_without_saying_anything() {
    let shop = Server::start();
    let ada = shop.user("ada");
    shop.product("tea", 10);
    let path = format!("/orders/{}", shop.order(&ada, "tea", 2));
    let cancel = || {
        shop.send("POST", &format!("{path}/cancel"), &[], b"")
            .expect("an answer")
    };
    let cancelled = cancel().is(200);
    assert_eq!(cancel().is(200)["version"], cancelled["version"]);
    let shown = shop.get(&path).is(200);
    assert_eq!(
        (&shown["status"], &shown["reason"]),
        (&json!("cancelled"), &json!("customer"))
    );
}

#[test]
fn an_order_keeps_the_prices_it_was_placed_at() {
    let shop = Server::start();
    let ada = shop.user("ada");
    shop.product("tea", 10);
    let before = shop.order(&ada, "tea", 1);
    shop.post("/products/tea/price", &json!({ "price": eur(2_000) }))
        .is(200);
    let after = shop.order(&ada, "tea", 1);
    for (order, cents) in [(before, 1_000), (after, 2_000)] {
        assert_eq!(
            shop.get(&format!("/orders/{order}")).is(200)["total"],
            eur(cents)
        );
    }
}

#[test]
fn orders_for_what_is_not_there() {
    let shop = Server::start();
    let nobody = "00000000-0000-0000-0000-000000000000";
    shop.product("tea", 10);
    let detail = shop
        .post("/orders", &order(nobody, "tea", 1))
        .is_problem(422, "invalid");
    assert_eq!(detail, format!("there is no user {nobody}"));
    let ada = shop.user("ada");
    let detail = shop
        .post("/orders", &order(&ada, "rum", 1))
        .is_problem(422, "invalid");
    assert_eq!(detail, "there is no product rum");
}
