//! Case 76: left to rustc.

#[es(name = "account")]
struct Account {}

fn main() {}
