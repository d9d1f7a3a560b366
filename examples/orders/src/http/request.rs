//! What clients send: a body in JSON, perhaps under an idempotency key.

use axum::body::Bytes;
use axum::extract::{FromRequest, FromRequestParts, Path, Request};
use axum::http::header::CONTENT_TYPE;
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode};
use serde::de::DeserializeOwned;
use serde_json::Value;
use uuid::Uuid;

use super::problem::Problem;
use crate::shop;

/// The namespace of the requests' fingerprints. Never change it: they are stored.
const FINGERPRINTS: Uuid = Uuid::from_u128(0x95e4_1b6d_7c38_4d02_b1f9_c4a6_0e77_58d5);

/// Longest idempotency key in bytes.
const MAX_KEY_BYTES: usize = 200;

/// A request that changes something.
pub(super) struct Posted<T> {
    /// What it asks for.
    pub(super) body: T,
    /// By what it is known when it comes again.
    pub(super) request: shop::Request,
}

/// A body that says nothing; it may be left out.
#[derive(Debug, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Nothing {}

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Posted<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let (method, path) = (request.method().clone(), request.uri().path().to_owned());
        let key = key(request.headers())?;
        let is_json = is_json(request.headers());
        let bytes = Bytes::from_request(request, state).await;
        let bytes = bytes.map_err(|rejection| match rejection.status() {
            StatusCode::PAYLOAD_TOO_LARGE => Problem::new(
                StatusCode::PAYLOAD_TOO_LARGE,
                "too-large",
                "The body is too large",
                "Send less at once.",
                format!("a body has at most {} bytes", super::MAX_BODY_BYTES),
            ),
            _ => unreadable(rejection.body_text()),
        })?;
        let value: Value = match &*bytes {
            [] => Value::Object(serde_json::Map::new()),
            _ if !is_json => return Err(not_json()),
            bytes => {
                serde_json::from_slice(bytes).map_err(|error| unreadable(error.to_string()))?
            }
        };
        // Of the value, not of the bytes: spaces and the order of fields do not make another request.
        let asked = format!("{method} {path} {value}");
        let fingerprint = Uuid::new_v5(&FINGERPRINTS, asked.as_bytes()).to_string();
        let body = serde_json::from_value(value).map_err(|error| {
            Problem::new(
                StatusCode::UNPROCESSABLE_ENTITY,
                "invalid",
                "The body says something else than this needs",
                "Change the body as `detail` says; the README has an example of each.",
                error.to_string(),
            )
        })?;
        let request = shop::Request { key, fingerprint };
        Ok(Self { body, request })
    }
}

fn key(headers: &HeaderMap) -> Result<Option<String>, Problem> {
    let mut keys = headers.get_all("idempotency-key").iter();
    let Some(key) = keys.next() else {
        return Ok(None);
    };
    match key.to_str().map(str::trim) {
        Ok(key) if !key.is_empty() && key.len() <= MAX_KEY_BYTES && keys.next().is_none() => {
            Ok(Some(key.into()))
        }
        _ => Err(Problem::new(
            StatusCode::BAD_REQUEST,
            "bad-key",
            "The idempotency key is none",
            "Send one key, such as a UUID.",
            format!("a key has 1 to {MAX_KEY_BYTES} visible ASCII characters, and there is one"),
        )),
    }
}

fn is_json(headers: &HeaderMap) -> bool {
    let sort = headers
        .get(CONTENT_TYPE)
        .and_then(|sort| sort.to_str().ok());
    let sort = sort.and_then(|sort| sort.split(';').next());
    sort.is_some_and(|sort| sort.trim().eq_ignore_ascii_case("application/json"))
}

fn not_json() -> Problem {
    Problem::new(
        StatusCode::UNSUPPORTED_MEDIA_TYPE,
        "not-json",
        "The body is not JSON",
        "Send JSON with the header `Content-Type: application/json` (`curl --json`).",
        "the content type is not application/json".into(),
    )
}

fn unreadable(detail: String) -> Problem {
    Problem::new(
        StatusCode::BAD_REQUEST,
        "unreadable",
        "The body cannot be read",
        "Send one JSON object, encoded in UTF-8.",
        detail,
    )
}

/// The id in the path.
pub(super) struct Id<T>(pub(super) T);

impl<S: Send + Sync, T: DeserializeOwned + Send> FromRequestParts<S> for Id<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        match Path::from_request_parts(parts, state).await {
            Ok(Path(id)) => Ok(Self(id)),
            Err(rejection) => Err(Problem::no_such_thing(rejection.body_text())),
        }
    }
}
