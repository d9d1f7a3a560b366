//! Runs the bodies of the fuzz targets as ordinary tests: committed seeds, valid examples, mutations of both, nonsense.
//!
//! Everything is deterministic: a target's name seeds its random numbers.

use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::path::Path;

use fastrand::Rng;

/// A fuzz target: its name, its body, and the memory it may hold: so many bytes in any case, for tables and buffers, and
/// so many per byte of input.
pub type Target = (&'static str, fn(&[u8]), u64, u64);

/// How often a body may allocate as much as it may hold. A body that copies its input again and again for every byte
/// of it is found out by this.
const TURNOVER: u64 = 16;
/// Longest input that is made up.
const MAX_LEN: usize = 16 << 10;

/// Runs a target's body on one input and checks that its memory is in proportion.
///
/// # Panics
/// If the body does, or if it takes too much memory.
pub fn check((name, body, fixed, factor): Target, input: &[u8]) {
    let used = allocation_counter::measure(|| body(input));
    let most = factor * input.len() as u64 + fixed;
    assert!(
        used.bytes_max <= most && used.bytes_total <= TURNOVER * most,
        "`{name}` held {} and allocated {} bytes for an input of {} bytes",
        used.bytes_max,
        used.bytes_total,
        input.len()
    );
}

/// Runs a target on its seeds, on `examples`, and on so many inputs made of them.
///
/// # Panics
/// If one of them fails; the message shows the input.
pub fn rounds(target: Target, examples: Vec<Vec<u8>>, rounds: usize) {
    let mut inputs = seeds(target.0);
    inputs.extend(examples);
    assert!(!inputs.is_empty(), "`{}` has no seeds", target.0);
    for input in &inputs {
        check_or_show(target, input);
    }
    let seed = target.0.bytes().fold(0, |seed: u64, byte| {
        seed.wrapping_mul(31).wrapping_add(byte.into())
    });
    let mut random = Rng::with_seed(seed);
    for _ in 0..rounds {
        let input = mutated(&inputs, &mut random);
        check_or_show(target, &input);
    }
}

fn check_or_show(target: Target, input: &[u8]) {
    if let Err(panic) = catch_unwind(AssertUnwindSafe(|| check(target, input))) {
        eprintln!("`{}` fails for b\"{}\"", target.0, input.escape_ascii());
        resume_unwind(panic);
    }
}

/// The inputs that are kept in the repository, in the order of their names.
fn seeds(name: &str) -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz/seeds");
    let Ok(entries) = fs::read_dir(folder.join(name)) else {
        return Vec::new();
    };
    let mut paths: Vec<_> = entries
        .map(|entry| entry.expect("a readable entry").path())
        .collect();
    paths.sort_unstable();
    let read = |path| fs::read(path).expect("a readable seed");
    paths.iter().map(read).collect()
}

/// One of the inputs, changed in a few places; now and then nonsense.
fn mutated(inputs: &[Vec<u8>], random: &mut Rng) -> Vec<u8> {
    let mut input = if random.u8(..16) == 0 {
        (0..random.usize(..256)).map(|_| random.u8(..)).collect()
    } else {
        inputs[random.usize(..inputs.len())].clone()
    };
    for _ in 0..=random.usize(..4) {
        change(&mut input, inputs, random);
    }
    input.truncate(MAX_LEN);
    input
}

/// Numbers on which decoders stumble, in the ways numbers are written.
const EDGES: [&[u8]; 10] = [
    &[0],
    &[0xff],
    &[0x7f],
    &[0x80, 0x01],
    &[0xff; 4],
    &[0xff; 8],
    &[0xff, 0xff, 0xff, 0xff, 0x0f],
    &[0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01],
    &[0, 0, 0, 0x80],
    b"-9223372036854775808",
];

fn change(input: &mut Vec<u8>, inputs: &[Vec<u8>], random: &mut Rng) {
    let len = input.len();
    let at = random.usize(..=len);
    let to = (at + random.usize(..16)).min(len);
    match random.u8(..8) {
        0 | 1 if at < len => input[at] ^= 1 << random.u8(..8),
        2 if at < len => input[at] = random.u8(..),
        3 => input.truncate(at),
        4 => drop(input.drain(at..to)),
        5 => {
            let again = input[at..to].repeat(1 + random.usize(..8));
            drop(input.splice(at..at, again));
        }
        6 => {
            let other = &inputs[random.usize(..inputs.len())];
            let from = random.usize(..=other.len());
            let part = other[from..].iter().take(random.usize(..64)).copied();
            drop(input.splice(at..to, part));
        }
        _ => {
            let edge = EDGES[random.usize(..EDGES.len())];
            let to = (at + edge.len() * usize::from(random.bool())).min(len);
            drop(input.splice(at..to, edge.iter().copied()));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[should_panic(expected = "`greedy` held")]
    fn memory_out_of_proportion_is_noticed() {
        check(
            ("greedy", |_| drop(vec![0_u8; 1 << 20]), 1 << 10, 16),
            &[0; 8],
        );
    }

    #[test]
    #[should_panic(expected = "and allocated")]
    fn copying_again_and_again_is_noticed() {
        let body = |input: &[u8]| {
            for _ in input {
                drop(std::hint::black_box(input.to_vec()));
            }
        };
        check(("slow", body, 1 << 10, 1), &vec![0; 64 << 10]);
    }

    #[test]
    fn inputs_differ_and_are_the_same_next_time() {
        let inputs = [b"hello, world".to_vec()];
        let run = |seed| {
            let mut random = Rng::with_seed(seed);
            (0..1000)
                .map(|_| mutated(&inputs, &mut random))
                .collect::<Vec<_>>()
        };
        assert_eq!(run(1), run(1));
        let distinct: std::collections::HashSet<_> = run(1).into_iter().collect();
        assert!(distinct.len() > 800, "{}", distinct.len());
    }
}
