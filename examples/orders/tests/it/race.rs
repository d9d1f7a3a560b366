//! What many ask for at once, and only some can have.

use std::thread::{self, ScopedJoinHandle};

use eventsourcing::{AsOf, EventSourced, MemoryStore, Repository, RepositoryExt, Version};
use orders::domain::product::{
    AddStock, ListProduct, Product, ProductEvent, ReleaseStock, ReserveStock,
};
use orders::domain::{Currency, Money, OrderId, Sku};
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

/// The rule at the bottom of all orders, without a server around it: each product decides alone.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn stock_is_never_promised_twice() {
    const PIECES: u32 = 50;
    const ORDERS: u32 = 200;
    let tea: Sku = "tea".parse().expect("a number");
    let shop = EventSourced::<Product, _>::new(MemoryStore::new());
    let listing = ListProduct {
        product: tea.clone(),
        name: "Tea".into(),
        price: Money::new(1, Currency::Eur),
    };
    shop.execute(listing).await.expect("listed");
    let (product, quantity) = (tea.clone(), PIECES);
    shop.execute(AddStock { product, quantity })
        .await
        .expect("added");

    let mut asking = tokio::task::JoinSet::new();
    for n in 0..ORDERS {
        let (shop, product) = (shop.clone(), tea.clone());
        asking.spawn(async move {
            let order = OrderId::for_request(Some(&n.to_string()));
            let (quantity, released) = (1 + n % 3, n % 5 == 0);
            let reserve = ReserveStock {
                product: product.clone(),
                order,
                quantity,
            };
            let asked = shop.execute(reserve).await.expect("an answer");
            let promised = matches!(asked.events[..], [ProductEvent::StockReserved(_)]);
            // Some let go of it again, so that others can have it.
            if promised && released {
                shop.execute(ReleaseStock { product, order })
                    .await
                    .expect("released");
            }
            if promised && !released { quantity } else { 0 }
        });
    }
    let promised: u32 = asking.join_all().await.into_iter().sum();
    let root = shop.load(&tea).await.expect("a product");
    assert_eq!(root.state().reserved(), u64::from(promised));
    // What is left can still be had, to the last piece, and no more.
    for (order, quantity) in [("rest", PIECES - promised), ("more", 1)] {
        let (product, order) = (tea.clone(), OrderId::for_request(Some(order)));
        if quantity > 0 {
            shop.execute(ReserveStock {
                product,
                order,
                quantity,
            })
            .await
            .expect("an answer");
        }
    }
    let root = shop.load(&tea).await.expect("a product");
    assert_eq!(
        (root.state().reserved(), root.state().available()),
        (PIECES.into(), 0)
    );
    // At no time was more promised than there was.
    for version in 1..=root.version().get() {
        let then = shop
            .load_at(&tea, AsOf::Version(Version::new(version)))
            .await
            .expect("a state");
        assert!(
            then.state().reserved() <= then.state().on_hand(),
            "at version {version}"
        );
    }
}
