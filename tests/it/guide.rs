//! The code of the guides in `docs/`, each chapter with what is around it in `guide/`.

#![allow(
    dead_code,
    unused_imports,
    unreachable_pub,
    clippy::pedantic,
    reason = "it is laid out for readers of the guide"
)]

include!(concat!(env!("OUT_DIR"), "/guide.rs"));
