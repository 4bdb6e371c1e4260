//! `--show-settings`: prints the settings in effect for each folder.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use anyhow::Context as _;

use super::Ending;
use super::options::SettingFlags;
use crate::project::paths::near;
use crate::project::settings::settings;
use crate::project::setup::home;

/// Prints the settings for `paths`, which are the paths of the command with the flags `flags`.
pub(super) fn show(paths: &[PathBuf], flags: &SettingFlags) -> anyhow::Result<Ending> {
    let overrides = flags.overrides();
    let mut out = io::stdout().lock();
    for path in paths {
        let path = if path == Path::new("-") { Path::new(".") } else { path };
        let real = fs::canonicalize(path).with_context(|| format!("{}: cannot read", path.display()))?;
        let root = if real.is_dir() { real } else { home(real.parent().unwrap_or(Path::new("/"))) };
        out.write_all(settings(&root, &near(&root), &overrides)?.as_bytes())?;
    }
    out.flush()?;
    Ok(Ending::Done)
}
