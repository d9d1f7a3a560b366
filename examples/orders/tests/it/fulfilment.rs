//! What becomes of orders: the process between order, products and payment.

use std::sync::Arc;

use eventsourcing::{EventSourced, RepositoryExt};
use eventsourcing_sled::SledStore;
use eventsourcing_testkit::ManualClock;
use orders::domain::order::{Line, Order, PlaceOrder};
use orders::domain::payment::{CapturePayment, Payment, RequestPayment};
use orders::domain::product::{AddStock, ListProduct, Product, ReserveStock};
use orders::domain::{Currency, Money, OrderId, Sku, UserId};
use serde_json::{Value, json};

use crate::race::at_once;
use crate::support::{Server, copy, id, package};

impl Server {
    /// The order once its payment is asked for.
    #[track_caller]
    fn payable(&self, order: &str) -> Value {
        self.until(&format!("/orders/{order}"), |order| {
            order["payment"] == "requested"
        })
    }

    /// The order once it has come to an end.
    #[track_caller]
    fn ended(&self, order: &str) -> Value {
        self.until(&format!("/orders/{order}"), |order| {
            order["status"] != "placed"
        })
    }

    /// Pays, and returns the receipt's position.
    #[track_caller]
    fn pay(&self, order: &str) -> Value {
        let path = format!("/payments/{order}/capture");
        let receipt = self.post(&path, &json!({ "reference": "r" })).is(200);
        receipt["position"].clone()
    }

    /// Waits until there is so much of a product: in the warehouse, and put aside.
    #[track_caller]
    fn stock(&self, sku: &str, on_hand: u64, reserved: u64) {
        self.until(&format!("/products/{sku}"), |product| {
            (&product["on_hand"], &product["reserved"]) == (&json!(on_hand), &json!(reserved))
        });
    }
}

#[test]
fn a_paid_order_is_shipped() {
    let shop = Server::start();
    let ada = shop.user("ada");
    shop.product("tea", 10);
    let order = shop.order(&ada, "tea", 3);
    shop.payable(&order);
    shop.stock("tea", 10, 3);
    shop.pay(&order);
    let shipped = shop.ended(&order);
    assert_eq!(
        (&shipped["status"], &shipped["payment"]),
        (&json!("shipped"), &json!("captured"))
    );
    shop.stock("tea", 7, 0);
    // What is on its way cannot be stopped.
    let cancel = shop.post(&format!("/orders/{order}/cancel"), &json!({}));
    assert!(
        cancel
            .is_problem(409, "refused")
            .ends_with("is shipped already")
    );
}

#[test]
fn an_order_is_fulfilled_as_a_whole_or_not_at_all() {
    let shop = Server::start();
    let ada = shop.user("ada");
    shop.product("tea", 10);
    shop.product("rum", 1);
    shop.product("gin", 10);
    let lines = json!([
        { "product": "tea", "quantity": 2 }, { "product": "rum", "quantity": 2 }, { "product": "gin", "quantity": 2 },
    ]);
    let placed = shop
        .post("/orders", &json!({ "user": ada, "lines": lines }))
        .is(201);
    let ended = shop.ended(&id(&placed));
    assert_eq!(ended["status"], "cancelled");
    assert_eq!(
        ended["reason"],
        json!({ "out-of-stock": { "product": "rum" } })
    );
    assert_eq!(ended["payment"], "unrequested");
    for (sku, on_hand) in [("tea", 10), ("rum", 1), ("gin", 10)] {
        shop.stock(sku, on_hand, 0);
    }
}

#[test]
fn a_refused_payment_ends_the_order() {
    let shop = Server::start();
    let ada = shop.user("ada");
    shop.product("tea", 10);
    let order = shop.order(&ada, "tea", 3);
    shop.payable(&order);
    let why = json!({ "why": "no funds" });
    shop.post(&format!("/payments/{order}/refuse"), &why)
        .is(200);
    let ended = shop.ended(&order);
    assert_eq!(ended["reason"], json!({ "payment-refused": why }));
    shop.stock("tea", 10, 0);
    let late = shop.post(
        &format!("/payments/{order}/capture"),
        &json!({ "reference": "r" }),
    );
    late.is_problem(409, "refused");
}

