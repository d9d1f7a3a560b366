//! What is answered where something is wrong: a problem document (RFC 9457) that also says what to do.

use axum::http::header::{CONTENT_TYPE, RETRY_AFTER};
use axum::http::{HeaderValue, Method, StatusCode};
use axum::response::{IntoResponse, Response};
use eventsourcing::{
    AppendError, LoadError, ProjectionStoreError, ReadError, ReadModelError, WaitError,
};
use serde::Serialize;

use crate::error::Error;

/// A problem document.
#[derive(Debug, Serialize)]
pub(crate) struct Problem {
    /// Names the kind of problem, for programs: `/problems/key-reused`.
    #[serde(rename = "type")]
    kind: String,
    title: &'static str,
    status: u16,
    /// What it is about this time, for people.
    detail: String,
    /// What the client does about it.
    advice: &'static str,
    /// After how many seconds the same request may be granted.
    #[serde(skip)]
    retry_after: Option<u16>,
}

impl Problem {
    pub(super) fn new(
        status: StatusCode,
        kind: &'static str,
        title: &'static str,
        advice: &'static str,
        detail: String,
    ) -> Self {
        Self {
            kind: format!("/problems/{kind}"),
            title,
            status: status.as_u16(),
            detail,
            advice,
            retry_after: None,
        }
    }

    pub(super) fn retry_after(self, seconds: u16) -> Self {
        Self {
            retry_after: Some(seconds),
            ..self
        }
    }

    pub(super) fn no_such_page(path: &str) -> Self {
        Self::new(
            StatusCode::NOT_FOUND,
            "no-such-page",
            "There is nothing here",
            "The README lists what can be asked.",
            format!("there is nothing at {path}"),
        )
    }

    pub(super) fn no_such_method(method: &Method, path: &str) -> Self {
        Self::new(
            StatusCode::METHOD_NOT_ALLOWED,
            "no-such-method",
            "This is asked in another way",
            "Use one of the methods in the header `Allow`: GET reads, POST changes.",
            format!("{path} does not take {method}"),
        )
    }

    /// The path names something that cannot be.
    pub(super) fn no_such_thing(detail: String) -> Self {
        Self::new(
            StatusCode::NOT_FOUND,
            "not-found",
            "There is no such thing",
            "Check the id in the path.",
            detail,
        )
    }

    pub(super) fn busy(detail: String) -> Self {
        Self::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "unavailable",
            "The shop cannot answer at the moment",
            "Nothing was changed. Send the same request again.",
            detail,
        )
        .retry_after(1)
    }

    pub(super) fn broken(detail: String) -> Self {
        Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "broken",
            "The shop cannot go on with this",
            "Sending it again will not help; tell whoever runs the shop.",
            detail,
        )
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        if status.is_server_error() {
            eprintln!("{} {}: {}", self.status, self.kind, self.detail);
        }
        let body = serde_json::to_string(&self).unwrap_or_default();
        let json = HeaderValue::from_static("application/problem+json");
        let mut response = (status, [(CONTENT_TYPE, json)], body).into_response();
        if let Some(seconds) = self.retry_after {
            response.headers_mut().insert(RETRY_AFTER, seconds.into());
        }
        response
    }
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        let detail = error.to_string();
        match error {
            Error::Refused { refusal, .. } => refusal.problem(detail),
            Error::EmailTaken(_) => Self::new(
                StatusCode::CONFLICT,
                "email-taken",
                "The e-mail address is taken",
                "Use another address, or the user that has this one.",
                detail,
            ),
            Error::KeyReused(_) => Self::new(
                StatusCode::UNPROCESSABLE_ENTITY,
                "key-reused",
                "The idempotency key belongs to another request",
                "Use a new key for a new request, or repeat the first one as it was.",
                detail,
            ),
            Error::Append(error) => error.into(),
            Error::Load(error) => error.into(),
            Error::Read(error) => error.into(),
            Error::Model(error) => error.into(),
            Error::Wait(error) => error.into(),
            Error::Runner(error) => error.into(),
            Error::Parked { .. } | Error::Internal(_) => Self::broken(detail),
        }
    }
}

impl From<AppendError> for Problem {
    fn from(error: AppendError) -> Self {
        let detail = error.to_string();
        match error {
            AppendError::Conflict { .. } | AppendError::ConditionFailed { .. } => Self::new(
                StatusCode::CONFLICT,
                "contended",
                "Too many others want to change the same thing",
                "Nothing was changed. Send the same request again.",
                detail,
            )
            .retry_after(1),
            AppendError::OutcomeUnknown { .. } => Self::new(
                StatusCode::SERVICE_UNAVAILABLE,
                "outcome-unknown",
                "It is not known whether this was done",
                "With an `Idempotency-Key`, send the same request again: it is done once. Without one, look first.",
                detail,
            )
            .retry_after(1),
            AppendError::StorageFull { .. } => Self::new(
                StatusCode::INSUFFICIENT_STORAGE,
                "storage-full",
                "The shop has run out of room",
                "Nothing was changed. Try again when whoever runs the shop has made room.",
                detail,
            )
            .retry_after(60),
            AppendError::Unavailable { .. } => Self::busy(detail),
            _ => Self::broken(detail),
        }
    }
}

impl From<LoadError> for Problem {
    fn from(error: LoadError) -> Self {
        let detail = error.to_string();
        match error {
            LoadError::Read {
                source: ReadError::Unavailable { .. },
                ..
            } => Self::busy(detail),
            LoadError::InvalidId(error) => Self::no_such_thing(error.to_string()),
            _ => Self::broken(detail),
        }
    }
}

impl From<ReadError> for Problem {
    fn from(error: ReadError) -> Self {
        let detail = error.to_string();
        match error {
            ReadError::Unavailable { .. } => Self::busy(detail),
            _ => Self::broken(detail),
        }
    }
}

impl From<ReadModelError> for Problem {
    fn from(error: ReadModelError) -> Self {
        let detail = error.to_string();
        match error {
            ReadModelError::NotServed { .. }
            | ReadModelError::Replaced { .. }
            | ReadModelError::Store(ProjectionStoreError::Unavailable { .. }) => Self::busy(detail),
            _ => Self::broken(detail),
        }
    }
}

impl From<WaitError> for Problem {
    fn from(error: WaitError) -> Self {
        let detail = error.to_string();
        match error {
            WaitError::TimedOut { .. } => Self::new(
                StatusCode::SERVICE_UNAVAILABLE,
                "not-yet",
                "The read model does not show it yet",
                "It was done. Ask again, with the same `after`; or without, to see what there is.",
                detail,
            )
            .retry_after(1),
            WaitError::Paused { .. }
            | WaitError::Stopped { .. }
            | WaitError::NotRunning { .. }
            | WaitError::Stale { .. } => Self::new(
                StatusCode::SERVICE_UNAVAILABLE,
                "read-model-stopped",
                "The read model is not kept up to date at the moment",
                "It was done. Ask without `after` to see what there is; tell whoever runs the shop.",
                detail,
            )
            .retry_after(60),
            _ => Self::broken(detail),
        }
    }
}
