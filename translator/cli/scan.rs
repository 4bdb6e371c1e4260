//! `tranship scan`: how ready a project is, without writing anything into it.

use std::io::{self, Write};
use std::path::PathBuf;

use anyhow::Context as _;
use clap::{Args, ValueHint};
use tranship_rules::Rules;

use super::args::{Choice, Report, Target, wishes};
use super::convert::{ending_of, findings};
use super::paths::{self, Wanted};
use super::progress::Bar;
use super::summary::files;
use super::{Ending, summary};
use crate::passes::Context;
use crate::project::run::{Conversion, Stop, convert};
use crate::report::{self, Format, Made};

const SCAN_AFTER: &str = "\
Examples:
  tranship scan                               the whole project
  tranship scan src/ --html ready.html        a page to look at and to hand on
  tranship scan src/ --output-format json     the same for programs

What one place that needs a person costs: `check` takes minutes, `edit` up to an hour, `rework` days.";

/// `tranship scan`.
#[derive(Args)]
#[command(after_help = SCAN_AFTER)]
pub(crate) struct Scan {
    /// Folders and files
    #[arg(default_value = ".", value_name = "PATH", value_hint = ValueHint::AnyPath)]
    pub(crate) paths: Vec<PathBuf>,
    /// Write a page for a browser to this file; short for `--output-format html --output-file FILE`
    #[arg(
        long,
        value_name = "FILE",
        value_hint = ValueHint::FilePath,
        conflicts_with_all = ["output_format", "output_file"]
    )]
    pub(crate) html: Option<PathBuf>,
    /// Exit with 0 where it would be 1
    #[arg(long)]
    pub(crate) exit_zero: bool,
    /// Files to work on at a time [default: one per processor]
    #[arg(short, long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub(crate) jobs: Option<u16>,
    #[command(flatten)]
    pub(crate) target: Target,
    #[command(flatten)]
    pub(crate) choice: Choice,
    #[command(flatten)]
    pub(crate) report: Report,
}

/// Runs the command.
pub(super) fn run(args: &Scan) -> anyhow::Result<Ending> {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(args.jobs.map_or(0, usize::from)).build()?;
    let (jobs, problems) = paths::jobs(&args.paths, &Wanted::Nowhere, &wishes(&args.target, &args.choice));
    let mut conversions = Vec::new();
    let mut made = None;
    for mut job in jobs {
        job.survey = true;
        let bar = Bar::new();
        conversions.push(pool.install(|| convert(&mut job, &Stop::default(), &|at, of| bar.show(at, of))));
        bar.clear();
        made.get_or_insert(job.setup.context);
    }
    if !problems.is_empty() {
        conversions.push(Conversion { problems, ..Conversion::default() });
    }
    let made = made.unwrap_or_else(|| Context::new(Rules::builtin()));
    let made = Made { target: &made.target, rules: &made.rules };
    if let Some(path) = &args.html {
        let page = report::render(Format::Html, &conversions, &made);
        std::fs::write(path, page).with_context(|| format!("{}: cannot write", path.display()))?;
    } else {
        let text = match args.report.output_format.format() {
            Format::Text => report::readiness(&conversions, &made),
            format => report::render(format, &conversions, &made),
        };
        findings(&args.report, &text, false)?;
    }
    summary(args, &conversions)?;
    Ok(ending_of(&conversions, false, args.exit_zero))
}

fn summary(args: &Scan, conversions: &[Conversion]) -> io::Result<()> {
    let mut out = anstream::stderr().lock();
    summary::problems(&mut out, conversions)?;
    summary::stale(&mut out, conversions)?;
    let walked = conversions.iter().map(|conversion| conversion.walked).sum();
    writeln!(out, "Scanned {}; nothing was converted.", files(walked))?;
    if args.html.is_none() && args.report.output_file.is_none() {
        writeln!(out, "Next: `tranship scan --html FILE` writes a page with every finding")?;
    }
    out.flush()
}
