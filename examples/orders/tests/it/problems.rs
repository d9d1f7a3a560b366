//! What is wrong is told with what to do, and changes nothing.

use serde_json::json;

use crate::support::{Server, order};

#[test]
fn what_is_not_there() {
    let shop = Server::start();
    let nobody = "00000000-0000-0000-0000-000000000000";
    for path in ["/", "/nothing", "/users/x/y/z"] {
        shop.get(path).is_problem(404, "no-such-page");
    }
    for (path, detail) in [
        (
            format!("/users/{nobody}"),
            format!("user {nobody} does not exist"),
        ),
        (
            format!("/orders/{nobody}"),
            format!("order {nobody} does not exist"),
        ),
        (
            format!("/payments/{nobody}"),
            format!("nobody asked for a payment for order {nobody}"),
        ),
        ("/products/tea".into(), "product tea does not exist".into()),
    ] {
        assert_eq!(shop.get(&path).is_problem(404, "not-found"), detail);
    }
    for path in [
        "/users/ada",
        "/orders/7",
        "/products/a%20b",
        "/products/%ff",
        "/payments/-",
    ] {
        shop.get(path).is_problem(404, "not-found");
    }
    shop.post("/products/tea/stock", &json!({ "quantity": 1 }))
        .is_problem(404, "not-found");
    let cancelling = shop.post(&format!("/orders/{nobody}/cancel"), &json!({}));
    cancelling.is_problem(404, "not-found");
}

#[test]
fn other_methods() {
    let shop = Server::start();
    for (method, path, allowed) in [
        ("DELETE", "/users", "POST"),
        ("PUT", "/orders", "POST"),
        ("GET", "/products/tea/stock", "POST"),
        ("POST", "/products/tea", "GET,HEAD"),
    ] {
        let answer = shop.send(method, path, &[], b"").expect("an answer");
        answer.is_problem(405, "no-such-method");
        assert_eq!(answer.headers["allow"], allowed, "{method} {path}");
    }
}

#[test]
fn bodies_that_cannot_be_read() {
    let shop = Server::start();
    let json = [("content-type", "application/json")];
    for body in [&b"{"[..], b"{} {}", b"\xff", b"nothing"] {
        let answer = shop.send("POST", "/users", &json, body).expect("an answer");
        answer.is_problem(400, "unreadable");
    }
    let form = [("content-type", "application/x-www-form-urlencoded")];
    for headers in [&form[..], &[]] {
        let answer = shop
            .send("POST", "/users", headers, b"{}")
            .expect("an answer");
        answer.is_problem(415, "not-json");
    }
    let large = json!({ "name": "x".repeat(70_000), "email": "ada@example.org" });
    shop.post("/users", &large).is_problem(413, "too-large");
}

#[test]
fn bodies_that_say_something_else() {
    let shop = Server::start();
    let ada = shop.user("ada");
    shop.product("tea", 10);
    for (path, body, detail) in [
        ("/users", json!({ "name": "Ben" }), "missing field `email`"),
        ("/users", json!([]), "invalid length 0"),
        (
            "/users",
            json!({ "name": "Ben", "email": "b@c", "age": 7 }),
            "unknown field `age`",
        ),
        (
            "/users",
            json!({ "name": "Ben", "email": "b" }),
            "needs an e-mail address",
        ),
        (
            "/users",
            json!({ "name": "Ben", "email": "b".repeat(200) + "@c" }),
            "needs an e-mail address",
        ),
        (
            "/users",
            json!({ "name": "", "email": "b@c" }),
            "needs a name",
        ),
        (
            "/products",
            json!({ "sku": "a b", "name": "x", "price": { "cents": 1, "currency": "EUR" } }),
            "is no product number",
        ),
        (
            "/products",
            json!({ "sku": "a", "name": "x", "price": { "cents": 1.5, "currency": "EUR" } }),
            "invalid type",
        ),
        (
            "/products",
            json!({ "sku": "a", "name": "x", "price": { "cents": 1, "currency": "XXX" } }),
            "unknown variant `XXX`",
        ),
        (
            "/products",
            json!({ "sku": "a", "name": "x", "price": { "cents": 0, "currency": "EUR" } }),
            "needs a price from 0.01",
        ),
        (
            "/products/tea/stock",
            json!({ "quantity": -1 }),
            "invalid value",
        ),
        (
            "/products/tea/stock",
            json!({ "quantity": 0 }),
            "cannot take 0 pieces",
        ),
        ("/orders", order("ada", "tea", 1), "UUID parsing failed"),
        (
            "/orders",
            order(&ada, "tea", 0),
            "cannot have 0 pieces of product `tea`",
        ),
        (
            "/orders",
            json!({ "user": ada, "lines": [] }),
            "needs 1 to 100 lines, not 0",
        ),
    ] {
        let found = shop.post(path, &body).is_problem(422, "invalid");
        assert!(found.contains(detail), "{path} {body}: {found}");
    }
    // Nothing has come of any of it.
    let next = json!({ "name": "Ben", "email": "ben@example.org" });
    assert_eq!(shop.post("/users", &next).is(201)["position"], 4);
}
