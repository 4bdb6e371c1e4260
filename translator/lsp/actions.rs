//! Actions on findings: apply a change, answer, ignore, or convert the whole file.

use lsp_types::{CodeAction, CodeActionKind, CodeActionOrCommand, Command, Position, Range};
use serde::{Deserialize, Serialize};
use tranship_engine::result::Found;
use tranship_engine::source::Source;
use tranship_engine::text::{Edits, Span, TextEdit};
use tranship_rules::Level;

use super::diagnostics::diagnostic;
use super::documents::{Document, Home};
use super::edits::{Change, Header, Support, workspace_edit};
use super::positions::Lines;
use super::projects::Projects;
use crate::project::add_ignores::ignore_comment;
use crate::project::session::Checked;

/// The command that answers a finding.
pub(super) const ANSWER: &str = "tranship.answer";
/// The command that converts a whole file.
pub(super) const CONVERT: &str = "tranship.convertFile";
/// The command that adds helpers to the support header, for editors that create no files.
pub(super) const HEADER: &str = "tranship.supportHeader";
/// The command that reads the settings and the files of all projects again.
pub(super) const RELOAD: &str = "tranship.reload";

/// The kind of the action that converts a whole file.
const CONVERT_KIND: CodeActionKind = CodeActionKind::new("source.convert.tranship");

/// The kinds of all actions.
pub(super) const KINDS: [CodeActionKind; 2] = [CodeActionKind::QUICKFIX, CONVERT_KIND];

/// The argument of [`ANSWER`].
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct AnswerArguments {
    /// The document of the finding.
    pub(super) uri: String,
    pub(super) rule: String,
    pub(super) key: String,
    /// `accepted`, `rejected`, or `open` to remove the answer.
    pub(super) answer: String,
    #[serde(default)]
    pub(super) function: String,
}

/// The argument of [`HEADER`].
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct HeaderArguments {
    /// The document that calls the helpers.
    pub(super) uri: String,
    pub(super) helpers: Vec<String>,
}

/// The actions for `range` of `document`. With `only`, those of these kinds.
pub(super) fn actions(
    document: &Document,
    range: Range,
    only: Option<&[CodeActionKind]>,
    projects: &mut Projects,
    support: Support,
) -> Vec<CodeActionOrCommand> {
    let Some(checked) = &document.checked else { return Vec::new() };
    let wants = |kind: &CodeActionKind| {
        only.is_none_or(|only| {
            only.iter()
                .any(|asked| kind == asked || kind.as_str().starts_with(&format!("{}.", asked.as_str())))
        })
    };
    let mut all = Vec::new();
    let lines = Lines::new(document.text.as_bytes());
    if wants(&CodeActionKind::QUICKFIX) {
        let (start, end) = (lines.offset(range.start) as u32, lines.offset(range.end) as u32);
        let asked = Span::new(start, end.max(start));
        for found in checked.findings.iter().filter(|found| touches(found, asked, &lines, range)) {
            all.extend(of_finding(found, document, checked, &lines, projects, support));
        }
    }
    if wants(&CONVERT_KIND) && changes(checked) {
        let change = whole_file(document, checked, projects);
        all.push(CodeActionOrCommand::CodeAction(CodeAction {
            title: "tranship: convert the whole file to HIP".to_owned(),
            kind: Some(CONVERT_KIND),
            command: header_command(&change, document, support),
            edit: Some(workspace_edit(change, document, support)),
            ..CodeAction::default()
        }));
    }
    all
}

/// Whether converting the file of `checked` changes it.
pub(super) fn changes(checked: &Checked) -> bool {
    !checked.translation.edits.is_empty() || checked.output.file_name() != checked.source.path.file_name()
}

/// The change that converts the whole file.
pub(super) fn whole_file(document: &Document, checked: &Checked, projects: &mut Projects) -> Change {
    let edits = checked.translation.edits.flat(&checked.source.bytes);
    let (root, path) = match &document.home {
        Home::Project { root, path } => (root, path),
        Home::Alone(path) => {
            let new_path = path.with_file_name(checked.output.file_name().unwrap_or_default());
            let new_path = (new_path != *path).then_some(new_path);
            return Change { edits, header: None, new_path };
        }
        Home::Text(_) => return Change { edits, ..Change::default() },
    };
    let header = projects.get(root).and_then(|session| {
        let helpers = checked.translation.helpers.clone();
        let (place, text) = session.support(path, &helpers).ok().flatten()?;
        Some(Header { path: root.join(place), text, helpers })
    });
    let new_path = (checked.output != *path).then(|| root.join(&checked.output));
    Change { edits, header, new_path }
}

/// Whether the finding is at the asked place. One about the whole file is on the first line.
fn touches(found: &Found, asked: Span, lines: &Lines, range: Range) -> bool {
    match &found.place {
        Some(place) if found.level == Level::Safe => {
            place.span.start <= asked.end && asked.start <= place.span.end
        }
        // An editor may ask for the whole line of a cursor.
        Some(place) => {
            let (first, last) = (lines.position(place.span.start).line, lines.position(place.span.end).line);
            first <= range.end.line && range.start.line <= last
        }
        None => range.start.line == 0,
    }
}

