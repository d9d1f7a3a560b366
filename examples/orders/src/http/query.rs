//! What clients ask for in the query of a GET.

use std::time::Duration;

use axum::extract::{FromRequestParts, Query};
use axum::http::StatusCode;
use axum::http::request::Parts;
use eventsourcing::Position;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::problem::Problem;
use crate::shop::Shop;

/// Most entries of a list.
pub(super) const MAX_ENTRIES: usize = 1_000;

/// The query of a list, `?limit=..&..`.
pub(super) struct Asked<T>(pub(super) T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequestParts<S> for Asked<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let asked = Query::from_request_parts(parts, state).await;
        let Query(asked) = asked.map_err(|rejection| bad(rejection.body_text()))?;
        Ok(Self(asked))
    }
}

pub(super) fn bad(detail: String) -> Problem {
    Problem::new(
        StatusCode::BAD_REQUEST,
        "bad-query",
        "The query cannot be understood",
        "Change the query as `detail` says; the README lists what it may hold.",
        detail,
    )
}

/// How many entries a list may have: as many as were asked for, within bounds.
pub(super) fn limit(asked: Option<usize>) -> Result<usize, Problem> {
    match asked.unwrap_or(100) {
        limit @ 1..=MAX_ENTRIES => Ok(limit),
        _ => Err(bad(format!("`limit` is from 1 to {MAX_ENTRIES}"))),
    }
}

/// `?after=..`: which position the answer has to show at least, and how long that may take.
pub(super) struct Fresh {
    after: Option<Position>,
    patience: Duration,
}

#[derive(Deserialize)]
struct Parameters {
    after: Option<u64>,
    wait_ms: Option<u64>,
}

impl Fresh {
    const DEFAULT_PATIENCE: u64 = 2_000;
    const MAX_PATIENCE: u64 = 30_000;

    /// Waits until a projection shows what the client wants to see.
    pub(super) async fn wait(&self, shop: &Shop, projection: &str) -> Result<(), Problem> {
        let Some(after) = self.after else {
            return Ok(());
        };
        let head = shop.head().await?;
        if after > head {
            let detail = format!("`after` is {after}, but nothing was recorded beyond {head}");
            return Err(bad(detail));
        }
        Ok(shop.read.wait(projection, after, self.patience).await?)
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Fresh {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let Asked(Parameters { after, wait_ms }) = Asked::from_request_parts(parts, state).await?;
        let patience = wait_ms.unwrap_or(Self::DEFAULT_PATIENCE);
        Ok(Self {
            after: after.map(Position::new),
            patience: Duration::from_millis(patience.min(Self::MAX_PATIENCE)),
        })
    }
}
