//! Process managers under a runner: transfers between accounts, whatever happens to them.
//!
//! | pitfall | shown by |
//! | --- | --- |
//! | H1, H2: a crash anywhere repeats no command and forgets none | `crash` |
//! | H4: an instance that cannot react is parked alone | `strict` |
//! | an event that is parked under another key than it has today | `other_key` |
//! | one that has stopped keeps others from their rounds | `stopped` |
//! | H5: what was asked for by a former program and is not known any more | `strict` |
//! | H6: timers fire once, across restarts and steps of the clock, after what came in time and before what did not | `timers`, `deadlines`, `laws` |
//! | many timers cost no more each than few | `many` |
//! | H7: instances that are not there yet, or not any more | `strict` |
//! | H9: handling everything again has no effect | `crash`, `timers` |
//! | what one event leads to, in another order in the next program | `fan_out` |
//! | two that answer each other for ever | `endless` |
//! | a timer ends the chain of causes | `causes` |
//! | a timer that no program answers to is forgotten | `unknown_timer` |
//! | a timer that fails is seen by nobody | `failing` |
//! | a log that was restored from a backup | `restored` |
//! | what is parked is passed over when rows are lost | `passed_over` |
//! | a start that leads to nothing starts nothing | `quiet_start` |
//! | parts of one stored event that belong to two instances, of which one waits | `split` |
//! | names that begin like another's, ids as long as may be | `names` |

mod basics;
mod causes;
mod context;
mod crash;
mod deadlines;
mod endless;
mod failing;
mod fan_out;
mod laws;
mod many;
mod names;
mod other_key;
mod passed_over;
mod planned;
mod quiet_start;
mod restored;
mod split;
mod stopped;
mod strict;
mod timers;
pub(crate) mod transfer;
mod unknown_timer;
