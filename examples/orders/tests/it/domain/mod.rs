//! The rules, given/when/then.

mod fulfilment;
mod order;
mod payment;
mod product;
mod user;
