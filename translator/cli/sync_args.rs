//! The flags of `tranship sync`.

use std::path::PathBuf;

use clap::{ArgAction, Args, ValueHint};

use super::options::Run;
use crate::sync::merge::ConflictStyle;

const SYNC_AFTER: &str = "\
Examples:
  tranship sync app                           merge into app-hip, which `tranship convert app` wrote
  tranship sync app --into port               merge into another folder
  tranship sync app --dry-run                 only list what would happen
  tranship sync app --check                   for CI: fail if a sync would change something
  tranship sync app --keep-mine src/a.hip     decide the conflicts of a file for your edits
  tranship sync app --into port --adopt       begin with a folder that was ported by hand

Exit codes:
  0  everything is merged
  1  there are conflicts, or with `--check` a file would change
  2  something could not be read or written";

/// `tranship sync`.
#[derive(Args)]
#[command(after_help = SYNC_AFTER)]
#[allow(clippy::struct_excessive_bools, reason = "each is a flag")]
pub(crate) struct Sync {
    /// The folder of the CUDA source
    #[arg(value_name = "SOURCE", value_hint = ValueHint::DirPath)]
    pub(crate) source: PathBuf,
    /// The folder with the edited output [default: `<SOURCE>-hip`]
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub(crate) into: Option<PathBuf>,
    /// Write nothing, and report each file that would change
    #[arg(long, conflicts_with = "dry_run")]
    pub(crate) check: bool,
    /// Write nothing, and list what would happen
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Write nothing, and print the changes of the output folder as a patch for `git apply`
    #[arg(long, conflicts_with_all = ["check", "dry_run", "adopt"])]
    pub(crate) diff: bool,
    /// Change no file; record the present conversion of SOURCE as the origin of the files in the output
    #[arg(long, conflicts_with_all = ["check", "keep_mine", "take_new", "conflict_style"])]
    pub(crate) adopt: bool,
    /// How conflicts are marked [default: git's `merge.conflictStyle`, or else `merge`]
    #[arg(long, value_name = "STYLE")]
    pub(crate) conflict_style: Option<ConflictStyle>,
    /// Decide the conflicts of these files of the output for your edits
    #[arg(long, value_name = "GLOB", action = ArgAction::Append)]
    pub(crate) keep_mine: Vec<String>,
    /// Decide the conflicts of these files of the output for the new conversion
    #[arg(long, value_name = "GLOB", action = ArgAction::Append)]
    pub(crate) take_new: Vec<String>,
    #[command(flatten)]
    pub(crate) run: Run,
}
