//! A progress bar on standard error, shown only on a terminal.

use std::io::IsTerminal;
use std::sync::OnceLock;

use indicatif::{ProgressBar, ProgressStyle};

/// A bar that appears with the first file. It never appears if standard error is not a terminal.
pub(super) struct Bar {
    is_seen: bool,
    bar: OnceLock<ProgressBar>,
}

impl Bar {
    /// A bar that is not shown yet.
    pub(super) fn new() -> Self {
        Self { is_seen: std::io::stderr().is_terminal(), bar: OnceLock::new() }
    }

    /// Shows that `at` of `of` files are done.
    pub(super) fn show(&self, at: usize, of: usize) {
        if !self.is_seen {
            return;
        }
        let bar = self.bar.get_or_init(|| {
            let style = ProgressStyle::with_template("{bar:32} {pos}/{len} files");
            ProgressBar::new(of as u64).with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
        });
        bar.set_position(at as u64);
    }

    /// Removes the bar.
    pub(super) fn clear(&self) {
        if let Some(bar) = self.bar.get() {
            bar.finish_and_clear();
        }
    }
}
