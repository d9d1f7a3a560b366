//! Results that come from a call, beside those that are made in line.

/// Makes a result in a function and a place of its own, and moves it here from there.
///
/// What a call returns and registers do not hold lies in memory. If that were the caller's own place for its result, what is made in line beside the
/// call would be written there as well, and read back by whoever wants to know which it is: that takes longer than reading
/// a small payload.
#[expect(
    clippy::inline_always,
    reason = "a call to this would be handed the place that is to be kept out of calls"
)]
#[inline(always)]
pub fn apart<R>(make: impl FnOnce() -> R) -> R {
    let mut place = None;
    put(&mut place, make);
    match place {
        Some(result) => result,
        None => unreachable!("it was put there"),
    }
}

#[cold]
#[inline(never)]
fn put<R>(place: &mut Option<R>, make: impl FnOnce() -> R) {
    *place = Some(make());
}
