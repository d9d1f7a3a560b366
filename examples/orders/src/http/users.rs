//! `/users`: who orders.

use axum::Json;
use axum::extract::State;
use eventsourcing::{AppendCondition, AppendError, Filter, Position, Projection, Repository};
use serde::{Deserialize, Serialize};

use super::answer::Receipt;
use super::problem::Problem;
use super::query::{self, Listed};
use super::request::{Id, Posted};
use crate::domain::order::{Reason, Status};
use crate::domain::user::{RegisterUser, Registered, RenameUser, UserError};
use crate::domain::{Money, OrderId, UserId};
use crate::error::Error;
use crate::read::orders::{BY_USER, ORDERS, Orders};
use crate::shop::Shop;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Register {
    name: String,
    email: String,
}

/// `POST /users`
pub(super) async fn register(
    State(shop): State<Shop>,
    posted: Posted<Register>,
) -> Result<Receipt, Problem> {
    let Register { name, email } = posted.body;
    let user = UserId::for_request(posted.request.key.as_deref());
    // An address that cannot be a tag is refused by the command.
    let nobody_has_it = Registered::email_tag(&email)
        .ok()
        .map(|tag| AppendCondition {
            none_of: vec![Filter::all().tag(tag)],
            after: Position::START,
        });
    let command = RegisterUser {
        user,
        name,
        email: email.clone(),
    };
    let done = shop
        .execute(&shop.users, command, &posted.request, nobody_has_it)
        .await
        .map_err(|error| match error {
            Error::Append(AppendError::ConditionFailed { .. }) => Error::EmailTaken(email),
            error => error,
        })?;
    Ok(Receipt::created("/users", &user, done))
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Rename {
    name: String,
}

/// `POST /users/{user}/name`
pub(super) async fn rename(
    State(shop): State<Shop>,
    Id(user): Id<UserId>,
    posted: Posted<Rename>,
) -> Result<Receipt, Problem> {
    let name = posted.body.name;
    let command = RenameUser { user, name };
    let done = shop
        .execute(&shop.users, command, &posted.request, None)
        .await?;
    Ok(Receipt::changed(&user, done))
}

#[derive(Debug, Serialize)]
pub(super) struct Shown {
    id: UserId,
    name: String,
    email: String,
}

/// `GET /users/{user}`
pub(super) async fn show(
    State(shop): State<Shop>,
    Id(id): Id<UserId>,
) -> Result<Json<Shown>, Problem> {
    let user = shop.users.load(&id).await.map_err(Error::from)?;
    if !user.exists() {
        return Err(Error::refused(format!("user {id}"), UserError::Unknown).into());
    }
    Ok(Json(Shown {
        id,
        name: user.state().name().into(),
        email: user.state().email().into(),
    }))
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Which {
    /// Only those placed before this position: the `next` of the page before.
    before: Option<u64>,
    limit: Option<usize>,
}

#[derive(Debug, Serialize)]
pub(super) struct Ordered {
    orders: Vec<Entry>,
    /// Where the next page begins; nothing if this is the last one.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<u64>,
}

#[derive(Debug, Serialize)]
struct Entry {
    id: OrderId,
    status: Status,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<Reason>,
    lines: usize,
    total: Money,
    placed_at: String,
}

/// `GET /users/{user}/orders`: the newest first
pub(super) async fn orders(
    State(shop): State<Shop>,
    Id(user): Id<UserId>,
    Listed(Which { before, limit }, fresh): Listed<Which>,
) -> Result<Json<Ordered>, Problem> {
    let limit = query::limit(limit)?;
    fresh.wait(&shop, Orders::NAME).await?;
    let view = shop.read.view(Orders::NAME)?;
    let theirs = (user, 0)..(user, before.unwrap_or(u64::MAX));
    let rows = view.by_index_rev(&ORDERS, &BY_USER, theirs);
    let (mut orders, mut next) = (Vec::new(), None);
    for row in rows.map_err(Error::from)?.take(limit) {
        let (id, row) = row.map_err(Error::from)?;
        next = Some(row.position);
        orders.push(Entry {
            id,
            status: row.status,
            reason: row.reason,
            lines: row.lines,
            total: row.total,
            placed_at: row.placed_at.to_string(),
        });
    }
    let next = next.filter(|_| orders.len() == limit);
    Ok(Json(Ordered { orders, next }))
}