fn of_finding(
    found: &Found,
    document: &Document,
    checked: &Checked,
    lines: &Lines,
    projects: &mut Projects,
    support: Support,
) -> Vec<CodeActionOrCommand> {
    let mut all = Vec::new();
    if !found.is_open() {
        if let Home::Project { .. } = document.home {
            all.push(answer("remove the answer to", "open", found, document, lines));
        }
        return all;
    }
    if !found.edits.is_empty() {
        let header = header_for(found, document, checked, projects);
        let change = Change { edits: found.edits.clone(), header, new_path: None };
        let title = format!("tranship: apply the change of `{}`", found.rule);
        let apply = CodeAction {
            is_preferred: Some(found.level != Level::Manual),
            command: header_command(&change, document, support),
            edit: Some(workspace_edit(change, document, support)),
            ..quick_fix(title, found, document, lines)
        };
        all.push(CodeActionOrCommand::CodeAction(apply));
    }
    if found.level == Level::Safe {
        return all;
    }
    if let Home::Project { .. } = document.home {
        let has_change = !found.edits.is_empty();
        let accept = if has_change { "accept the change of" } else { "accept the code as it is for" };
        all.push(answer(accept, "accepted", found, document, lines));
        if has_change {
            all.push(answer("reject the change of", "rejected", found, document, lines));
        }
    }
    if let Some(edit) = comment(found, &checked.source, lines) {
        let title = format!("tranship: ignore `{}` here with a comment", found.rule);
        let change = Change { edits: vec![edit], ..Change::default() };
        let mut ignore = quick_fix(title, found, document, lines);
        ignore.edit = Some(workspace_edit(change, document, support));
        all.push(CodeActionOrCommand::CodeAction(ignore));
    }
    all
}

/// The support header for the change of one finding, if it calls helpers.
fn header_for(
    found: &Found,
    document: &Document,
    checked: &Checked,
    projects: &mut Projects,
) -> Option<Header> {
    let Home::Project { root, path } = &document.home else { return None };
    let own = checked.translation.findings.iter().find(|finding| {
        finding.site.as_ref().is_some_and(|site| site.key == found.key) && finding.rule == found.rule
    })?;
    let session = projects.get(root)?;
    let (edits, _) = Edits::compose([own.fix.edits()]);
    let helpers = tranship_engine::support_header::used(&edits, session.rules());
    let (place, text) = session.support(path, &helpers).ok().flatten()?;
    Some(Header { path: root.join(place), text, helpers })
}

/// The command that writes the support header of `change`. The editor calls it after the change, if it creates no files itself.
fn header_command(change: &Change, document: &Document, support: Support) -> Option<Command> {
    let header = change.header.as_ref().filter(|_| !support.creates_files())?;
    let arguments = HeaderArguments {
        uri: document.uri.as_str().to_owned(),
        helpers: header.helpers.iter().map(|&name| name.to_owned()).collect(),
    };
    Some(Command {
        title: "tranship: write the support header".to_owned(),
        command: HEADER.to_owned(),
        arguments: serde_json::to_value(arguments).ok().map(|value| vec![value]),
    })
}

/// The comment above the line of a finding that hides it; `None` where a comment would change the code.
fn comment(found: &Found, source: &Source, lines: &Lines) -> Option<TextEdit> {
    let line = lines.position(found.place.as_ref()?.span.start).line;
    let above = line.checked_sub(1).map_or(&[][..], |above| lines.line(above));
    let comment = ignore_comment(source.lang, above, lines.line(line), &[found.rule], "")?;
    let at = Span::at(lines.start(line) as u32);
    Some(TextEdit { span: at, text: String::from_utf8_lossy(&comment).into_owned() })
}

fn answer(
    what: &str,
    answer: &str,
    found: &Found,
    document: &Document,
    lines: &Lines,
) -> CodeActionOrCommand {
    let title = format!("tranship: {what} `{}`", found.rule);
    let arguments = AnswerArguments {
        uri: document.uri.as_str().to_owned(),
        rule: found.rule.to_owned(),
        key: found.key.to_string(),
        answer: answer.to_owned(),
        function: found.enclosing.clone().unwrap_or_default(),
    };
    let mut action = quick_fix(title.clone(), found, document, lines);
    action.command = Some(Command {
        title,
        command: ANSWER.to_owned(),
        arguments: serde_json::to_value(arguments).ok().map(|value| vec![value]),
    });
    CodeActionOrCommand::CodeAction(action)
}

fn quick_fix(title: String, found: &Found, document: &Document, lines: &Lines) -> CodeAction {
    CodeAction {
        title,
        kind: Some(CodeActionKind::QUICKFIX),
        diagnostics: Some(vec![diagnostic(found, lines, &document.uri)]),
        ..CodeAction::default()
    }
}

/// The findings at `position`, the narrowest first.
pub(super) fn findings_at<'a>(checked: &'a Checked, lines: &Lines, position: Position) -> Vec<&'a Found> {
    let at = lines.offset(position) as u32;
    let mut found: Vec<&Found> = checked
        .findings
        .iter()
        .filter(|found| {
            found.place.as_ref().is_some_and(|place| place.span.start <= at && at <= place.span.end)
        })
        .collect();
    found.sort_by_key(|found| found.place.as_ref().map_or(0, |place| place.span.len()));
    found
}
