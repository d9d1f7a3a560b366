//! The derives as their users meet them: what compiles, and that it reads what was stored.

mod account;
mod stored;
