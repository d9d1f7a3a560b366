//! How the shop's refusals are put to clients.

use axum::http::StatusCode;

use super::problem::Problem;
use crate::domain::order::OrderError;
use crate::domain::payment::PaymentError;
use crate::domain::product::ProductError;
use crate::domain::user::UserError;
use crate::error::Refusal;

/// What can be wrong with a request that the shop has understood.
#[derive(Clone, Copy)]
enum Sort {
    /// It is about something that is not there.
    Missing,
    /// It never makes sense.
    Invalid,
    /// It makes no sense as things are.
    TooLate,
}

impl Refusal {
    pub(super) fn problem(&self, detail: String) -> Problem {
        match self.sort() {
            Sort::Missing => Problem::no_such_thing(detail),
            Sort::Invalid => Problem::new(
                StatusCode::UNPROCESSABLE_ENTITY,
                "invalid",
                "The request asks for something that cannot be",
                "Change the request as `detail` says.",
                detail,
            ),
            Sort::TooLate => Problem::new(
                StatusCode::CONFLICT,
                "refused",
                "The request does not fit what has happened",
                "Look at how things stand (GET), and decide anew.",
                detail,
            ),
        }
    }

    fn sort(&self) -> Sort {
        match self {
            Self::User(UserError::Unknown)
            | Self::Product(ProductError::Unknown)
            | Self::Order(OrderError::Unknown) => Sort::Missing,
            Self::User(UserError::Name | UserError::Email)
            | Self::Product(ProductError::Name | ProductError::Price | ProductError::Quantity(_))
            | Self::Order(
                OrderError::Lines(_)
                | OrderError::Twice(_)
                | OrderError::Quantity { .. }
                | OrderError::Currencies
                | OrderError::Total,
            )
            | Self::Payment(PaymentError::Text(_)) => Sort::Invalid,
            Self::User(UserError::AlreadyRegistered)
            | Self::Product(ProductError::AlreadyListed | ProductError::NotReserved(_))
            | Self::Order(
                OrderError::AlreadyPlaced | OrderError::Shipped | OrderError::Cancelled(_),
            )
            | Self::Payment(PaymentError::Unknown | PaymentError::Settled(_)) => Sort::TooLate,
        }
    }
}
