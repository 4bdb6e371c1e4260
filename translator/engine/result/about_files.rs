//! Reports about whole files: the result of a translation, and findings without a place in the text.

use std::path::{Path, PathBuf};

use tranship_rules::{RuleName, VENDORED, Vendored, rule};

use super::{Conversion, FileReport, Found, Status, found};
use crate::cpp::{Syntax, Unit};
use crate::finding::{Answer, Finding};
use crate::pass::Context;
use crate::source::Source;
use crate::text::Edits;
use crate::text::path::readable;
use crate::translate::{self, Translation, Untouched, translate_read};

/// Translates `source` and reports the result. `shown` is its path for the user, `output` its path in the output, and
/// `syntax` its syntax if that was read before.
pub fn translated(
    source: &Source,
    syntax: Option<Syntax>,
    shown: &Path,
    output: &Path,
    context: &Context,
) -> (FileReport, Translation) {
    let translation = translate_read(source, syntax, context);
    let mut file =
        FileReport::new(shown.to_owned(), source.path.clone(), output.to_owned(), Status::Unchanged);
    let has = |rule: RuleName| translation.findings.iter().any(|finding| finding.rule == rule);
    file.status = match translation.untouched {
        _ if has(rule::INTERNAL_ERROR) => Status::Failed,
        Some(Untouched::Unreadable) if has(rule::UNREADABLE_FILE) => Status::Unreadable,
        Some(Untouched::Unreadable) => Status::Unchanged,
        _ if source.path.file_name() != output.file_name() || !translation.edits.is_empty() => {
            Status::Converted
        }
        Some(Untouched::AlreadyHip) => Status::AlreadyHip,
        _ => Status::Unchanged,
    };
    file.safe = safe_changes(&translation);
    file.hip_bytes = translation.hip_bytes;
    file.helpers.clone_from(&translation.helpers);
    file.findings = found(source, shown, &translation, context);
    (file, translation)
}

/// A report with the findings `advice` about the efficiency of `unit`, and the text with the edits of all but the rejected ones, if there are
/// any. `shown` is the path of the file for the user.
pub fn advised(
    unit: &Unit,
    shown: &Path,
    advice: Vec<Finding>,
    context: &Context,
) -> (FileReport, Option<Vec<u8>>) {
    let source = unit.source;
    let findings = translate::advise(unit, advice, context);
    let wanted = findings.iter().filter(|finding| finding.answer() != Some(Answer::Rejected));
    let (edits, _) = Edits::compose(wanted.map(|finding| finding.fix.edits()));
    let text = (!edits.is_empty()).then(|| edits.apply(&source.bytes));
    let translation = Translation { findings, ..Translation::default() };
    let mut file =
        FileReport::new(shown.to_owned(), source.path.clone(), source.path.clone(), Status::Unchanged);
    file.findings = found(source, shown, &translation, context);
    (file, text)
}

fn safe_changes(translation: &Translation) -> u32 {
    let safe = translation.findings.iter().filter(|finding| !finding.needs_a_person());
    safe.filter(|finding| !finding.fix.edits().is_empty()).count() as u32
}

/// Adds a finding to each file of `conversion` that would change.
pub fn would_change(conversion: &mut Conversion, context: &Context) {
    let changing = conversion.files.iter_mut().filter(|file| file.status == Status::Converted);
    for file in changing {
        let name = |path: &Path| readable(Path::new(path.file_name().unwrap_or_default())).into_owned();
        let (old, new) = (name(&file.source), name(&file.output));
        let changes = match file.safe {
            0 => String::new(),
            1 => ", with 1 safe change".to_owned(),
            count => format!(", with {count} safe changes"),
        };
        let what = if old == new {
            format!("`{old}` still contains CUDA{changes}")
        } else {
            format!("`{old}` would become `{new}`{changes}")
        };
        let finding = Found::about_file(rule::WOULD_CHANGE, what, &file.source, context);
        file.findings.splice(..0, finding);
    }
}

/// A report on the file `path` of the output folder `shown`, which differs from the result of a conversion now. `what`
/// is the difference. `None` if the rule does not run there.
pub fn out_of_step(path: &Path, what: &str, shown: &Path, context: &Context) -> Option<FileReport> {
    let named = if path.as_os_str().is_empty() { shown.to_owned() } else { shown.join(path) };
    let what = format!("`{}` {what}", readable(&named));
    let finding = Found::about_file(rule::OUT_OF_STEP, what, path, context)?;
    let mut file = FileReport::new(named, path.to_owned(), path.to_owned(), Status::Unchanged);
    file.findings.push(finding);
    Some(file)
}

/// A report on the file `path`, which is not written because `others` would get the same name in the output.
pub fn name_clash(path: &Path, others: &[&Path], context: &Context) -> FileReport {
    let others: Vec<_> = others.iter().map(|other| format!("`{}`", readable(other))).collect();
    let what = format!("`{}` and {} would get the same name", readable(path), others.join(" and "));
    let finding = Found::about_file(rule::NAME_CLASH, what, path, context);
    not_written(path, if finding.is_some() { Status::Failed } else { Status::Skipped }, finding)
}

/// The most files that one finding names.
const MOST_NAMED: usize = 10;

/// A report on `path`, because git ignores the converted files `files` by `pattern`. `None` if the rule does not run there.
pub fn ignored_output(
    path: &Path,
    pattern: &str,
    files: &[PathBuf],
    context: &Context,
) -> Option<FileReport> {
    let named: Vec<_> = files.iter().take(MOST_NAMED).map(|file| format!("`{}`", readable(file))).collect();
    let more = match files.len() - named.len() {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    let what = format!("git ignores converted files because of `{pattern}`: {}{more}", named.join(", "));
    let finding = Found::about_file(rule::IGNORED_OUTPUT, what, path, context)?;
    Some(not_written(path, Status::Unchanged, Some(finding)))
}

/// A report on the git submodule `path`, which is neither converted nor copied.
pub fn submodule(path: &Path, context: &Context) -> FileReport {
    let what = "a git submodule was neither converted nor copied".to_owned();
    let mut finding = Found::about_file(rule::SUBMODULE, what, path, context);
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let is_library = |library: &&Vendored| {
        let folder = if library.name == "libcu++" { "libcudacxx" } else { library.name };
        !library.submodule.is_empty() && folder.eq_ignore_ascii_case(&name)
    };
    if let (Some(finding), Some(library)) = (&mut finding, VENDORED.iter().find(is_library)) {
        library.submodule.clone_into(&mut finding.todo);
    }
    not_written(path, Status::Skipped, finding)
}

fn not_written(path: &Path, status: Status, finding: Option<Found>) -> FileReport {
    let mut report = FileReport::new(path.to_owned(), path.to_owned(), path.to_owned(), status);
    report.findings.extend(finding);
    report
}
