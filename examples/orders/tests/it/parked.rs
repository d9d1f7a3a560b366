//! What a read model could not handle, and what whoever runs the shop does about it.

use std::path::Path;

use eventsourcing::{Commit, EventStore, ExpectedVersion, Json, NewEvent};
use eventsourcing_sled::SledStore;
use orders::domain::OrderId;
use orders::domain::product::{ProductEvent, StockAdded, StockReleased};
use serde_json::{Value, json};

use crate::client::{Answer, Client};
use crate::support::Server;

/// Gives back what nobody has put aside, as no program of ours does; then comes something ordinary.
fn plant(directory: &Path) {
    let order = OrderId::for_request(Some("nobody's"));
    let quantity = 5;
    let events: [ProductEvent; 2] = [
        StockReleased { order, quantity }.into(),
        StockAdded { quantity }.into(),
    ];
    let events = events.map(|event| NewEvent::encode(&event, &Json).expect("encodes"));
    let stream = "product-rum".parse().expect("a stream");
    let commit = Commit::new().append(stream, ExpectedVersion::Any, events.into());
    let store = SledStore::open(directory).expect("a store");
    let runtime = tokio::runtime::Builder::new_current_thread().build();
    let appended = runtime.expect("a runtime").block_on(store.append(commit));
    appended.expect("appended");
    store.close();
}

impl Client {
    fn operate(&self, verb: &str, body: &Value) -> Answer {
        let headers = [("content-type", "application/json"), ("operator", "cleo")];
        let path = format!("/projections/catalogue/{verb}");
        let body = body.to_string();
        self.send("POST", &path, &headers, body.as_bytes())
            .expect("an answer")
    }
}

#[test]
fn an_event_that_cannot_be_handled_is_seen_tried_again_and_left_out() {
    let place = tempfile::tempdir().expect("a directory");
    let directory = place.path().join("orders.db");
    plant(&directory);
    let shop = Server::on(&directory);
    shop.product("tea", 1);

    let path = "/projections/catalogue/parked";
    let page = shop.until(path, |page| {
        page["parked"].as_array().map_or(0, Vec::len) == 2
    });
    let (released, added) = (&page["parked"][0], &page["parked"][1]);
    assert_eq!(released["position"], 1);
    assert_eq!(released["type"], "product.stock-released");
    let error = released["error"].as_str().expect("a reason");
    assert!(
        error.starts_with("product `rum` would have less than nothing"),
        "{error}"
    );
    assert_eq!(
        (&added["position"], &added["error"]),
        (&json!(2), &Value::Null)
    );
    // Page by page, to the end.
    let one = shop.get(&format!("{path}?limit=1")).is(200);
    let first = json!({ "parked": [released], "next": "1:product-rum" });
    assert_eq!(one, first);
    let two = shop
        .get(&format!("{path}?limit=1&from=1:product-rum"))
        .is(200);
    let second = json!({ "parked": [added], "next": "2:product-rum" });
    assert_eq!(two, second);
    let none = shop
        .get(&format!("{path}?limit=1&from=2:product-rum"))
        .is(200);
    assert_eq!(none, json!({ "parked": [] }));

    let still = json!({ "freed": 0, "parked": 2 });
    assert_eq!(shop.operate("retry", &json!({})).is(200), still);
    let key = json!({ "key": released["key"] });
    assert_eq!(shop.operate("retry", &key).is(200), still);
    // What waits can be left out too, once its turn comes; until then it is marked.
    let skip = json!({ "position": 2, "reason": "was counted twice" });
    assert_eq!(shop.operate("skip", &skip).is(200), still);
    let page = shop.get(path).is(200);
    let marks = page["parked"].as_array().expect("a list").iter();
    let marks: Vec<_> = marks.map(|event| event["skipped"].clone()).collect();
    assert_eq!(marks, [Value::Null, json!(true)]);
    let skip = json!({ "position": 1, "reason": "nobody had put it aside" });
    let freed = json!({ "freed": 2, "parked": 0 });
    assert_eq!(shop.operate("skip", &skip).is(200), freed);
    let listed = shop.until("/projections", |listed| {
        let catalogue = catalogue(listed);
        catalogue["state"] == "live" && catalogue["behind"] == 0
    });
    let catalogue = catalogue(&listed);
    assert_eq!(
        (&catalogue["parked"], &catalogue["skipped"]),
        (&json!(0), &json!(2))
    );
    let names = listed["projections"].as_array().expect("a list");
    assert_eq!(names.len(), 4, "three read models and the process");
}

fn catalogue(listed: &Value) -> Value {
    let entries = listed["projections"].as_array().expect("a list");
    let mut entries = entries.iter();
    let entry = entries.find(|entry| entry["name"] == "catalogue");
    entry.expect("the catalogue").clone()
}

#[test]
fn what_cannot_be_done_about_projections_is_told() {
    let shop = Server::start();
    shop.product("tea", 0);
    shop.until("/projections", |listed| catalogue(listed)["behind"] == 0);
    let detail = shop
        .get("/projections/lists/parked")
        .is_problem(404, "not-found");
    assert!(
        detail.starts_with("there is no projection `lists`; there are: "),
        "{detail}"
    );
    shop.post("/projections/catalogue/retry", &json!({}))
        .is_problem(400, "no-operator");
    shop.operate("retry", &json!({ "key": "rum" }))
        .is_problem(404, "not-parked");
    let skip = json!({ "position": 1, "reason": "why not" });
    let detail = shop.operate("skip", &skip).is_problem(404, "not-parked");
    assert_eq!(
        detail,
        "projection `catalogue` has no parked event at position 1"
    );
    shop.operate("skip", &json!({ "position": 1 }))
        .is_problem(422, "invalid");
    for wrong in ["limit=0", "from=product-rum", "from=x:rum", "after=1"] {
        let path = format!("/projections/catalogue/parked?{wrong}");
        shop.get(&path).is_problem(400, "bad-query");
    }
}
