//! Orders.

use eventsourcing::{FormatId, events};
use eventsourcing_testkit::{Given, given};
use orders::domain::order::{
    CancelOrder, Cancelled, Line, Order, OrderError, PlaceOrder, Placed, Reason, ShipOrder,
    Shipped, Status,
};
use orders::domain::{Currency, Money, OrderId, Sku, UserId};

fn id() -> OrderId {
    OrderId::for_request(Some("order"))
}

fn user() -> UserId {
    UserId::for_request(Some("ada"))
}

fn sku(text: &str) -> Sku {
    text.parse().expect("a number")
}

fn line(product: &str, quantity: u32, cents: u64) -> Line {
    Line {
        product: sku(product),
        quantity,
        price: Money::new(cents, Currency::Eur),
    }
}

fn place(lines: Vec<Line>) -> PlaceOrder {
    let (order, user) = (id(), user());
    PlaceOrder { order, user, lines }
}

fn placed(lines: Vec<Line>, cents: u64) -> Placed {
    Placed {
        user: user(),
        lines,
        total: Money::new(cents, Currency::Eur),
    }
}

fn an_order() -> Given<Order> {
    given::<Order>().event(placed(vec![line("tea", 2, 500)], 1_000))
}

fn cancel(reason: Reason) -> CancelOrder {
    let order = id();
    CancelOrder { order, reason }
}

fn ship() -> ShipOrder {
    ShipOrder { order: id() }
}

fn cancelled(reason: Reason) -> Cancelled {
    Cancelled { reason }
}

#[test]
fn an_order_costs_the_sum_of_its_lines() {
    let lines = vec![line("tea", 2, 1_250), line("rum", 3, 999)];
    given::<Order>()
        .when(place(lines.clone()))
        .then(events![placed(lines, 5_497)])
        .then_state(|order| order.status() == Status::Placed);
    an_order()
        .when(place(vec![line("tea", 1, 1)]))
        .then_error(OrderError::AlreadyPlaced);
}

#[test]
fn what_is_no_order() {
    let mut dollars = line("rum", 1, 1);
    dollars.price.currency = Currency::Usd;
    let many = |n: usize| (0..n).map(|n| line(&n.to_string(), 1, 1)).collect();
    let quantity = |quantity| OrderError::Quantity {
        product: sku("tea"),
        quantity,
    };
    for (lines, error) in [
        (vec![], OrderError::Lines(0)),
        (many(101), OrderError::Lines(101)),
        (vec![line("tea", 0, 1)], quantity(0)),
        (vec![line("tea", 1_001, 1)], quantity(1_001)),
        (
            vec![line("tea", 1, 1), line("tea", 2, 1)],
            OrderError::Twice(sku("tea")),
        ),
        (vec![line("tea", 1, 1), dollars], OrderError::Currencies),
        (vec![line("tea", 2, Money::MAX_CENTS)], OrderError::Total),
        (vec![line("tea", 1_000, u64::MAX)], OrderError::Total),
        (
            vec![line("tea", 1, Money::MAX_CENTS), line("rum", 1, 1)],
            OrderError::Total,
        ),
    ] {
        given::<Order>().when(place(lines)).then_error(error);
    }
    given::<Order>()
        .when(place(many(100)))
        .then_state(|order| order.status() == Status::Placed);
}

#[test]
fn an_order_ends_once() {
    let why = || Reason::PaymentOverdue;
    an_order().when(ship()).then(events![Shipped {}]);
    an_order()
        .when(cancel(why()))
        .then(events![cancelled(why())]);

    let shipped = || an_order().event(Shipped {});
    shipped().when(ship()).then_nothing();
    shipped()
        .when(cancel(why()))
        .then_error(OrderError::Shipped);

    let ended = || an_order().event(cancelled(why()));
    ended().when(cancel(Reason::Customer)).then_nothing();
    ended()
        .when(ship())
        .then_error(OrderError::Cancelled(why()));
    ended()
        .when(place(vec![line("tea", 1, 1)]))
        .then_error(OrderError::AlreadyPlaced);
}

#[test]
fn what_is_not_there_does_not_end() {
    given::<Order>()
        .when(ship())
        .then_error(OrderError::Unknown);
    given::<Order>()
        .when(cancel(Reason::Customer))
        .then_error(OrderError::Unknown);
}

#[test]
fn the_first_generation_ordered_one_product_in_euros() {
    let payload = format!(
        r#"{{"user":"{}","product":"tea","quantity":3,"cents":1250}}"#,
        user()
    );
    given::<Order>()
        .stored("order.placed", 1, FormatId::JSON, payload.as_bytes())
        .then_state(|order| order.placed() == Some(&placed(vec![line("tea", 3, 1_250)], 3_750)));
}
