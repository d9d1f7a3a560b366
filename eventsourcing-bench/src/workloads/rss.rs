//! How much memory the process holds, as Linux counts it.

use std::fs;

/// Starts counting the peak anew.
pub(super) fn reset_peak() {
    // Where the system does not allow it, the peak since the start is reported: too much rather than too little.
    let _ = fs::write("/proc/self/clear_refs", "5");
}

/// The most memory held since the last reset, in MiB; `None` where the system does not say.
pub(super) fn peak_mib() -> Option<f64> {
    field("VmHWM:")
}

/// The memory held now, in MiB; `None` where the system does not say.
pub(super) fn now_mib() -> Option<f64> {
    field("VmRSS:")
}

fn field(name: &str) -> Option<f64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix(name))?;
    let kib: f64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kib / 1024.0)
}
