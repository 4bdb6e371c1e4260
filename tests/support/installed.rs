//! What `.ci/toolchain` installs.

use std::path::{Path, PathBuf};

/// The folder of headers: `TRANSHIP_TOOLCHAIN`, else `target/toolchain`. It may not be there.
pub(crate) fn headers() -> PathBuf {
    let set = std::env::var_os("TRANSHIP_TOOLCHAIN").map(PathBuf::from);
    set.unwrap_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("target/toolchain"))
}
