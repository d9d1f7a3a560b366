//! Which part of a shape became which: by name, by a name that is still read, by place.

/// How two parts were found to be one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Match {
    Name,
    Alias,
    Place,
}

pub(super) type Pairs = Vec<(usize, usize, Match)>;

/// Pairs parts of one name, then those whose old name is still read, then those that are alike in the same place.
pub(super) fn pair<T>(
    before: &[T],
    after: &[T],
    name: impl Fn(&T, &T) -> bool,
    alias: impl Fn(&T, &T) -> bool,
    alike: impl Fn(&T, &T) -> bool,
) -> (Pairs, Vec<usize>, Vec<usize>) {
    let mut pairs = Pairs::new();
    let mut found = |how: Match, same: &dyn Fn(usize, usize) -> bool| {
        for a in 0..before.len() {
            for b in 0..after.len() {
                let free = !pairs.iter().any(|pair| pair.0 == a || pair.1 == b);
                if free && same(a, b) {
                    pairs.push((a, b, how));
                }
            }
        }
    };
    found(Match::Name, &|a, b| name(&before[a], &after[b]));
    found(Match::Alias, &|a, b| alias(&before[a], &after[b]));
    if before.len() == after.len() {
        found(Match::Place, &|a, b| a == b && alike(&before[a], &after[b]));
    }
    pairs.sort_by_key(|pair| pair.0);
    let removed = (0..before.len()).filter(|a| !pairs.iter().any(|pair| pair.0 == *a));
    let added = (0..after.len()).filter(|b| !pairs.iter().any(|pair| pair.1 == *b));
    let (removed, added) = (removed.collect(), added.collect());
    (pairs, removed, added)
}

pub(super) fn in_order(pairs: &Pairs) -> bool {
    pairs.windows(2).all(|two| two[0].1 < two[1].1)
}
