//! The fixtures of hazards. A positive fixture raises exactly the rules in its first comments, written
//! `// expect: <rule>[, <rule>]`. A look-alike raises no hazard.

use std::collections::BTreeSet;
use std::fmt::Write;
use std::path::{Path, PathBuf};

use crate::support::{Project, root};
use tranship_engine::cpp::Unit;
use tranship_engine::index::Index;
use tranship_engine::index::facts::Facts;
use tranship_engine::pass::{Context, Warp};
use tranship_engine::source::Source;
use tranship_engine::translate::translate;
use tranship_rules::{Release, Rules};

/// The structural rules that a fixture raises in a project without other files, for both values of `--warp`.
fn raised(path: &Path, rocm: Release) -> BTreeSet<&'static str> {
    [Warp::Logical32, Warp::Native].into_iter().flat_map(|warp| raised_with(path, rocm, warp)).collect()
}

/// Sets the GPUs that a fixture names in its first comments, `// arch: <gpu>[, <gpu>]`. Most fixtures name none.
pub(crate) fn set_archs(source: &Source, context: &mut Context) {
    let text = String::from_utf8_lossy(&source.bytes);
    let comments = text.lines().take_while(|line| line.starts_with("//"));
    let archs = comments.filter_map(|line| line.strip_prefix("// arch:")).flat_map(|line| line.split(','));
    let archs: Vec<String> = archs.map(|arch| arch.trim().to_owned()).collect();
    if !archs.is_empty() {
        context.options.target.archs = archs;
    }
}

fn raised_with(path: &Path, rocm: Release, warp: Warp) -> BTreeSet<&'static str> {
    let bytes = std::fs::read(path).expect("a fixture can be read");
    let source = Source::new(path.file_name().expect("a fixture has a name"), bytes);
    let mut context = Context::new(Rules::builtin());
    context.options.target.rocm = rocm;
    context.options.warp = warp;
    set_archs(&source, &mut context);
    let facts = Facts::of(&Unit::new(&source, &context.guards), &context.rules);
    context.index = Index::new([(source.path.clone(), facts)]);
    let findings = translate(&source, &context).findings;
    findings.iter().map(|finding| finding.rule).filter(|name| context.rules.rule(name).is_some()).collect()
}

/// The tables of hazards.
const TABLES: &[&str] = &[
    include_str!("../../rules/tables/rules/intrinsics.toml"),
    include_str!("../../rules/tables/rules/launch.toml"),
    include_str!("../../rules/tables/rules/libraries.toml"),
    include_str!("../../rules/tables/rules/memory.toml"),
    include_str!("../../rules/tables/rules/ptx.toml"),
    include_str!("../../rules/tables/rules/types.toml"),
    include_str!("../../rules/tables/rules/warp.toml"),
];

fn is_hazard(rule: &str) -> bool {
    TABLES.iter().any(|table| table.contains(&format!("name = \"{rule}\"\n")))
}

fn fixtures() -> Vec<PathBuf> {
    let folder = root().join("fixtures/hazards");
    let entries = std::fs::read_dir(folder).expect("fixtures/hazards is a folder");
    let paths = entries.map(|entry| entry.expect("fixtures/hazards can be read").path());
    let mut paths: Vec<_> =
        paths.filter(|path| path.extension().is_some_and(|e| e == "cu" || e == "h")).collect();
    paths.sort();
    paths
}

fn is_silent(path: &Path) -> bool {
    path.file_stem().is_some_and(|stem| stem.to_string_lossy().ends_with("-silent"))
}

/// The rules in the line `// expect:` of the first comments. `none` is a hazard without a rule so far.
fn expected(path: &Path) -> BTreeSet<String> {
    let text = std::fs::read_to_string(path).expect("a fixture is text");
    let comments = text.lines().take_while(|line| line.starts_with("//"));
    let lines = comments.filter_map(|line| line.strip_prefix("// expect:"));
    lines.flat_map(|line| line.split(',')).map(|rule| rule.trim().to_owned()).collect()
}

#[test]
fn positive_fixtures_raise_the_expected_rules() {
    let mut wrong = String::new();
    let positive: Vec<_> = fixtures().into_iter().filter(|path| !is_silent(path)).collect();
    assert!(positive.len() >= 30, "only {} positive fixtures", positive.len());
    for path in positive {
        let expected = expected(&path);
        let raised = raised(&path, Release::new(7, 1));
        let name = path.file_name().expect("a fixture has a name").to_string_lossy().into_owned();
        if expected.is_empty() {
            let _ = writeln!(wrong, "{name} expects nothing; it raises {raised:?}");
        }
        for rule in expected.iter().filter(|rule| *rule != "none" && !raised.contains(rule.as_str())) {
            let _ = writeln!(wrong, "{name} does not raise `{rule}`, but {raised:?}");
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn look_alikes_raise_no_hazard() {
    let mut wrong = String::new();
    let silent: Vec<_> = fixtures().into_iter().filter(|path| is_silent(path)).collect();
    assert!(silent.len() >= 30, "only {} look-alikes", silent.len());
    for path in silent {
        for rocm in [Release::new(7, 1), Release::new(5, 2)] {
            let raised = raised(&path, rocm);
            for rule in raised.iter().filter(|rule| is_hazard(rule)) {
                let _ = writeln!(wrong, "{} raises `{rule}` for ROCm {rocm}", path.display());
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn every_hazard_has_a_fixture_or_an_example() {
    let expected: BTreeSet<String> = fixtures().iter().flat_map(|path| expected(path)).collect();
    let rules = Rules::builtin();
    let unshown: Vec<_> = rules
        .rules()
        .filter(|rule| is_hazard(rule.name) && rule.before.is_empty() && !expected.contains(rule.name))
        .map(|rule| rule.name)
        .collect();
    assert!(unshown.is_empty(), "{unshown:?}");
}

#[test]
fn asm_statements_with_empty_sections_are_read() {
    for sections in ["::", ":::", "::::", ":: \"r\"(x) ::", ": \"=r\"(x) ::", ":: :"] {
        let code = format!("__device__ void f(int x) {{ asm volatile(\"bar.sync 0;\" {sections}); }}\n");
        let translation =
            tranship_engine::translate_file("a.cu", code.as_bytes(), &tranship_engine::Options::default());
        let rules: Vec<&str> = translation.findings.iter().map(|finding| finding.rule).collect();
        assert!(!rules.contains(&"internal-error"), "{sections}: {rules:?}");
    }
}

#[test]
fn a_texture_reference_that_stays_has_advice_of_its_own() {
    let project = Project::of(&[("a.cu", b"typedef texture<float, 1, cudaReadModeElementType> line;\n")]);
    let ran = project.run(&["check", "p", "--arch", "gfx942"]);
    assert!(ran.out.contains("use a texture object"), "{}", ran.out);
}
