//! `tranship check`: reports what would change and what is open. Without findings it prints nothing.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use rustc_hash::FxHashSet;
use tranship_rules::{Level, RuleName, rule};

use super::args::Check;
use super::convert::{ending_of, findings};
use super::summary::{files, number};
use super::{Ending, review, staged, summary};
use crate::project::add_ignores::add_ignores;
use crate::project::answers::AnswersFile;
use crate::project::check::{accept, fixable, rebase};
use crate::project::job::{Destination, Job, Stop};
use crate::project::paths::{self, RequestedOutput};
use crate::project::run::convert;
use crate::report::{display_path, wrap_on_stderr};
use tranship_engine::result::Problem;
use tranship_engine::result::{Conversion, FileReport, Status};
use tranship_engine::result::{merge_equal_findings, would_change};

/// Runs the command.
pub(super) fn run(args: &Check) -> anyhow::Result<Ending> {
    let pool = args.run.pool()?;
    let overrides = args.run.settings.overrides();
    let requested = args.against.clone().map_or(RequestedOutput::Nowhere, RequestedOutput::Against);
    let (jobs, problems) =
        if args.staged { staged::jobs(&overrides) } else { paths::jobs(&args.paths, &requested, &overrides) };
    let mut conversions = Vec::new();
    let (mut fixed, mut hidden) = (0, 0);
    for mut job in jobs {
        job.survey = args.run.report.survey();
        job.cached = !args.no_cache;
        let mut conversion = pool.install(|| convert(&mut job, &Stop::default(), &|_, _| {}));
        if args.fix {
            fixed += pool.install(|| fix(&mut job, &mut conversion));
        }
        if job.setup.context.project.own_hip.keeps_parts() {
            remove_own_hip_build(&mut conversion);
        }
        if args.against.is_none() {
            would_change(&mut conversion, &job.setup.context);
        }
        if let Some(path) = &args.baseline
            && let Err(problem) = baseline(args, path, &mut conversion, &job)
        {
            conversion.problems.push(problem);
        }
        if let Some(reason) = &args.add_ignores {
            hidden += pool.install(|| add_ignores(&mut job, &mut conversion, reason));
        }
        merge_equal_findings(&mut conversion);
        conversions.push(conversion);
    }
    if !problems.is_empty() {
        conversions.push(Conversion { problems, ..Conversion::default() });
    }
    let text = args.run.report.text(&conversions);
    findings(&args.run.report, &text, false)?;
    summary(args, &conversions, fixed, hidden)?;
    Ok(ending_of(&conversions, false, args.run.exit_zero))
}

/// Removes the finding about parts that build for ROCm by themselves: nothing in them is to be done.
fn remove_own_hip_build(conversion: &mut Conversion) {
    for file in &mut conversion.files {
        file.findings.retain(|found| found.rule != rule::OWN_HIP_BUILD.as_str());
    }
}

/// Converts in place the files of `conversion` without open findings, and returns their number.
fn fix(job: &mut Job, conversion: &mut Conversion) -> usize {
    let only = fixable(conversion);
    if only.is_empty() {
        return 0;
    }
    let before = (
        job.only.replace(only),
        std::mem::replace(&mut job.destination, Destination::Source { allow_dirty: true }),
    );
    let in_project = std::mem::replace(&mut job.in_project, true);
    let written = convert(job, &Stop::default(), &|_, _| {});
    (job.only, job.destination) = before;
    job.in_project = in_project;
    conversion.problems.extend(written.problems);
    let done = written.files.into_iter().filter(|file| file.status == Status::Converted);
    let done: FxHashSet<PathBuf> = done.map(|file| file.source).collect();
    let mut count = 0;
    for file in conversion.files.iter_mut().filter(|file| done.contains(&file.source)) {
        file.status = Status::AlreadyHip;
        count += 1;
    }
    count
}

/// Settles the findings in the baseline at `path`. With `--update-baseline`, first writes the open findings into it.
fn baseline(args: &Check, path: &Path, conversion: &mut Conversion, job: &Job) -> Result<(), Problem> {
    let mut file = AnswersFile::read_file(path.to_owned(), job.setup.answers.home())?;
    if args.update_baseline {
        rebase(conversion, &mut file, job);
        file.write()?;
    } else if !path.is_file() {
        return Err(Problem::new(path, "is not there; `--update-baseline` writes it"));
    }
    accept(conversion, &file, &job.setup);
    Ok(())
}

/// Prints the number of findings of each kind and the next step. Without findings it prints nothing.
fn summary(args: &Check, conversions: &[Conversion], fixed: usize, hidden: usize) -> io::Result<()> {
    let mut out = anstream::stderr().lock();
    summary::problems(&mut out, conversions)?;
    let sum = |count: &dyn Fn(&Conversion) -> usize| conversions.iter().map(count).sum::<usize>();
    let of_rule = |rule: RuleName| {
        let files = conversions.iter().flat_map(|conversion| &conversion.files);
        files.flat_map(FileReport::open).filter(|found| found.rule == rule).count()
    };
    if fixed > 0 {
        writeln!(out, "Converted {} in place.", files(fixed))?;
    }
    if args.add_ignores.is_some() {
        writeln!(out, "Hid {} by comments in the source.", review::findings(hidden))?;
    }
    let (change, drift) = (of_rule(rule::WOULD_CHANGE), of_rule(rule::OUT_OF_STEP));
    let review = sum(&|c| c.open(Level::Review));
    let manual = sum(&|c| c.open(Level::Manual)) - change - drift;
    // A hook may name only files that the project leaves out.
    let is_folder = |path: &PathBuf| path.is_dir();
    if args.paths.iter().all(is_folder) {
        for note in conversions.iter().filter_map(summary::empty) {
            writeln!(out, "{note}")?;
        }
    }
    if change + drift + review + manual == 0 || args.run.report.quiet {
        return out.flush();
    }
    summary::stale(&mut out, conversions)?;
    let mut counts = Vec::new();
    for (count, what) in
        [(change, "would change"), (drift, "out of step"), (review, "to review"), (manual, "manual")]
    {
        if count > 0 {
            counts.push(format!("{} {what}", number(count)));
        }
    }
    writeln!(out, "Checked {}: {}.", files(sum(&|c| c.walked)), counts.join(", "))?;
    let paths = summary::arguments(&args.paths);
    let next = if drift > 0 {
        let folder = args.against.as_deref().map(display_path).unwrap_or_default();
        format!("`tranship convert{paths} --out {}` updates the folder", summary::shell_word(&folder))
    } else if review + manual > 0 {
        format!("`tranship review{paths}` shows the open findings one by one")
    } else if args.fix {
        "`tranship explain would-change` documents these findings".to_owned()
    } else {
        format!("`tranship check{paths} --fix` converts these files in place")
    };
    writeln!(out, "{}", wrap_on_stderr(&format!("Next: {next}")))?;
    out.flush()
}
