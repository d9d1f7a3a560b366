//! The program as its users meet it, and its domain.

mod crash;
mod domain;
mod dormancy;
mod events;
mod faults;
mod formats;
mod generations;
mod import;
mod lock;
mod operator;
mod projections;
mod read_models;
mod readme;
mod real_data;
mod support;
mod transfers;
mod usage;
mod verbs;
