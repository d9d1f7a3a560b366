//! The shop's rules: users, products, orders and payments, what can happen to them and what can be asked of them, and what
//! leads orders to their end. No I/O in here.

pub mod fulfilment;
mod ids;
mod money;
pub mod order;
pub mod payment;
pub mod product;
pub mod user;

pub use self::ids::{InvalidSku, OrderId, Sku, UserId};
pub use self::money::{Currency, Money};

/// Whether a text can stand where a person is to read it: one line, not blank, of at most `max` bytes.
fn is_one_line(text: &str, max: usize) -> bool {
    !text.trim().is_empty() && text.len() <= max && !text.contains(char::is_control)
}
