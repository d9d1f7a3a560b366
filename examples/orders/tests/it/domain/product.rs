//! Products and their stock.

use eventsourcing::{FormatId, events};
use eventsourcing_testkit::{Given, given};
use orders::domain::product::{
    AddStock, DispatchStock, ListProduct, Listed, Product, ProductError, ReleaseStock, Reprice,
    Repriced, ReservationRefused, ReserveStock, StockAdded, StockDispatched, StockReleased,
    StockReserved,
};
use orders::domain::{Currency, Money, OrderId, Sku};

fn tea() -> Sku {
    "tea-500g".parse().expect("a number")
}

fn order(name: &str) -> OrderId {
    OrderId::for_request(Some(name))
}

fn eur(cents: u64) -> Money {
    Money::new(cents, Currency::Eur)
}

fn list(name: &str, cents: u64) -> ListProduct {
    ListProduct {
        product: tea(),
        name: name.into(),
        price: eur(cents),
    }
}

fn listed() -> Given<Product> {
    given::<Product>().event(Listed {
        name: "Tea".into(),
        price: eur(1_250),
    })
}

fn stocked(quantity: u32) -> Given<Product> {
    listed().event(StockAdded { quantity })
}

fn reserve(name: &str, quantity: u32) -> ReserveStock {
    ReserveStock {
        product: tea(),
        order: order(name),
        quantity,
    }
}

fn reserved(name: &str, quantity: u32) -> StockReserved {
    let order = order(name);
    StockReserved { order, quantity }
}

fn release(name: &str) -> ReleaseStock {
    let (product, order) = (tea(), order(name));
    ReleaseStock { product, order }
}

fn dispatch(name: &str) -> DispatchStock {
    let (product, order) = (tea(), order(name));
    DispatchStock { product, order }
}

#[test]
fn a_product_is_listed_once() {
    let facts = Listed {
        name: "Tea".into(),
        price: eur(1_250),
    };
    given::<Product>()
        .when(list("Tea", 1_250))
        .then(events![facts])
        .then_state(|product| product.is_listed() && product.available() == 0);
    listed()
        .when(list("Tea", 1_250))
        .then_error(ProductError::AlreadyListed);
}

#[test]
fn names_and_prices_have_to_be_some() {
    for name in ["", "\t", "two\nlines", &"x".repeat(201)] {
        given::<Product>()
            .when(list(name, 1))
            .then_error(ProductError::Name);
    }
    for cents in [0, Money::MAX_CENTS + 1, u64::MAX] {
        let price = eur(cents);
        given::<Product>()
            .when(list("Tea", cents))
            .then_error(ProductError::Price);
        let product = tea();
        listed()
            .when(Reprice { product, price })
            .then_error(ProductError::Price);
    }
}

#[test]
fn a_price_changes() {
    let reprice = |cents| Reprice {
        product: tea(),
        price: eur(cents),
    };
    let price = eur(990);
    listed()
        .when(reprice(990))
        .then(events![Repriced { price }]);
    listed().when(reprice(1_250)).then_nothing();
}

#[test]
fn stock_comes_in() {
    let add = |quantity| AddStock {
        product: tea(),
        quantity,
    };
    stocked(3)
        .when(add(4))
        .then(events![StockAdded { quantity: 4 }])
        .then_state(|product| product.on_hand() == 7 && product.available() == 7);
    for quantity in [0, Product::MAX_QUANTITY + 1, u32::MAX] {
        listed()
            .when(add(quantity))
            .then_error(ProductError::Quantity(quantity));
    }
    let full = (0..1_000).map(|_| {
        StockAdded {
            quantity: 1_000_000,
        }
        .into()
    });
    listed()
        .events(full)
        .when(add(1))
        .then_error(ProductError::Quantity(1));
}

#[test]
fn stock_is_put_aside_while_there_is_some() {
    stocked(5)
        .event(reserved("a", 3))
        .when(reserve("b", 2))
        .then(events![reserved("b", 2)])
        .then_state(|product| (product.on_hand(), product.available()) == (5, 0));
    // Asking again for the same order puts nothing more aside.
    stocked(5)
        .event(reserved("a", 3))
        .when(reserve("a", 3))
        .then_nothing();
    stocked(5)
        .when(reserve("a", 0))
        .then_error(ProductError::Quantity(0));
}

#[test]
fn want_of_stock_is_recorded() {
    let (order, quantity, available) = (order("b"), 3, 2);
    stocked(5)
        .event(reserved("a", 3))
        .when(reserve("b", 3))
        .then(events![ReservationRefused {
            order,
            quantity,
            available
        }])
        .then_state(|product| product.available() == 2 && product.reserved_for(&order).is_none());
}

#[test]
fn what_was_put_aside_goes_back_or_out() {
    let (order, quantity) = (order("a"), 3);
    let aside = || stocked(5).event(reserved("a", 3));
    aside()
        .when(release("a"))
        .then(events![StockReleased { order, quantity }])
        .then_state(|product| (product.on_hand(), product.available()) == (5, 5));
    aside()
        .when(dispatch("a"))
        .then(events![StockDispatched { order, quantity }])
        .then_state(|product| (product.on_hand(), product.available()) == (2, 2));
    aside().when(release("b")).then_nothing();
    stocked(5)
        .when(dispatch("a"))
        .then_error(ProductError::NotReserved(order));
}

#[test]
fn nothing_happens_to_a_product_that_is_not_listed() {
    let (product, price, quantity) = (tea(), eur(1), 1);
    given::<Product>()
        .when(Reprice { product, price })
        .then_error(ProductError::Unknown);
    let product = tea();
    given::<Product>()
        .when(AddStock { product, quantity })
        .then_error(ProductError::Unknown);
    given::<Product>()
        .when(reserve("a", 1))
        .then_error(ProductError::Unknown);
}

#[test]
fn the_first_generation_was_in_euros() {
    given::<Product>()
        .stored(
            "product.listed",
            1,
            FormatId::JSON,
            br#"{"name":"Tea","cents":1250}"#,
        )
        .stored("product.restocked", 1, FormatId::JSON, br#"{"quantity":4}"#)
        .then_state(|product| product.price() == eur(1_250) && product.on_hand() == 4);
}

#[test]
fn product_numbers() {
    for text in ["a", "tea-500g", "A.b_c-9", &"x".repeat(40)] {
        let sku: Sku = text.parse().expect("a number");
        assert_eq!(sku.to_string(), text);
    }
    for text in ["", "a b", "a/b", "č", "a\n", &"x".repeat(41)] {
        let error = text.parse::<Sku>().expect_err("no number");
        assert!(error.to_string().contains("1 to 40 letters"), "{error}");
    }
}
