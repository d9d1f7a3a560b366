//! `/revenue`: what came in, by day.

use std::ops::Bound;

use axum::Json;
use axum::extract::State;
use eventsourcing::Projection;
use serde::{Deserialize, Serialize};

use super::problem::Problem;
use super::query::{Listed, bad, limit};
use crate::error::Error;
use crate::read::revenue::{DAYS, Day, Revenue};
use crate::shop::Shop;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Days {
    from: Option<String>,
    to: Option<String>,
    limit: Option<usize>,
}

#[derive(Debug, Serialize)]
pub(super) struct Shown {
    days: Vec<Entry>,
    /// The day on which the next page begins; nothing if this is the last one.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
}

#[derive(Debug, Serialize)]
struct Entry {
    day: String,
    currency: String,
    payments: u64,
    captured_cents: u64,
    refunds: u64,
    refunded_cents: u64,
}

/// `GET /revenue?from=2026-03-01&to=2026-03-31`, both included; all days where they are left out. A page ends with a
/// whole day, so it may be longer than `limit` by the currencies of that day.
pub(super) async fn by_day(
    State(shop): State<Shop>,
    Listed(
        Days {
            from,
            to,
            limit: most,
        },
        fresh,
    ): Listed<Days>,
) -> Result<Json<Shown>, Problem> {
    let most = limit(most)?;
    let from = day(from)?.map_or(Bound::Unbounded, |day| {
        Bound::Included((day.begin(), String::new()))
    });
    let to = day(to)?.map_or(Bound::Unbounded, |day| {
        Bound::Excluded((day.end(), String::new()))
    });
    fresh.wait(&shop, Revenue::NAME).await?;
    let view = shop.read.view(Revenue::NAME)?;
    let (mut days, mut last) = (Vec::new(), None);
    for row in view.range(&DAYS, (from, to)).map_err(Error::from)? {
        let ((begin, currency), row) = row.map_err(Error::from)?;
        let day = Day::text(begin);
        if days.len() >= most && last != Some(begin) {
            let next = Some(day);
            return Ok(Json(Shown { days, next }));
        }
        last = Some(begin);
        days.push(Entry {
            day,
            currency,
            payments: row.payments,
            captured_cents: row.captured,
            refunds: row.refunds,
            refunded_cents: row.refunded,
        });
    }
    Ok(Json(Shown { days, next: None }))
}

fn day(text: Option<String>) -> Result<Option<Day>, Problem> {
    let day = text.map(|text| {
        text.parse()
            .map_err(|_| bad(format!("`{text}` is no day; write it like 2026-03-01")))
    });
    day.transpose()
}
