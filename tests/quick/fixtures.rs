//! Every fixture has a snapshot beside it with the changed lines and the findings.

use std::fmt::Write;
use std::path::{Path, PathBuf};

use crate::hazards::set_archs;
use crate::support::root;
use similar::TextDiff;
use tranship_engine::cpp::Unit;
use tranship_engine::finding::Finding;
use tranship_engine::index::facts::Facts;
use tranship_engine::index::{Index, Renamed, cmake_facts as cmake};
use tranship_engine::pass::{Context, Libraries, Warp};
use tranship_engine::source::Source;
use tranship_engine::text::Lines;
use tranship_engine::translate::translate;
use tranship_rules::{Level, Rules};

/// The renamed files in the project of a build file.
const RENAMED: &[&str] = &["src/axpy.cu", "src/scan.cu", "src/table.cu.in"];

/// A context for a project with one file.
fn context(source: &Source) -> Context {
    let mut context = Context::new(Rules::builtin());
    if !source.lang.is_cpp() {
        context.project.renamed = Renamed::new(RENAMED.iter().map(PathBuf::from), []);
        let facts = cmake::FileFacts::of(&source.bytes);
        context.project.cmake = cmake::Facts::new([(source.path.clone(), facts)]);
        return context;
    }
    let facts = Facts::of(&Unit::new(source, &context.guards), &context.rules);
    context.index = Index::new([(source.path.clone(), facts)]);
    set_archs(source, &mut context);
    context
}

fn level(finding: &Finding) -> &'static str {
    match finding.level {
        Level::Safe => "safe",
        Level::Review => "review",
        Level::Manual => "manual",
    }
}

/// A context for a project with one file and `--libraries roc`.
fn with_roc(source: &Source) -> Context {
    let mut context = context(source);
    context.options.libraries = Libraries::Roc;
    context.choose_libraries();
    context
}

/// The text of a snapshot: the open findings, then every changed line. For fixtures of warps the findings with
/// `--warp native` follow.
fn render(source: &Source, of_warps: bool) -> String {
    let mut out = render_with(source, &context(source));
    if of_warps {
        out.push_str("native:\n");
        let mut native = context(source);
        native.options.warp = Warp::Native;
        out.push_str(&render_with(source, &native));
    }
    out
}

fn render_with(source: &Source, context: &Context) -> String {
    let translation = translate(source, context);
    let lines = Lines::new(&source.bytes);
    let mut out = String::new();
    let safe = translation.findings.iter().filter(|finding| !finding.needs_a_person()).count();
    let _ = writeln!(out, "safe: {safe}");
    if let Some(why) = translation.untouched {
        let _ = writeln!(out, "untouched: {why:?}");
    }
    for finding in translation.findings.iter().filter(|finding| finding.needs_a_person()) {
        let at = lines.position(finding.span.start);
        let words = finding.words();
        let _ = write!(out, "{}:{} {}[{}] {}", at.line, at.column, level(finding), finding.rule, words.what);
        for other in &finding.also {
            let at = lines.position(other.start);
            let _ = write!(out, ", {}:{}", at.line, at.column);
        }
        out.push('\n');
        assert!(!words.what.is_empty() && !words.why.is_empty(), "{} says what and why", finding.rule);
        assert!(!words.todo.is_empty() || finding.level == Level::Review, "{} says what to do", finding.rule);
    }
    let before = String::from_utf8_lossy(&source.bytes).into_owned();
    let output = translation.output(source);
    let after = String::from_utf8_lossy(&output).into_owned();
    let diff = TextDiff::from_lines(&before, &after);
    for change in diff.iter_all_changes().filter(|change| change.tag() != similar::ChangeTag::Equal) {
        let _ = write!(out, "{}{}", change.tag(), change.to_string_lossy().replace('\r', "\\r"));
        if change.missing_newline() {
            let _ = writeln!(out, "\\ no newline at the end");
        }
    }
    out
}

/// Asserts that converting the output changes nothing.
fn again(source: &Source) {
    let once = translate(source, &context(source)).output(source).into_owned();
    let converted = Source::new(source.path.clone(), once.clone());
    let twice = translate(&converted, &context(&converted)).output(&converted).into_owned();
    assert_eq!(String::from_utf8_lossy(&once), String::from_utf8_lossy(&twice), "{}", source.path.display());
}

/// The settings of the snapshot beside the fixture at `path`.
fn settings_of(settings: &insta::Settings, path: &Path) -> insta::Settings {
    let mut settings = settings.clone();
    settings.set_snapshot_path(path.parent().expect("a fixture has a folder"));
    settings.remove_snapshot_suffix();
    settings
}

#[test]
fn fixtures_give_their_snapshots() {
    let root = root().join("fixtures");
    let mut settings = insta::Settings::clone_current();
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    let count = std::cell::Cell::new(0);
    insta::glob!(
        "../../fixtures",
        "*/*.{cu,c,cmake,mk,sh,dockerfile,yaml,txt,py,toml,build,bzl,rs,cuf,json,go,ps1}",
        |path| {
            if path.starts_with(root.join("projects")) {
                return;
            }
            count.set(count.get() + 1);
            let bytes = std::fs::read(path).expect("a fixture can be read");
            let name = path.file_name().expect("a file has a name");
            // The name of a CMake fixture is its subject; the file is translated as `CMakeLists.txt`.
            let is_cmake = path.extension().is_some_and(|ending| ending == "cmake");
            let source =
                Source::new(if is_cmake { Path::new("CMakeLists.txt") } else { Path::new(name) }, bytes);
            if path.parent().is_some_and(|folder| folder.ends_with("roc")) {
                settings_of(&settings, path).bind(|| {
                    insta::assert_snapshot!(
                        name.to_string_lossy().into_owned(),
                        render_with(&source, &with_roc(&source))
                    );
                });
                return;
            }
            let of_warps = path.parent().is_some_and(|folder| folder.ends_with("warp"));
            settings_of(&settings, path).bind(|| {
                insta::assert_snapshot!(name.to_string_lossy().into_owned(), render(&source, of_warps));
            });
            if !source.lang.is_cpp() {
                again(&source);
            }
        }
    );
    assert!(count.get() >= 60, "only {} fixtures were found", count.get());
}
