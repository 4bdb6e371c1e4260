//! What `.ci/toolchain` installs.

#![allow(dead_code, reason = "every test program uses its own part")]

use std::path::{Path, PathBuf};

/// The folder of headers: `TRANSHIP_TOOLCHAIN`, else `target/toolchain`. It may not be there.
pub(crate) fn headers() -> PathBuf {
    let set = std::env::var_os("TRANSHIP_TOOLCHAIN").map(PathBuf::from);
    set.unwrap_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("target/toolchain"))
}

/// A Python tool of `.ci/toolchain`, or `None` after saying that it is missing. On CI a missing tool is a failure.
pub(crate) fn tool(name: &str) -> Option<PathBuf> {
    let path = headers().join("python/bin").join(name);
    if path.is_file() {
        return Some(path);
    }
    assert!(std::env::var("CI").as_deref() != Ok("true"), "{}: run .ci/toolchain", path.display());
    eprintln!("skipped: needs {name} of .ci/toolchain");
    None
}
