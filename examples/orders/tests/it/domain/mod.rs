//! The rules, given/when/then.

mod order;
mod payment;
mod product;
mod user;
