//! The closing lines on standard error: problems, the result in numbers, and the next step.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use tranship_rules::Level;

use super::error_mark;
use crate::project::answers::{ANSWERS, Lost, Stale};
use crate::project::job::{Destination, Job};
use crate::project::paths::near;
pub(super) use crate::report::{count, number};
use crate::report::{display_path, escape_controls, open_and_hidden, wrap_on_stderr};
use tranship_engine::result::{Conversion, FileReport, Status};

/// The number of problems that are listed at most.
const MOST_PROBLEMS: usize = 20;

/// The number of paths that a printed command has at most.
const MOST_ARGUMENTS: usize = 4;

/// The parts of the closing lines that depend on the destination of a job.
pub(super) struct SummaryText {
    /// The source as the user wrote it, for the command line of a shell.
    source: String,
    place: String,
    next: String,
    is_patch: bool,
    /// The output folder as the user would name it, if there is one.
    folder: PathBuf,
    /// The paths that git ignores.
    left_out: Vec<PathBuf>,
}

impl SummaryText {
    /// The parts for `job`.
    pub(super) fn of(job: &Job) -> Self {
        let compile = || "compile it with hipcc".to_owned();
        let (place, next) = match &job.destination {
            Destination::Folder { shown: folder, .. } if job.only.is_some() => {
                (format!(" into {}/", display_path(folder).trim_end_matches('/')), compile())
            }
            Destination::Folder { shown: folder, .. } => {
                let folder = display_path(folder);
                let folder = folder.trim_end_matches('/');
                (
                    format!(" into {folder}/"),
                    format!("build {folder}/ with hipcc, or with CMake's HIP language"),
                )
            }
            Destination::Source { .. } => {
                (" in place".to_owned(), "`git diff` shows what changed".to_owned())
            }
            Destination::Beside => (String::new(), compile()),
            Destination::Patch => {
                (String::new(), format!("apply the patch with `git apply`{}", in_folder(job)))
            }
            Destination::Patches => {
                let order = "apply the patches in the order of their names with `git apply`";
                (String::new(), format!("{order}{}", in_folder(job)))
            }
            Destination::Nowhere | Destination::Against { .. } => (String::new(), String::new()),
        };
        let source = shell_word(&display_path(&job.shown));
        Self {
            source,
            place,
            next,
            folder: match &job.destination {
                Destination::Folder { shown, .. } => shown.clone(),
                _ => PathBuf::new(),
            },
            is_patch: matches!(job.destination, Destination::Patch | Destination::Patches),
            left_out: Vec::new(),
        }
    }

    /// The parts for the job of a conversion to CUDA, which `tranship review` does not show.
    pub(super) fn to_cuda(job: &Job) -> Self {
        let next = "build it with nvcc".to_owned();
        Self { next, source: String::new(), ..Self::of(job) }
    }

    /// Adds the paths that the conversion leaves out because git ignores them.
    pub(super) fn left_out(&mut self, paths: Vec<PathBuf>) {
        self.left_out = paths;
    }
}

/// Prints problems, one line for each conversion, and the next step. With `verbose`, each file comes first.
pub(super) fn print(lines: &[SummaryText], conversions: &[Conversion], verbose: bool) -> io::Result<()> {
    let mut out = anstream::stderr().lock();
    if verbose {
        each_file(&mut out, lines, conversions)?;
    }
    problems(&mut out, conversions)?;
    stale(&mut out, conversions)?;
    for (line, conversion) in lines.iter().zip(conversions) {
        match empty(conversion) {
            Some(note) => writeln!(out, "{note}")?,
            None if conversion.walked == 0 => {}
            None => writeln!(out, "{}", wrap_on_stderr(&sentence(line, conversion)))?,
        }
        edited(&mut out, line, conversion)?;
        if !line.left_out.is_empty() && !verbose {
            let paths = count(line.left_out.len(), "path");
            let is = if line.left_out.len() == 1 { "is" } else { "are" };
            writeln!(out, "note: {paths} {is} left out because git ignores them; `-v` lists them")?;
        }
    }
    if let Some(next) = next(lines, conversions) {
        writeln!(out, "{}", wrap_on_stderr(&format!("Next: {next}")))?;
    }
    out.flush()
}

