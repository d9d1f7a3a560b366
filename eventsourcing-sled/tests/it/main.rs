//! What only this store has to keep: its files, its faults, its index.

mod contract;