#[test]
fn an_order_that_is_not_paid_in_time_ends() {
    let shop = Server::with(&["--memory", "--payment-deadline", "1"]);
    let ada = shop.user("ada");
    shop.product("tea", 10);
    let order = shop.order(&ada, "tea", 3);
    let ended = shop.ended(&order);
    assert_eq!(ended["reason"], "payment-overdue");
    shop.stock("tea", 10, 0);
    shop.until(&format!("/payments/{order}"), |payment| {
        payment["status"] == "voided"
    });
}

#[test]
fn a_deadline_outlives_the_server_and_its_read_models() {
    let place = tempfile::tempdir().expect("a directory");
    let store = place.path().join("orders.db");
    let arguments = [
        "--store",
        store.to_str().expect("UTF-8"),
        "--payment-deadline",
        "1",
    ];
    for lost in [false, true] {
        let shop = Server::with(&arguments);
        let ada = shop.user(&format!("ada-{lost}"));
        let sku = format!("tea-{lost}");
        shop.product(&sku, 10);
        let order = shop.order(&ada, &sku, 3);
        shop.until(&format!("/orders/{order}"), |order| {
            order["payment"] != "unrequested"
        });
        shop.kill();
        // Timers are rows there. They follow from what was decided, which is in the log.
        if lost {
            std::fs::remove_dir_all(store.join("models")).expect("the read models");
        }
        let shop = Server::with(&arguments);
        assert_eq!(shop.ended(&order)["reason"], "payment-overdue");
        shop.stock(&sku, 10, 0);
        shop.kill();
    }
}

/// A log of long ago, which no process has followed: what is overdue in it was paid, or was not.
#[tokio::test]
async fn what_was_paid_in_time_is_sent_however_late() {
    let place = tempfile::tempdir().expect("a directory");
    let directory = place.path().join("orders.db");
    let long_ago = ManualClock::new("2021-05-03T09:00:00Z".parse().expect("a time"));
    let store = SledStore::builder().clock(Arc::new(long_ago));
    let store = store.open(&directory).expect("a store");
    let tea: Sku = "tea".parse().expect("a number");
    let price = Money::new(1_000, Currency::Eur);
    let products = EventSourced::<Product, _>::new(store.clone());
    let listing = ListProduct {
        product: tea.clone(),
        name: "Tea".into(),
        price,
    };
    products.execute(listing).await.expect("listed");
    let (product, quantity) = (tea.clone(), 10);
    let stock = AddStock { product, quantity };
    products.execute(stock).await.expect("added");
    let [paid, unpaid] = ["paid", "unpaid"].map(|key| OrderId::for_request(Some(key)));
    for order in [paid, unpaid] {
        let line = Line {
            product: tea.clone(),
            quantity: 1,
            price,
        };
        let place = PlaceOrder {
            order,
            user: UserId::for_request(Some("ada")),
            lines: vec![line],
        };
        let orders = EventSourced::<Order, _>::new(store.clone());
        orders.execute(place).await.expect("placed");
        let (product, quantity) = (tea.clone(), 1);
        let reserve = ReserveStock {
            product,
            order,
            quantity,
        };
        products.execute(reserve).await.expect("reserved");
        let payments = EventSourced::<Payment, _>::new(store.clone());
        let amount = price;
        let request = RequestPayment { order, amount };
        payments.execute(request).await.expect("requested");
        if order == paid {
            let reference = "r".into();
            let capture = CapturePayment { order, reference };
            payments.execute(capture).await.expect("captured");
        }
    }
    store.close();

    let shop = Server::on(&directory);
    let (paid, unpaid) = (paid.to_string(), unpaid.to_string());
    assert_eq!(shop.ended(&paid)["status"], "shipped");
    assert_eq!(shop.ended(&unpaid)["reason"], "payment-overdue");
    shop.stock("tea", 9, 0);
}

