//! `tranship convert -`: converts one file from standard input to standard output.

use std::fs;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use super::args::Convert;
use super::{Ending, convert, summary};
use crate::project::run::translate_one;
use crate::project::setup::{Setup, home};
use crate::project::support;
use tranship_engine::result::{Basis, Conversion, merge_equal_findings};

/// Runs the command.
pub(super) fn run(args: &Convert) -> anyhow::Result<Ending> {
    anyhow::ensure!(args.paths.len() == 1, "`-` must be the only path");
    let output = &args.output;
    anyhow::ensure!(
        output.out.is_none() && !output.in_place && !output.diff && output.patch_per_rule.is_none(),
        "`-` writes to standard output, so there is no other place for its result"
    );
    anyhow::ensure!(
        !args.run.report.survey(),
        "`--output-format html` and `--statistics` are about projects; convert a folder"
    );
    let shown = args.stdin_filename.clone().unwrap_or_else(|| PathBuf::from("stdin.cu"));
    let folder = shown.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let folder = fs::canonicalize(folder).or_else(|_| std::path::absolute(folder))?;
    let root = home(&folder);
    let path =
        folder.strip_prefix(&root).unwrap_or(Path::new("")).join(shown.file_name().unwrap_or_default());
    let mut setup = Setup::new(&root, &args.run.settings.overrides())?;
    let mut bytes = Vec::new();
    io::stdin().lock().read_to_end(&mut bytes)?;
    let (output, file) = translate_one(&root, &path, bytes, &mut setup, &shown);
    if let Some(path) = args.support_header.as_ref().filter(|_| !file.helpers.is_empty()) {
        support::write_to(path, &file.helpers, &setup.context)?;
    } else if !file.helpers.is_empty() {
        let header = setup.context.support.path.display();
        writeln!(io::stderr(), "The result includes `{header}`; `--support-header FILE` writes it.")?;
    }
    let mut out = io::stdout().lock();
    out.write_all(&output)?;
    out.flush()?;
    let basis = Some(Basis::new(shown.parent().unwrap_or(Path::new("")), &setup.context));
    let mut conversion = Conversion { basis, files: vec![file], walked: 1, ..Conversion::default() };
    merge_equal_findings(&mut conversion);
    let conversions = [conversion];
    let text = args.run.report.text(&conversions);
    convert::findings(&args.run.report, &text, true)?;
    summary::print(&[], &conversions, false)?;
    Ok(convert::ending(args, &conversions))
}
