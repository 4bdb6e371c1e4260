//! `tranship advise` without a compiler: which findings it has, how they are suppressed, and that a conversion has none of them.

use crate::support::{Project, run};

const PARTIAL: &str = "__global__ void k(int *p) {}\nvoid run(int *p) { k<<<1, 96>>>(p); }\n";

/// Checks the rules of the advice on `code`.
fn check(code: &str, expected: &[&str]) {
    let project = Project::of(&[("a.cu", code.as_bytes())]);
    let arguments = ["advise", "--no-compiler", "-q", "--output-format", "concise"];
    let ran = run(project.command(&arguments).current_dir(project.path("")));
    let rule = |line: &str| line.split(['[', ']']).nth(1).unwrap_or_default().to_owned();
    let rules: Vec<String> = ran.out.lines().map(rule).collect();
    assert_eq!(rules, expected, "{}{}", ran.out, ran.err);
}

#[test]
fn the_examples_of_rules_without_a_compiler_raise_them() {
    let rules = tranship_rules::Rules::builtin();
    for name in ["partial-wave", "pageable-copy"] {
        check(rules.rule(name).expect("the tables have the rule").before, &[name]);
    }
}

#[test]
fn advice_is_suppressed_by_a_comment_that_a_conversion_accepts() {
    check(PARTIAL, &["partial-wave"]);
    let ignored = PARTIAL.replace("(p); }", "(p); } // tranship: ignore[partial-wave] small on purpose");
    check(&ignored, &[]);
    let project = Project::of(&[("a.cu", ignored.as_bytes())]);
    let ran = project.run(&["convert", "p", "-q", "--output-format", "concise"]);
    assert_eq!((ran.out.as_str(), ran.err.as_str()), ("", ""));
}
