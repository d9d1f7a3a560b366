//! What is answered to a request that has changed something.

use axum::Json;
use axum::http::header::LOCATION;
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use eventsourcing::{Position, Version};
use serde::Serialize;

use crate::shop::Done;

/// The receipt. The same again for the same idempotency key, with the header `Idempotency-Replayed`.
#[derive(Debug, Serialize)]
pub(super) struct Receipt {
    id: String,
    /// How many events the thing has had.
    version: Version,
    /// Whoever has read the log up to here has seen it: `GET ..?after=<position>`.
    position: Position,
    #[serde(skip)]
    replayed: bool,
    #[serde(skip)]
    location: Option<String>,
}

impl Receipt {
    /// Something was changed.
    pub(super) fn changed(id: &impl ToString, done: Done) -> Self {
        Self {
            id: id.to_string(),
            version: done.version,
            position: done.position,
            replayed: done.replayed,
            location: None,
        }
    }

    /// Something is there that was not there before; it is to be found below `collection`.
    pub(super) fn created(collection: &str, id: &impl ToString, done: Done) -> Self {
        let receipt = Self::changed(id, done);
        let location = Some(format!("{collection}/{}", receipt.id));
        Self {
            location,
            ..receipt
        }
    }
}

impl IntoResponse for Receipt {
    fn into_response(self) -> Response {
        let status = match self.location {
            Some(_) => StatusCode::CREATED,
            None => StatusCode::OK,
        };
        let location = self.location.as_deref().map(HeaderValue::from_str);
        let replayed = self.replayed;
        let mut response = (status, Json(self)).into_response();
        let headers = response.headers_mut();
        if let Some(Ok(location)) = location {
            headers.insert(LOCATION, location);
        }
        if replayed {
            headers.insert("idempotency-replayed", HeaderValue::from_static("true"));
        }
        response
    }
}
