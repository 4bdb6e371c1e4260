//! Runs the tests of the project with a command of the user, and relates what fails to findings by the files and functions that the
//! output names. It knows nothing of the GPU or simulator that the command uses.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::{Command, Stdio};

use tranship_engine::result::{Conversion, FileReport, Found};

use super::open;

/// The most lines of the output that are kept.
const TAIL: usize = 30;

/// A run of the tests.
#[derive(Clone, Debug, serde::Serialize)]
pub struct TestRun {
    /// The command.
    pub command: String,
    /// Its exit code; `None` if it could not be started, or a signal ended it.
    pub code: Option<i32>,
    /// The tests that fail, as `CTest`, `GoogleTest` or pytest name them.
    pub failed: Vec<String>,
    /// The findings that may be the reason, if a test fails.
    pub related: Vec<Related>,
    /// The end of the output, if a test fails.
    pub tail: Vec<String>,
}

/// A finding at a file or function that the output of a failed test names.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
pub struct Related {
    /// The word in the output: a file or a function.
    pub word: String,
    /// The path of the file as the user would name it.
    pub path: String,
    /// The line, counted from 1; `None` for a finding about a whole file.
    pub line: Option<u32>,
    /// The rule of the finding.
    pub rule: &'static str,
}

impl TestRun {
    /// Whether all tests pass.
    pub fn is_good(&self) -> bool {
        self.code == Some(0)
    }
}

/// Runs `command` in the folder `folder`, and relates its output to the open findings of `conversion`.
pub fn run_tests(command: &str, folder: &Path, conversion: &Conversion) -> TestRun {
    let ran = shell(command).current_dir(folder).stdin(Stdio::null()).output();
    let (code, text) = match ran {
        Ok(ran) => {
            let mut text = String::from_utf8_lossy(&ran.stdout).into_owned();
            text.push_str(&String::from_utf8_lossy(&ran.stderr));
            (ran.status.code(), text)
        }
        Err(error) => (None, format!("cannot start: {error}\n")),
    };
    let mut run = TestRun {
        command: command.to_owned(),
        code,
        failed: Vec::new(),
        related: Vec::new(),
        tail: Vec::new(),
    };
    if !run.is_good() {
        run.failed = failed(&text);
        run.related = related(&text, &run.failed, conversion);
        let lines: Vec<&str> = text.lines().collect();
        run.tail = lines[lines.len().saturating_sub(TAIL)..].iter().map(ToString::to_string).collect();
    }
    run
}

#[cfg(unix)]
fn shell(command: &str) -> Command {
    let mut shell = Command::new("sh");
    shell.args(["-c", command]);
    shell
}

#[cfg(not(unix))]
fn shell(command: &str) -> Command {
    let mut shell = Command::new("cmd");
    shell.args(["/C", command]);
    shell
}

/// The names of failed tests: `  3 - name (Failed)` of `CTest`, `[  FAILED  ] name` of `GoogleTest`, `FAILED name` of pytest.
fn failed(text: &str) -> Vec<String> {
    let ctest = |line: &str| {
        let (number, rest) = line.trim().split_once(" - ")?;
        let (name, end) = rest.rsplit_once(" (")?;
        (number.parse::<u32>().is_ok() && end.ends_with(')')).then(|| name.trim().to_owned())
    };
    let word = |line: &str, mark: &str| {
        let rest = line.strip_prefix(mark)?.split_whitespace().next()?;
        Some(rest.trim_end_matches(',').to_owned())
    };
    let name =
        |line: &str| ctest(line).or_else(|| word(line, "[  FAILED  ] ")).or_else(|| word(line, "FAILED "));
    let mut seen = BTreeSet::new();
    let is_name = |name: &String| !name.chars().all(|c| c.is_ascii_digit());
    text.lines().filter_map(name).filter(is_name).filter(|name| seen.insert(name.clone())).collect()
}

/// The open findings in files, or in functions, that `text` or the name of a failed test names. Lines about tests that pass do not
/// count.
fn related(text: &str, failed: &[String], conversion: &Conversion) -> Vec<Related> {
    const GOOD: [&str; 4] = ["Passed", "[       OK ]", "[ RUN      ]", "PASSED"];
    let lines = text.lines().filter(|line| !GOOD.iter().any(|good| line.contains(good)));
    let words: BTreeSet<&str> = lines
        .flat_map(|line| line.split(|c: char| !c.is_alphanumeric() && c != '_'))
        .filter(|word| word.len() > 2)
        .collect();
    let is_named = |name: &&String| {
        words.contains(name.as_str()) || failed.iter().any(|test| test.contains(name.as_str()))
    };
    let mut all = BTreeSet::new();
    for (file, found) in open(conversion) {
        let line = found.place.as_ref().map(|place| place.start.line);
        for word in names(file, found).iter().filter(is_named) {
            all.insert(Related { word: word.clone(), path: display(&file.path), line, rule: found.rule });
        }
    }
    let mut places = BTreeSet::new();
    all.into_iter().filter(|one| places.insert((one.path.clone(), one.line, one.rule))).collect()
}

/// The words by which a test may name the place of `found`: its function, and its file without the ending.
fn names(file: &FileReport, found: &Found) -> Vec<String> {
    let function = found.enclosing.as_deref().map(|name| name.rsplit("::").next().unwrap_or(name).to_owned());
    let stem = file.source.file_stem().map(|stem| stem.to_string_lossy().into_owned());
    // A name such as `main` is in every output.
    let is_telling = |name: &String| {
        !["main", "test", "tests", "kernel", "kernels", "utils", "common"].contains(&name.as_str())
    };
    function.into_iter().chain(stem).filter(is_telling).collect()
}

fn display(path: &Path) -> String {
    tranship_engine::text::path::readable(path).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn failed_tests_are_found_in_three_forms() {
        let text = "1/2 Test #1: scan .....   Passed    0.01 sec\n\
                    The following tests FAILED:\n\t  2 - reduce_f32 (Failed)\n\
                    [  FAILED  ] Sort.Keys (3 ms)\n[  FAILED  ] 1 test, listed below:\n[  FAILED  ] Sort.Keys\n\
                    FAILED tests/test_ops.py::test_add - AssertionError\n";
        assert_eq!(failed(text), ["reduce_f32", "Sort.Keys", "tests/test_ops.py::test_add"]);
    }
}
