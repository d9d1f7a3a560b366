//! `/orders`: what was ordered, and what became of it.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use eventsourcing::Repository;
use serde::{Deserialize, Serialize};

use super::answer::Receipt;
use super::problem::Problem;
use super::request::{Id, Nothing, Posted};
use crate::domain::order::{CancelOrder, Line, OrderError, PlaceOrder, Reason, Status};
use crate::domain::{Money, OrderId, Sku, UserId, payment};
use crate::error::Error;
use crate::shop::Shop;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Place {
    user: UserId,
    lines: Vec<Wanted>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Wanted {
    product: Sku,
    quantity: u32,
}

/// `POST /orders`
pub(super) async fn place(
    State(shop): State<Shop>,
    posted: Posted<Place>,
) -> Result<Receipt, Problem> {
    let Place { user, lines } = posted.body;
    if !shop.users.exists(&user).await.map_err(Error::from)? {
        return Err(cannot_be(format!("there is no user {user}")));
    }
    let order = OrderId::for_request(posted.request.key.as_deref());
    let lines = priced(&shop, lines).await?;
    let command = PlaceOrder { order, user, lines };
    let done = shop
        .execute(&shop.orders, command, &posted.request, None)
        .await?;
    Ok(Receipt::created("/orders", &order, done))
}

/// The lines at today's prices.
async fn priced(shop: &Shop, wanted: Vec<Wanted>) -> Result<Vec<Line>, Problem> {
    let mut lines = Vec::with_capacity(wanted.len());
    for Wanted { product, quantity } in wanted {
        let root = shop.products.load(&product).await.map_err(Error::from)?;
        if !root.state().is_listed() {
            return Err(cannot_be(format!("there is no product {product}")));
        }
        let price = root.state().price();
        lines.push(Line {
            product,
            quantity,
            price,
        });
    }
    Ok(lines)
}

fn cannot_be(detail: String) -> Problem {
    Problem::new(
        StatusCode::UNPROCESSABLE_ENTITY,
        "invalid",
        "The order names something that is not there",
        "Register the user (POST /users) or list the product (POST /products) first.",
        detail,
    )
}

/// `POST /orders/{order}/cancel`
pub(super) async fn cancel(
    State(shop): State<Shop>,
    Id(order): Id<OrderId>,
    posted: Posted<Nothing>,
) -> Result<Receipt, Problem> {
    let Nothing {} = posted.body;
    let reason = Reason::Customer;
    let command = CancelOrder { order, reason };
    let done = shop
        .execute(&shop.orders, command, &posted.request, None)
        .await?;
    Ok(Receipt::changed(&order, done))
}

#[derive(Debug, Serialize)]
pub(super) struct Shown {
    id: OrderId,
    status: Status,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<Reason>,
    user: UserId,
    lines: Vec<Line>,
    total: Money,
    payment: payment::Status,
}

/// `GET /orders/{order}`
pub(super) async fn show(
    State(shop): State<Shop>,
    Id(id): Id<OrderId>,
) -> Result<Json<Shown>, Problem> {
    let order = shop.orders.load(&id).await.map_err(Error::from)?;
    let order = order.state();
    let Some(placed) = order.placed().cloned() else {
        return Err(Error::refused(format!("order {id}"), OrderError::Unknown).into());
    };
    let payment = shop.payments.load(&id).await.map_err(Error::from)?;
    Ok(Json(Shown {
        id,
        status: order.status(),
        reason: order.reason().cloned(),
        user: placed.user,
        lines: placed.lines,
        total: placed.total,
        payment: payment.state().status(),
    }))
}