/// Prints a line for each converted file, and for each path that git ignores.
fn each_file(out: &mut impl Write, lines: &[SummaryText], conversions: &[Conversion]) -> io::Result<()> {
    for (line, conversion) in lines.iter().zip(conversions) {
        for file in conversion.files.iter().filter(|file| file.status == Status::Converted) {
            let output = if file.output == file.source {
                String::new()
            } else {
                format!(" -> {}", display_path(&file.output))
            };
            let open = file.open().count();
            let open = if open == 0 { String::new() } else { format!(", {} open", number(open)) };
            let changes = count(file.safe as usize, "safe change");
            writeln!(out, "{}{output}: {changes}{open}", display_path(&file.path))?;
        }
        for path in &line.left_out {
            writeln!(out, "{}: left out, git ignores it", display_path(path))?;
        }
    }
    Ok(())
}

/// Prints the problems of `conversions`, and the lines that `write` writes unless the user asked for silence.
pub(super) fn with_problems(
    conversions: &[Conversion],
    is_quiet: bool,
    write: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> io::Result<()> {
    let mut out = anstream::stderr().lock();
    problems(&mut out, conversions)?;
    if !is_quiet {
        write(&mut out)?;
    }
    out.flush()
}

/// Prints the problems: errors that are not findings about the code.
pub(super) fn problems(out: &mut impl Write, conversions: &[Conversion]) -> io::Result<()> {
    let problems = || conversions.iter().flat_map(|conversion| &conversion.problems);
    for problem in problems().take(MOST_PROBLEMS) {
        writeln!(
            out,
            "{} {}: {}",
            error_mark(),
            display_path(&problem.path),
            escape_controls(&problem.message)
        )?;
    }
    let more = problems().count().saturating_sub(MOST_PROBLEMS);
    if more > 0 {
        writeln!(
            out,
            "{} and {} more of this kind; `--output-format json` lists all",
            error_mark(),
            number(more)
        )?;
    }
    Ok(())
}

/// Prints notes about the files of the output folder that a person edited: they stay as they are.
fn edited(out: &mut impl Write, line: &SummaryText, conversion: &Conversion) -> io::Result<()> {
    if !conversion.kept.is_empty() {
        let have = if conversion.kept.len() == 1 { "has" } else { "have" };
        let named = named(&line.folder, &conversion.kept);
        let files = files(conversion.kept.len());
        writeln!(
            out,
            "note: {files} of the output {have} edits, which stay, and the source there is unchanged: {named}"
        )?;
    }
    if !conversion.behind.is_empty() {
        let have = if conversion.behind.len() == 1 { "has" } else { "have" };
        let named = named(&line.folder, &conversion.behind);
        let files = files(conversion.behind.len());
        writeln!(
            out,
            "note: {files} of the output {have} edits, and the source there changed; left as they are: {named}"
        )?;
    }
    Ok(())
}

/// The first of `paths`, which are in `folder`, for a note.
fn named(folder: &Path, paths: &[PathBuf]) -> String {
    let mut named: Vec<String> =
        paths.iter().take(MOST_ARGUMENTS).map(|path| display_path(&folder.join(path))).collect();
    if paths.len() > MOST_ARGUMENTS {
        named.push("...".to_owned());
    }
    named.join(", ")
}

/// Prints a note for each stale answer. It is no error: if the changed code has a finding, that finding is open.
pub(super) fn stale(out: &mut impl Write, conversions: &[Conversion]) -> io::Result<()> {
    let all = || conversions.iter().flat_map(|conversion| &conversion.stale);
    for Stale { place, line, reason } in all().take(MOST_PROBLEMS) {
        let path = display_path(&place.path);
        let why = match reason {
            Lost::Changed => "where the code has changed".to_owned(),
            Lost::Gone => "which is gone".to_owned(),
            Lost::Copied(count) => format!("which is gone, while {} contain that code", files(*count)),
        };
        let rule = escape_controls(&place.rule);
        let note = format!("note: {ANSWERS}:{line}: answers `{rule}` in `{path}`, {why}");
        writeln!(out, "{}", wrap_on_stderr(&note))?;
    }
    match all().count() {
        0 => Ok(()),
        count => {
            let answers =
                if count == 1 { "1 answer is".to_owned() } else { format!("{} answers are", number(count)) };
            let is_stale = |conversion: &&Conversion| !conversion.stale.is_empty();
            let bases =
                conversions.iter().filter(is_stale).filter_map(|conversion| conversion.basis.as_ref());
            let paths: Vec<PathBuf> = bases.map(|basis| near(basis.named())).collect();
            let paths = arguments(&paths);
            writeln!(out, "note: {answers} stale; `tranship review{paths} --forget-stale` removes them")
        }
    }
}

/// A note if the project has no files.
pub(super) fn empty(conversion: &Conversion) -> Option<String> {
    let is_empty = conversion.walked == 0 && conversion.problems.is_empty() && !conversion.interrupted;
    let name = display_path(conversion.basis.as_ref().filter(|_| is_empty)?.named());
    Some(format!("note: {name}: has no files to look at; check the path and `exclude`"))
}

fn sentence(line: &SummaryText, conversion: &Conversion) -> String {
    let (converted, walked) = (number(conversion.converted()), files(conversion.walked));
    let counts = format!(
        "{}, {} to review, {} manual",
        count(conversion.safe(), "safe change"),
        number(conversion.open(Level::Review)),
        number(conversion.open(Level::Manual)),
    );
    let answered = match conversion.settled() {
        0 => String::new(),
        settled => format!(", {} answered", number(settled)),
    };
    let begin = match (conversion.interrupted, line.is_patch) {
        (true, _) => format!("Stopped after {converted} of {walked}{}", line.place),
        (_, true) => format!("Would convert {converted} of {walked}"),
        _ => format!("Converted {converted} of {walked}{}", line.place),
    };
    format!("{begin}: {counts}{answered}.")
}

fn next(lines: &[SummaryText], conversions: &[Conversion]) -> Option<String> {
    let line = lines.first()?;
    if conversions.iter().any(|conversion| conversion.interrupted) {
        return Some("run the same command again to go on".to_owned());
    }
    let behind = lines.iter().zip(conversions).find(|(_, conversion)| !conversion.behind.is_empty());
    if let Some((line, _)) = behind {
        let into = shell_word(&display_path(&line.folder));
        return Some(format!(
            "`tranship sync {} --into {into}` merges the changes with your edits",
            line.source
        ));
    }
    let mut rules =
        conversions.iter().flat_map(|c| &c.files).flat_map(FileReport::open).map(|found| found.rule);
    match (rules.next(), open_and_hidden(conversions)) {
        (None, _) if conversions.iter().all(|conversion| conversion.converted() == 0) => None,
        (None, _) => Some(line.next.clone()),
        (Some(rule), (1, _)) => {
            Some(format!("`tranship explain {}` documents the finding above", shell_word(rule)))
        }
        (_, (count, hidden)) => {
            let sources: Vec<&str> = lines.iter().map(|line| line.source.as_str()).collect();
            let review = format!("`tranship review {}` shows them one by one", sources.join(" "));
            if line.source.is_empty() {
                return Some(format!("`--output-format full` prints all {} findings", number(count)));
            }
            let all = format!("; `--output-format full` prints all {}", number(count));
            Some(if hidden { review + &all } else { review })
        }
    }
}

/// ` in FOLDER` if patches do not apply in the current folder.
fn in_folder(job: &Job) -> String {
    let folder = job.patch_folder();
    let is_here = std::env::current_dir().is_ok_and(|here| here == folder);
    if is_here { String::new() } else { format!(" in {}", display_path(&folder)) }
}

/// `paths` as arguments of a command, each after a space. Empty for the current folder, which is the default, and for more paths
/// than a person types.
pub(super) fn arguments(paths: &[PathBuf]) -> String {
    let is_here = |path: &PathBuf| path == Path::new(".") || path.as_os_str().is_empty();
    if matches!(paths, [only] if is_here(only)) || paths.len() > MOST_ARGUMENTS {
        return String::new();
    }
    paths.iter().fold(String::new(), |text, path| text + " " + &shell_word(&display_path(path)))
}

/// `text` as one word for a shell.
pub(super) fn shell_word(text: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_./=+,:@%".contains(c);
    if !text.is_empty() && text.chars().all(is_plain) {
        text.to_owned()
    } else {
        format!("'{}'", text.replace('\'', "'\\''"))
    }
}

pub(super) fn files(count: usize) -> String {
    self::count(count, "file")
}
