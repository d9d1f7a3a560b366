//! The shop over HTTP: every answer is JSON, every refusal a problem document that says what to do.

mod answer;
mod orders;
mod payments;
mod problem;
mod products;
mod projections;
mod query;
mod refusals;
mod request;
mod revenue;
mod users;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::{Method, Uri};
use axum::routing::{get, post};

use self::problem::Problem;
use crate::shop::Shop;

/// The largest request in bytes.
const MAX_BODY_BYTES: usize = 64 << 10;

/// All that can be asked.
pub(crate) fn router(shop: Shop) -> Router {
    Router::new()
        .route("/users", post(users::register))
        .route("/users/{user}", get(users::show))
        .route("/users/{user}/orders", get(users::orders))
        .route("/users/{user}/name", post(users::rename))
        .route("/products", get(products::catalogue).post(products::list))
        .route("/products/{product}", get(products::show))
        .route("/products/{product}/price", post(products::reprice))
        .route("/products/{product}/stock", post(products::add_stock))
        .route("/orders", post(orders::place))
        .route("/orders/{order}", get(orders::show))
        .route("/orders/{order}/cancel", post(orders::cancel))
        .route("/payments/{order}", get(payments::show))
        .route("/payments/{order}/capture", post(payments::capture))
        .route("/payments/{order}/refuse", post(payments::refuse))
        .route("/revenue", get(revenue::by_day))
        .route("/projections", get(projections::list))
        .route("/projections/{name}/parked", get(projections::parked))
        .route("/projections/{name}/retry", post(projections::retry))
        .route("/projections/{name}/skip", post(projections::skip))
        .fallback(no_such_page)
        .method_not_allowed_fallback(no_such_method)
        .layer(DefaultBodyLimit::max(MAX_BODY_BYTES))
        .with_state(shop)
}

async fn no_such_page(uri: Uri) -> Problem {
    Problem::no_such_page(uri.path())
}

async fn no_such_method(method: Method, uri: Uri) -> Problem {
    Problem::no_such_method(&method, uri.path())
}
