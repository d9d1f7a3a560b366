//! The derives as their users meet them: what compiles, and that it reads what was stored.

mod account;
mod chain;
mod compat;
mod environment;
mod errors;
mod generics;
mod hygiene;
mod inline;
mod lints;
mod nested;
mod past;
mod renames;
mod shapes;
mod stored;
mod tags;
mod view;
