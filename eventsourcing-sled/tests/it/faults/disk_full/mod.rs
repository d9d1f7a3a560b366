//! A full disk: nothing half-written, readable all the while, and everything is there once there is room.

#[cfg(unix)]
mod file_size;
#[cfg(target_os = "linux")]
mod file_system;

#[cfg(target_os = "linux")]
pub(crate) use self::file_system::may_mount;
