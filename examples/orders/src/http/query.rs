//! What clients ask for in the query of a GET.

use std::time::Duration;

use axum::extract::{FromRequestParts, Query};
use axum::http::request::Parts;
use axum::http::{StatusCode, Uri};
use eventsourcing::Position;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::problem::Problem;
use crate::shop::Shop;

/// Most entries of a list.
pub(super) const MAX_ENTRIES: usize = 1_000;

/// The query of a list, `?limit=..&..`. Its type refuses what it does not know: a mistyped name would change the answer unseen.
pub(super) struct Asked<T>(pub(super) T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequestParts<S> for Asked<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        Ok(Self(parse(&parts.uri)?))
    }
}

/// The same of a read model, where `after` and `wait_ms` say how fresh it has to be.
pub(super) struct Listed<T>(pub(super) T, pub(super) Fresh);

impl<S: Send + Sync, T: DeserializeOwned> FromRequestParts<S> for Listed<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let query = parts.uri.query().unwrap_or_default();
        let is_about_time = |pair: &&str| {
            let name = pair.split_once('=').map_or(*pair, |(name, _)| name);
            Parameters::NAMES.contains(&name)
        };
        let (time, rest) = query.split('&').partition::<Vec<_>, _>(is_about_time);
        let asked = |pairs: Vec<&str>| {
            let uri = format!("/?{}", pairs.join("&")).parse::<Uri>();
            uri.map_err(|error| bad(error.to_string()))
        };
        let fresh: Parameters = parse(&asked(time)?)?;
        Ok(Self(parse(&asked(rest)?)?, fresh.into()))
    }
}

fn parse<T: DeserializeOwned>(uri: &Uri) -> Result<T, Problem> {
    let parsed = Query::try_from_uri(uri);
    let Query(asked) = parsed.map_err(|rejection| bad(rejection.body_text()))?;
    Ok(asked)
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
#[serde(deny_unknown_fields)]
struct Parameters {
    after: Option<u64>,
    wait_ms: Option<u64>,
}

impl Parameters {
    const NAMES: [&str; 2] = ["after", "wait_ms"];
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

impl From<Parameters> for Fresh {
    fn from(asked: Parameters) -> Self {
        let patience = asked.wait_ms.unwrap_or(Self::DEFAULT_PATIENCE);
        Self {
            after: asked.after.map(Position::new),
            patience: Duration::from_millis(patience.min(Self::MAX_PATIENCE)),
        }
    }
}