#[test]
fn a_customer_may_think_again() {
    let shop = Server::start();
    let ada = shop.user("ada");
    shop.product("tea", 10);
    let order = shop.order(&ada, "tea", 3);
    shop.payable(&order);
    shop.post(&format!("/orders/{order}/cancel"), &json!({}))
        .is(200);
    shop.until(&format!("/payments/{order}"), |payment| {
        payment["status"] == "voided"
    });
    shop.stock("tea", 10, 0);
}

#[test]
fn money_that_comes_as_the_order_ends_goes_back_or_the_order_goes_out() {
    let shop = Server::start();
    let ada = shop.user("ada");
    shop.product("tea", 100);
    let orders: Vec<String> = (0..20).map(|_| shop.order(&ada, "tea", 1)).collect();
    for order in &orders {
        shop.payable(order);
    }
    let client = shop.client();
    // Paid and cancelled at the same moment.
    at_once(40, |n| {
        let order = &orders[n / 2];
        match n % 2 {
            0 => client.post(
                &format!("/payments/{order}/capture"),
                &json!({ "reference": "r" }),
            ),
            _ => client.post(&format!("/orders/{order}/cancel"), &json!({})),
        }
    });
    let mut shipped = 0;
    for order in &orders {
        let ended = shop.until(&format!("/orders/{order}"), |order| {
            order["status"] == "shipped"
                || matches!(order["payment"].as_str(), Some("voided" | "refunded"))
        });
        match (ended["status"].as_str(), ended["payment"].as_str()) {
            (Some("shipped"), Some("captured")) => shipped += 1,
            (Some("cancelled"), Some("voided" | "refunded")) => {}
            other => panic!("{other:?}: {ended}"),
        }
    }
    shop.stock("tea", 100 - shipped, 0);
}

#[test]
fn there_is_no_more_to_sell_than_there_is() {
    const PIECES: usize = 10;
    const ORDERS: usize = 40;
    let shop = Server::start();
    let ada = shop.user("ada");
    shop.product("tea", u32::try_from(PIECES).expect("few"));
    let client = shop.client();
    let orders = at_once(ORDERS, |_| {
        client.post("/orders", &crate::support::order(&ada, "tea", 1))
    });
    let orders: Vec<String> = orders.iter().map(|answer| id(&answer.is(201))).collect();
    let (mut sold, mut out_of_stock, mut paid) = (0, 0, json!(0));
    for order in &orders {
        let order = shop.until(&format!("/orders/{order}"), |order| {
            order["payment"] == "requested" || order["status"] != "placed"
        });
        if order["status"] == "placed" {
            paid = shop.pay(&id(&order));
            assert_eq!(shop.ended(&id(&order))["status"], "shipped");
            sold += 1;
        } else {
            assert_eq!(
                order["reason"],
                json!({ "out-of-stock": { "product": "tea" } })
            );
            out_of_stock += 1;
        }
    }
    assert_eq!((sold, out_of_stock), (PIECES, ORDERS - PIECES));
    shop.stock("tea", 0, 0);
    let revenue = shop.get(&format!("/revenue?after={paid}")).is(200);
    let days = revenue["days"].as_array().expect("a list");
    let cents = days.iter().map(|day| &day["captured_cents"]);
    let cents: u64 = cents.map(|cents| cents.as_u64().expect("a number")).sum();
    assert_eq!(cents, 10_000);
}

#[test]
fn orders_from_before_there_was_a_process_are_left_alone() {
    let place = tempfile::tempdir().expect("a directory");
    let store = place.path().join("orders.db");
    copy(&package("fixtures/gen1"), &store);
    let shop = Server::on(&store);
    // By the time a new order is through, the old one has been met.
    let order = shop.order("00000000-0000-0000-0000-000000000ada", "tea-500g", 2);
    shop.payable(&order);
    shop.pay(&order);
    shop.ended(&order);
    shop.stock("tea-500g", 5, 0);
    let old = shop
        .get("/orders/00000000-0000-0000-0000-000000000001")
        .is(200);
    assert_eq!(
        (&old["status"], &old["payment"]),
        (&json!("shipped"), &json!("captured"))
    );
}
