//! The figures and findings of `tranship advise` with a compiler, for kernels whose needs follow from their source.
//!
//! Comments of a fixture say what is expected: `// advice: RULE` on a line with a finding, `// measured: RULE` where only a compiler
//! shows it (several with commas), and `// figures: ARCH KERNEL NAME=VALUE ...` at the top.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use crate::support::{PROGRAM, root};
use crate::{scratch, targets};

const ARCHS: &str = "gfx90a,gfx942,gfx950,gfx1100";
/// The GPUs for advice that only depends on the source; a compiler must only show that nothing comes on top.
const ARCHS_OF_SOURCE: &str = "gfx90a,gfx1100";

/// The report of `tranship advise` for `archs` on the fixture `path`, copied into a project of its own below `folder`.
fn report(path: &Path, archs: &str, folder: &Path, compiler: &str, options: &[OsString]) -> (Value, PathBuf) {
    let project = folder.join(path.file_stem().unwrap());
    fs::create_dir_all(&project).unwrap();
    fs::copy(path, project.join("a").with_extension(path.extension().unwrap())).unwrap();
    let mut command = Command::new(PROGRAM);
    command.args(["advise", ".", "--arch", archs, "--exit-zero", "--output-format", "json"]);
    command.args(["--compiler", compiler]).current_dir(&project);
    for option in options {
        command.arg("--compiler-option").arg(option);
    }
    let ran = command.output().unwrap();
    (serde_json::from_slice(&ran.stdout).expect("the output is JSON"), project)
}

/// The figures that the comments of a fixture state and that `report` does not have.
fn wrong_figures(text: &str, report: &Value) -> Vec<String> {
    let of = |all: &Value, key: &str, value: &str| -> Value {
        all.as_array().unwrap().iter().find(|one| one[key] == value).cloned().unwrap_or_default()
    };
    let mut wrong = Vec::new();
    for line in text.lines().filter_map(|line| line.strip_prefix("// figures: ")) {
        let mut words = line.split_whitespace();
        let (arch, kernel) = (words.next().unwrap(), words.next().unwrap());
        let figures = of(&of(&report["kernels"], "name", kernel)["figures"], "arch", arch);
        for claim in words {
            let (name, least) = claim.split_once('=').unwrap();
            let (name, is_least) = name.strip_suffix('>').map_or((name, false), |name| (name, true));
            let key = match name {
                "waves" => "occupancy",
                "threads" => "most_threads",
                name => name,
            };
            let (value, wanted) = (figures[key].as_u64(), least.parse().ok());
            if value.is_none() || (is_least && value < wanted) || (!is_least && value != wanted) {
                wrong.push(format!("{line}: {name} is {value:?}"));
            }
        }
    }
    wrong
}

#[test]
fn fixtures_have_the_figures_and_advice_of_their_comments() {
    let folder = scratch("advise");
    let Some(targets) = targets(&folder) else { return };
    let target = targets.iter().find(|target| target.name == "clang-22").expect("the tier has clang 22");
    let (compiler, options) = target.for_hip();
    let entries = fs::read_dir(root().join("fixtures/advise")).unwrap();
    let mut fixtures: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    fixtures.retain(|path| path.extension().is_some_and(|ending| ending == "cu"));
    fixtures.sort();
    let (mut wrong, mut figures) = (Vec::new(), 0);
    for path in fixtures {
        let text = fs::read_to_string(&path).unwrap();
        let has = |mark: &str| text.contains(&format!("// {mark}: "));
        let is_of_source = has("advice") && !has("measured") && !has("figures");
        let archs = if is_of_source { ARCHS_OF_SOURCE } else { ARCHS };
        let (report, project) = report(&path, archs, &folder, compiler, &options);
        let name = path.file_stem().unwrap().to_string_lossy();
        if report["failures"].as_array().is_none_or(|failures| !failures.is_empty()) {
            wrong.push(format!("{name}: {}", report["failures"]));
        }
        let expected: Vec<String> = text
            .lines()
            .enumerate()
            .flat_map(|(at, line)| {
                let comment =
                    ["advice", "measured"].iter().find_map(|kind| line.split_once(&format!("// {kind}: ")));
                let rules = comment.map_or("", |(_, rules)| rules.trim());
                let rules = rules.split(", ").filter(|rule| !rule.is_empty());
                rules.map(move |rule| format!("{}: {rule}", at + 1))
            })
            .collect();
        let findings = report["report"]["findings"].as_array().unwrap();
        let found: Vec<String> = findings
            .iter()
            .map(|one| format!("{}: {}", one["line"], one["rule"].as_str().unwrap()))
            .collect();
        if found != expected {
            wrong.push(format!("{name}: {found:?} instead of {expected:?}"));
        }
        figures += text.matches("// figures: ").count();
        wrong.extend(wrong_figures(&text, &report).into_iter().map(|what| format!("{name}: {what}")));
        if name == "atomics" {
            let loops = findings.iter().find(|one| one["rule"] == "atomic-loop").unwrap().to_string();
            assert!(loops.contains("gfx90a") && !loops.contains("gfx942"), "{loops}");
        }
        assert!(project.join("a.cu").is_file());
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(figures >= 8, "only {figures} lines with figures");
}

#[test]
fn much_device_code_is_one_finding_at_the_largest_kernel() {
    let folder = scratch("advise-size");
    let Some(targets) = targets(&folder) else { return };
    let target = targets.iter().find(|target| target.name == "clang-22").expect("the tier has clang 22");
    let (compiler, options) = target.for_hip();
    // The compiler counts at least 4 bytes for an instruction: 4 GPUs, 8 instances and 2^17 instructions are 16 MiB. They are
    // assembly, because so many statements take minutes to compile.
    let code = |doubled: usize| {
        let text = |n: usize| format!("#define NOPS_{} NOPS_{n} NOPS_{n}\n", n + 1);
        let instance = |n: usize| format!("template __global__ void wait<{n}>(int *);\n");
        format!(
            "#include <hip/hip_runtime.h>\n#define NOPS_0 \"s_nop 0\\n\"\n{}\
             template <int N> __global__ void wait(int *out) {{ asm volatile(NOPS_{doubled}); out[threadIdx.x] = N; }}\n{}",
            (0..doubled).map(text).collect::<String>(),
            (1..=8).map(instance).collect::<String>()
        )
    };
    for (doubled, expected) in [(17, 1), (13, 0)] {
        let path = folder.join(format!("wait{doubled}.hip"));
        fs::write(&path, code(doubled)).unwrap();
        let (report, _) = report(&path, ARCHS, &folder, compiler, &options);
        let findings = report["report"]["findings"].as_array().unwrap();
        let sizes: Vec<_> = findings.iter().filter(|one| one["rule"] == "device-code-size").collect();
        assert_eq!(sizes.len(), expected, "2^{doubled} instructions: {findings:?} {}", report["failures"]);
        if let Some(found) = sizes.first() {
            assert_eq!(found["line"], doubled + 3, "{found}");
            assert!(found.to_string().contains("in 8 instances"), "{found}");
        }
    }
}
