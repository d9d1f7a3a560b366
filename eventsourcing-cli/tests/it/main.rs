//! `es` as its users meet it.

mod lock;
