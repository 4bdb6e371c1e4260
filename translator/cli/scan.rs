//! `tranship scan`: reports how ready a project is. It writes nothing into the project.

use std::io::{self, Write};

use anyhow::Context as _;

use super::args::Scan;
use super::convert::{ending_of, findings};
use super::options::{OutputFormat, page};
use super::progress::Bar;
use super::summary::files;
use super::{Ending, advise, summary};
use crate::project::git;
use crate::project::job::Stop;
use crate::project::paths::{self, RequestedOutput};
use crate::project::replace::replace;
use crate::project::run::convert;
use crate::report::{self, Efficiency, Format};
use tranship_engine::result::{Conversion, Shard, merge_equal_findings};

/// Runs the command.
pub(super) fn run(args: &Scan) -> anyhow::Result<Ending> {
    if !args.efficiency && args.compiler.is_used() {
        anyhow::bail!("the options of a compiler need `--efficiency`");
    }
    let pool = args.run.pool()?;
    let by_path = args.paths.len() > 1;
    let shard = args.shard.filter(|_| by_path).unwrap_or(Shard::ALL);
    let paths: Vec<_> = args.paths.iter().filter(|path| shard.has(path)).cloned().collect();
    let overrides = args.run.settings.overrides();
    let (jobs, problems) = paths::jobs(&paths, &RequestedOutput::Nowhere, &overrides);
    let mut conversions = Vec::new();
    for mut job in jobs {
        job.survey = true;
        job.shard = args.shard.filter(|_| !by_path);
        let bar = Bar::new();
        let mut conversion = pool.install(|| convert(&mut job, &Stop::default(), &|at, of| bar.show(at, of)));
        merge_equal_findings(&mut conversion);
        if args.run.report.output_format == OutputFormat::Json {
            conversion.revision = git::revision(&job.root);
        }
        conversions.push(conversion);
        bar.clear();
    }
    if !problems.is_empty() {
        conversions.push(Conversion { problems, ..Conversion::default() });
    }
    let measured = args
        .efficiency
        .then(|| advise::measure(&args.paths, &args.compiler, &pool, &overrides))
        .transpose()?;
    let efficiency = measured.as_ref().map(|measured| Efficiency {
        kernels: &measured.advice.kernels,
        failures: &measured.advice.failures,
        archs: &measured.archs,
        advice: &measured.conversions,
    });
    let efficiency = efficiency.as_ref();
    if let Some(path) = &args.html {
        replace(path, page(&conversions, efficiency).as_bytes())
            .with_context(|| format!("{}: cannot write", path.display()))?;
    } else {
        let text = match args.run.report.output_format.format() {
            Format::Text if !args.run.report.statistics => report::readiness(&conversions, efficiency),
            Format::Json => report::scan_json(&conversions, efficiency, args.shard.filter(|_| by_path)),
            Format::Html => page(&conversions, efficiency),
            _ => args.run.report.text(&conversions),
        };
        findings(&args.run.report, &text, false)?;
    }
    summary(args, &conversions)?;
    Ok(ending_of(&conversions, false, args.run.exit_zero))
}

fn summary(args: &Scan, conversions: &[Conversion]) -> io::Result<()> {
    let mut out = anstream::stderr().lock();
    summary::problems(&mut out, conversions)?;
    if args.run.report.quiet {
        return out.flush();
    }
    summary::stale(&mut out, conversions)?;
    for note in conversions.iter().filter_map(summary::empty) {
        writeln!(out, "{note}")?;
    }
    if let Some(shard) = args.shard {
        let what = if args.paths.len() > 1 { "paths" } else { "files" };
        writeln!(out, "Shard {shard} of the {what}.")?;
    }
    let walked = conversions.iter().map(|conversion| conversion.walked).sum();
    if walked == 0 {
        return out.flush();
    }
    writeln!(out, "Scanned {}; nothing was converted.", files(walked))?;
    if args.html.is_none() && args.run.report.output_file.is_none() {
        let paths = summary::arguments(&args.paths);
        writeln!(out, "Next: `tranship scan{paths} --html FILE` writes a page with every finding")?;
    }
    out.flush()
}
