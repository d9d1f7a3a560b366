//! What only this store has to keep: its files, its faults, its index.

mod backup;
mod cancel;
mod checkpoints;
mod closed;
mod contract;
mod corruption;
mod damage;
mod faults;
mod index_faults;
mod life;
mod lists;
mod load;
mod locking;
mod poison;
mod queue;
mod read_models;
mod sizes;
mod subscription;
mod support;
mod together;
mod verify;
mod wakers;
