//! `/products`: what can be ordered.

use std::ops::Bound;

use axum::Json;
use axum::extract::State;
use eventsourcing::{Projection, Repository};
use serde::{Deserialize, Serialize};

use super::answer::Receipt;
use super::problem::Problem;
use super::query::{self, Listed};
use super::request::{Id, Posted};
use crate::domain::product::{AddStock, ListProduct, ProductError, Reprice};
use crate::domain::{Money, Sku};
use crate::error::Error;
use crate::read::catalogue::{Catalogue, PRODUCTS};
use crate::shop::Shop;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Listing {
    sku: Sku,
    name: String,
    price: Money,
}

/// `POST /products`
pub(super) async fn list(
    State(shop): State<Shop>,
    posted: Posted<Listing>,
) -> Result<Receipt, Problem> {
    let Listing { sku, name, price } = posted.body;
    let command = ListProduct {
        product: sku.clone(),
        name,
        price,
    };
    let done = shop
        .execute(&shop.products, command, &posted.request, None)
        .await?;
    Ok(Receipt::created("/products", &sku, done))
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Price {
    price: Money,
}

/// `POST /products/{product}/price`
pub(super) async fn reprice(
    State(shop): State<Shop>,
    Id(product): Id<Sku>,
    posted: Posted<Price>,
) -> Result<Receipt, Problem> {
    let command = Reprice {
        product: product.clone(),
        price: posted.body.price,
    };
    let done = shop
        .execute(&shop.products, command, &posted.request, None)
        .await?;
    Ok(Receipt::changed(&product, done))
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Stock {
    quantity: u32,
}

/// `POST /products/{product}/stock`
pub(super) async fn add_stock(
    State(shop): State<Shop>,
    Id(product): Id<Sku>,
    posted: Posted<Stock>,
) -> Result<Receipt, Problem> {
    let command = AddStock {
        product: product.clone(),
        quantity: posted.body.quantity,
    };
    let done = shop
        .execute(&shop.products, command, &posted.request, None)
        .await?;
    Ok(Receipt::changed(&product, done))
}

#[derive(Debug, Serialize)]
pub(super) struct Shown {
    sku: Sku,
    name: String,
    price: Money,
    on_hand: u64,
    reserved: u64,
    available: u64,
}

/// `GET /products/{product}`
pub(super) async fn show(
    State(shop): State<Shop>,
    Id(sku): Id<Sku>,
) -> Result<Json<Shown>, Problem> {
    let product = shop.products.load(&sku).await.map_err(Error::from)?;
    let product = product.state();
    if !product.is_listed() {
        return Err(Error::refused(format!("product {sku}"), ProductError::Unknown).into());
    }
    Ok(Json(Shown {
        name: product.name().into(),
        price: product.price(),
        on_hand: product.on_hand(),
        reserved: product.reserved(),
        available: product.available(),
        sku,
    }))
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Which {
    /// Only those behind this one: the `next` of the page before.
    from: Option<Sku>,
    limit: Option<usize>,
}

#[derive(Debug, Serialize)]
pub(super) struct Page {
    products: Vec<Shown>,
    /// Where the next page begins; nothing if this is the last one.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<Sku>,
}

/// `GET /products`: in the order of their numbers
pub(super) async fn catalogue(
    State(shop): State<Shop>,
    Listed(Which { from, limit }, fresh): Listed<Which>,
) -> Result<Json<Page>, Problem> {
    let limit = query::limit(limit)?;
    fresh.wait(&shop, Catalogue::NAME).await?;
    let view = shop.read.view(Catalogue::NAME)?;
    let behind = from.map_or(Bound::Unbounded, Bound::Excluded);
    let rows = view.range(&PRODUCTS, (behind, Bound::Unbounded));
    let mut products = Vec::new();
    for row in rows.map_err(Error::from)?.take(limit) {
        let (sku, row) = row.map_err(Error::from)?;
        products.push(Shown {
            sku,
            name: row.name,
            price: row.price,
            on_hand: row.on_hand,
            reserved: row.reserved,
            available: row.on_hand.saturating_sub(row.reserved),
        });
    }
    let last = products.last().filter(|_| products.len() == limit);
    let next = last.map(|last| last.sku.clone());
    Ok(Json(Page { products, next }))
}
