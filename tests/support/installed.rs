//! Access to the tools and headers that `.ci/toolchain` installs.

#![allow(dead_code, reason = "every test program uses its own part")]

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::support::root;

/// The folder of headers: `TRANSHIP_TOOLCHAIN`, else `target/toolchain`. It may not exist.
pub(crate) fn headers() -> PathBuf {
    let set = std::env::var_os("TRANSHIP_TOOLCHAIN").map(PathBuf::from);
    set.unwrap_or_else(|| root().join("target/toolchain"))
}

/// A Python tool of `.ci/toolchain`, or `None` after reporting that it is missing.
pub(crate) fn tool(name: &str) -> Option<PathBuf> {
    let path = headers().join("python/bin").join(name);
    let found = path.is_file().then_some(path);
    if found.is_none() {
        missing(name);
    }
    found
}

/// Whether `program` runs. If not, reports that `program` is missing.
pub(crate) fn has(program: &str) -> bool {
    let found = runs(program);
    if !found {
        missing(program);
    }
    found
}

/// Whether `program --version` runs and succeeds.
pub(crate) fn runs(program: impl AsRef<Path>) -> bool {
    let mut command = Command::new(program.as_ref());
    let command = command.arg("--version").stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command.status().is_ok_and(|status| status.success())
}

/// Whether continuous integration runs the tests. There every tool must be installed.
pub(crate) fn on_ci() -> bool {
    std::env::var("CI").is_ok_and(|value| value == "true")
}

/// Reports that a test is skipped because `what` is missing. On continuous integration the test fails.
#[track_caller]
pub(crate) fn missing(what: &str) {
    assert!(!on_ci(), "{what} is missing: run .ci/toolchain");
    say(&format!("skipped: needs {what}; .ci/toolchain installs it\n"));
}

/// Writes to standard error directly. The test runner does not capture it, so a passing run shows it too.
pub(crate) fn say(text: &str) {
    // A test does not fail because standard error is closed.
    let _ = std::io::stderr().write_all(text.as_bytes());
}
