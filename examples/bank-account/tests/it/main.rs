//! The program as its users meet it, and its domain.

mod crash;
mod domain;
mod dormancy;
mod events;
mod every_step;
mod faults;
mod formats;
mod generations;
mod import;
#[cfg(target_os = "linux")]
mod killed;
mod lock;
mod operator;
mod projections;
mod read_models;
mod readme;
mod real_data;
mod support;
mod transfer_list;
mod transfers;
mod usage;
mod verbs;
