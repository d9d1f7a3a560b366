//! A store that the first generation of the shop wrote, as today's reads it and goes on with it.

use serde_json::json;

use crate::support::{Server, copy, eur, id, order, package};

const ADA: &str = "00000000-0000-0000-0000-000000000ada";
const ORDER: &str = "00000000-0000-0000-0000-000000000001";

#[test]
fn the_first_generation_is_read_and_continued() {
    let place = tempfile::tempdir().expect("a directory");
    let store = place.path().join("orders.db");
    copy(&package("fixtures/gen1"), &store);
    let shop = Server::on(&store);

    let tea = json!({
        "sku": "tea-500g", "name": "Green tea, 500 g", "price": eur(1_250), "on_hand": 7, "reserved": 0, "available": 7,
    });
    assert_eq!(shop.get("/products/tea-500g").is(200), tea);
    let placed = json!({
        "id": ORDER,
        "status": "shipped",
        "user": ADA,
        "lines": [{ "product": "tea-500g", "quantity": 3, "price": eur(1_250) }],
        "total": eur(3_750),
        "payment": "captured",
    });
    assert_eq!(shop.get(&format!("/orders/{ORDER}")).is(200), placed);
    let payment = shop.get(&format!("/payments/{ORDER}")).is(200);
    assert_eq!(payment["reference"], "bank transfer 17");

    // Addresses were marked from the beginning, so the rule about them covers these users as well.
    let again = json!({ "name": "Somebody", "email": "Ada@Example.org" });
    shop.post("/users", &again).is_problem(409, "email-taken");
    let more = json!({ "quantity": 5 });
    shop.post("/products/tea-500g/stock", &more).is(200);
    let next = id(&shop.post("/orders", &order(ADA, "tea-500g", 2)).is(201));
    let next = shop.get(&format!("/orders/{next}")).is(200);
    assert_eq!(next["total"], eur(2_500));
    let tea = shop.get("/products/tea-500g").is(200);
    assert_eq!(tea["on_hand"], 12);
}
