//! What many ask for at once, and only some can have.

use std::thread::{self, ScopedJoinHandle};

use serde_json::json;

use crate::client::Answer;
use crate::support::Server;

/// Asks so many times at once.
pub(crate) fn at_once(times: usize, ask: impl Fn(usize) -> Answer + Sync) -> Vec<Answer> {
    thread::scope(|scope| {
        let ask = &ask;
        let asking: Vec<_> = (0..times).map(|n| scope.spawn(move || ask(n))).collect();
        let answers = asking.into_iter().map(ScopedJoinHandle::join);
        answers.map(|answer| answer.expect("answered")).collect()
    })
}

#[test]
fn an_address_goes_to_one_user() {
    let shop = Server::start();
    let client = shop.client();
    for round in 0..5 {
        let answers = at_once(12, |n| {
            let email = format!("ada{round}@example.org");
            client.post(
                "/users",
                &json!({ "name": format!("Ada {n}"), "email": email }),
            )
        });
        let (registered, refused): (Vec<_>, Vec<_>) =
            answers.into_iter().partition(|answer| answer.status == 201);
        assert_eq!((registered.len(), refused.len()), (1, 11), "{registered:?}");
        for answer in refused {
            answer.is_problem(409, "email-taken");
        }
    }
}

#[test]
fn all_that_comes_in_is_counted() {
    let shop = Server::start();
    let client = shop.client();
    shop.product("tea", 0);
    let answers = at_once(40, |_| {
        client.post("/products/tea/stock", &json!({ "quantity": 3 }))
    });
    assert!(
        answers.iter().all(|answer| answer.status == 200),
        "{answers:?}"
    );
    assert_eq!(shop.get("/products/tea").is(200)["on_hand"], 120);
}
