//! `tranship advise` without a compiler: which findings it has, how they are suppressed, and that a conversion has none of them.

use crate::support::{Project, run};

const PARTIAL: &str = "__global__ void k(int *p) {}\nvoid run(int *p, int n) { k<<<n, 96>>>(p); }\n";

/// Checks the rules of the advice on `code`.
fn check(code: &str, expected: &[&str]) {
    let project = Project::of(&[("a.cu", code.as_bytes())]);
    let arguments = ["advise", "--no-compiler", "-q", "--output-format", "concise"];
    let ran = run(project.command(&arguments).current_dir(project.path("")));
    let rule = |line: &str| line.split(['[', ']']).nth(1).unwrap_or_default().to_owned();
    let rules: Vec<String> = ran.out.lines().map(rule).collect();
    assert_eq!(rules, expected, "{}{}", ran.out, ran.err);
}

/// The rules that the comments `// KIND: rule` of a fixture expect, each with its line.
fn expected(text: &str, kinds: &[&str]) -> Vec<String> {
    let of_line = |(at, line): (usize, &str)| {
        let comment = kinds.iter().find_map(|kind| line.split_once(&format!("// {kind}: ")));
        comment.map(|(_, rule)| format!("{}: {}", at + 1, rule.trim()))
    };
    text.lines().enumerate().filter_map(of_line).collect()
}

#[test]
fn fixtures_have_the_advice_of_their_comments() {
    let mut all: Vec<_> = std::fs::read_dir(crate::support::root().join("fixtures/advise"))
        .expect("fixtures/advise is a folder")
        .map(|entry| entry.expect("fixtures/advise can be read").path())
        .filter(|path| path.extension().is_some_and(|ending| ending == "cu"))
        .collect();
    all.sort();
    assert!(all.len() >= 15, "only {} fixtures", all.len());
    for path in all {
        let text = std::fs::read_to_string(&path).expect("a fixture is text");
        let project = Project::of(&[("a.cu", text.as_bytes())]);
        let arguments = ["advise", "--no-compiler", "-q", "--output-format", "concise"];
        let ran = run(project.command(&arguments).current_dir(project.path("")));
        let found: Vec<String> = ran
            .out
            .lines()
            .filter_map(|line| {
                let rule = line.split(['[', ']']).nth(1)?;
                Some(format!("{}: {rule}", line.split(':').nth(1)?))
            })
            .collect();
        assert_eq!(found, expected(&text, &["advice", "unmeasured"]), "{}: {}", path.display(), ran.err);
    }
}

#[test]
fn the_examples_of_rules_without_a_compiler_raise_them() {
    let rules = tranship_rules::Rules::builtin();
    let with_compiler = [
        "kernel-scratch",
        "kernel-bounds",
        "kernel-unroll",
        "atomic-loop",
        "wave-size",
        "division-in-loop",
        "narrow-loads",
        "device-code-size",
    ];
    for name in tranship_rules::list::ADVICE_RULES.iter().filter(|name| !with_compiler.contains(name)) {
        check(rules.rule(name).expect("the tables have the rule").before, &[name]);
    }
}

#[test]
fn shared_memory_counts_what_launches_add() {
    let code = |size: u32, block: u32, added: &str| {
        format!(
            "__global__ void k(int *p) {{ __shared__ float a[{size}]; extern __shared__ int more[]; a[0] = p[0]; more[0] = 1; }}\n\
             void run(int *p, int n) {{ k<<<n, {block}{added}>>>(p); }}\n"
        )
    };
    // gfx942 has 65,536 bytes, 4 SIMD units and 64 lanes in a wave.
    check(&code(4096, 256, ", 20000"), &["shared-size"]);
    check(&code(4096, 256, ", 10000"), &[]);
    check(&code(4096, 512, ", 20000"), &[]);
    check(&code(4096, 512, ", 50000"), &["shared-size"]);
    check(&code(4096, 256, ", n"), &[]);
}

#[test]
fn managed_memory_that_the_project_moves_is_fine() {
    let code = "void get(float **x) { cudaMallocManaged(x, 64); }\n";
    check(code, &["managed-memory"]);
    check(&format!("{code}void up(float *x) {{ cudaMemPrefetchAsync(x, 64, 0); }}\n"), &[]);
}

#[test]
fn products_that_use_the_matrix_unit_are_no_advice_about_it() {
    let product = |instruction: &str| {
        format!(
            "__device__ void f(float (&d)[4], unsigned a, unsigned b) {{ asm(\"{instruction} ...\" : \"+f\"(d[0])); }}\n"
        )
    };
    let found = |instruction: &str, archs: &str| {
        let project = Project::of(&[("a.cu", product(instruction).as_bytes())]);
        let arguments = ["advise", "--no-compiler", "-q", "--output-format", "concise", "--arch", archs];
        run(project.command(&arguments).current_dir(project.path(""))).out
    };
    let half = "mma.sync.aligned.m16n8k16.row.col.f32.f16.f16.f32";
    assert_eq!(found(half, "gfx942,gfx950,gfx1100,gfx1201"), "");
    let some = found(half, "gfx90a,gfx942,gfx1250");
    assert!(some.contains("(MFMA on gfx90a, WMMA on gfx1250)"), "{some}");
    assert_eq!(found("mma.sync.aligned.m16n8k32.row.col.satfinite.s32.s8.s8.s32", "gfx942"), "");
    assert_eq!(found("mma.sync.aligned.m16n8k32.row.col.s32.u8.s8.s32", "gfx942"), "");
    let square = found("mma.sync.aligned.m8n8k16.row.col.s32.u8.s8.s32", "gfx942");
    assert!(square.contains("(MFMA on gfx942)"), "{square}");
    let quarter = found("mma.sync.aligned.m8n8k4.row.col.f32.f16.f16.f32", "gfx942");
    assert!(quarter.contains("(MFMA on gfx942)"), "{quarter}");
    let fragments = |kind: &str| {
        let text = format!(
            "#include <mma.h>\nusing namespace nvcuda;\n__global__ void k(float *d) {{\n    wmma::fragment<wmma::matrix_a, 16, 16, 16, {kind}, wmma::row_major> a;\n    wmma::mma_sync(z, a, b, z);\n}}\n"
        );
        let project = Project::of(&[("a.cu", text.as_bytes())]);
        let arguments =
            ["advise", "--no-compiler", "-q", "--output-format", "concise", "--arch", "gfx942,gfx1100"];
        run(project.command(&arguments).current_dir(project.path(""))).out
    };
    assert_eq!(fragments("half"), "");
    assert_eq!(fragments("T"), "");
    assert_eq!(fragments("unsigned char"), "");
    let doubles = fragments("double");
    assert!(doubles.contains("(MFMA on gfx942"), "{doubles}");
    // A macro pastes the type, so the instruction is not known.
    assert_eq!(found("mma.sync.aligned.m16n8k16.row.col.f32.", "gfx942"), "");
}

#[test]
fn review_shows_advice_and_its_answers_settle_it() {
    let code = "__global__ void k(float *p) { p[0] = p[1] * 0.1; }\n";
    let project = Project::of(&[("a.cu", code.as_bytes())]);
    let command = |arguments: &[&str]| run(project.command(arguments).current_dir(project.path("")));
    let listed = command(&["review", "--advice", "--no-compiler", "--list"]);
    assert!(listed.out.starts_with("a.cu:1: manual[double-literal] "), "{}{}", listed.out, listed.err);
    assert_eq!(command(&["review", "--list"]).out, "");
    let open = command(&["review", "--advice", "--no-compiler"]);
    assert!(open.out.contains("tranship review --advice --list"), "{}", open.out);
    // A rejected edit is not in the patch, and the answer is not stale for a conversion.
    let rejected = command(&["review", "--advice", "--no-compiler", "--reject", "double-literal"]);
    assert!(rejected.err.contains("Rejected: 1 finding"), "{}", rejected.err);
    assert_eq!(command(&["advise", "--no-compiler", "-q", "--diff"]).out, "");
    assert!(!command(&["check", "--exit-zero"]).err.contains("stale"));
    command(&["review", "--advice", "--no-compiler", "--reopen", "double-literal"]);
    command(&["review", "--advice", "--no-compiler", "--accept", "double-literal"]);
    assert!(command(&["advise", "--no-compiler", "-q", "--diff"]).out.contains("+__global__"));
    let refused = command(&["review", "--no-compiler"]);
    assert!(refused.err.contains("the options of a compiler need `--advice`"), "{}", refused.err);
}

#[test]
fn exact_edits_are_a_patch() {
    let code = "__global__ void k(float *p) { p[0] = p[1] * 0.1; }\n";
    let project = Project::of(&[("a.cu", code.as_bytes())]);
    let ran = run(project
        .command(&["advise", "--no-compiler", "-q", "--diff", "--exit-zero"])
        .current_dir(project.path("")));
    assert!(
        ran.out.contains("+__global__ void k(float *p) { p[0] = p[1] * 0.1f; }\n"),
        "{}{}",
        ran.out,
        ran.err
    );
    assert!(ran.out.contains("--- a/a.cu\n+++ b/a.cu\n"), "{}", ran.out);
    assert_eq!(std::fs::read(project.path("a.cu")).unwrap(), code.as_bytes());
}

#[test]
fn patches_keep_the_ends_of_lines() {
    let code = "__global__ void k(float *p) {\r\n  p[0] = p[1] * 0.1;\r\n}\r\n";
    let project = Project::of(&[("a.cu", code.as_bytes())]);
    let ran = run(project
        .command(&["advise", "--no-compiler", "-q", "--diff", "--exit-zero"])
        .current_dir(project.path("")));
    assert!(ran.out.contains("\n-  p[0] = p[1] * 0.1;\r\n+  p[0] = p[1] * 0.1f;\r\n }\r\n"), "{:?}", ran.out);
}

#[cfg(unix)]
mod with_a_compiler {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    /// Prints the figures of one kernel. The number of registers is in the file `registers`, and the GPU must be gfx90a.
    const COMPILER: &str = r#"#!/bin/sh
here=$(dirname "$0")
case "$*" in *gfx942*) echo "error: wrong GPU" >&2; exit 1;; esac
while [ $# -gt 0 ]; do
  [ "$1" = -o ] && out=$2
  unit=$1
  shift
done
printf '    .max_flat_workgroup_size: 1024\n    .symbol: _Z1kPi.kd\n' > "$out"
for line in "Function Name: _Z1kPi" "VGPRs: $(cat "$here/registers")" "AGPRs: 0" "ScratchSize [bytes/lane]: 0" \
  "Occupancy [waves/SIMD]: 8" "VGPRs Spill: 0" "LDS Size [bytes/block]: 0"; do
  echo "$unit:1:1: remark: $line [-Rpass-analysis=kernel-resource-usage]" >&2
done
"#;

    /// Prints 400 bytes of scratch memory and 8 waves, and neither scratch nor fewer threads with waves of 64 lanes.
    const WIDE: &str = r#"#!/bin/sh
scratch=400 waves=8
case "$*" in *-mwavefrontsize64*) scratch=0 waves=4;; esac
while [ $# -gt 0 ]; do
  [ "$1" = -o ] && out=$2
  unit=$1
  shift
done
{
  printf '_Z1kPi:\n\t.loc\t1 1 1 ; %s:1:1\n\tscratch_load_dword v1, off, s0\n' "$unit"
  printf '    .max_flat_workgroup_size: 1024\n    .symbol: _Z1kPi.kd\n'
} > "$out"
for line in "Function Name: _Z1kPi" "VGPRs: 99" "AGPRs: 0" "ScratchSize [bytes/lane]: $scratch" \
  "Occupancy [waves/SIMD]: $waves" "VGPRs Spill: 0" "LDS Size [bytes/block]: 0"; do
  echo "$unit:1:1: remark: $line [-Rpass-analysis=kernel-resource-usage]" >&2
done
"#;

    /// Makes the file `path` of the project a program, and returns its path.
    fn executable(project: &Project, path: &str) -> std::path::PathBuf {
        let program = project.path(path);
        std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).unwrap();
        program
    }

    #[test]
    fn kernels_of_a_project_that_builds_for_rocm_have_figures() {
        let build = "project(p)\noption(USE_HIP \"for ROCm\" OFF)\nif(USE_HIP)\n  enable_language(HIP)\nelse()\n  \
                     enable_language(CUDA)\nendif()\nadd_library(a a.cu)\n";
        let code = "#include <cuda_runtime.h>\n__global__ void k(int *p) { p[0] = 1; }\n";
        let refuses = "while [ $# -gt 0 ]; do";
        let compiler = COMPILER.replacen(
            refuses,
            &format!("for last; do :; done\ngrep cuda_runtime -- \"$last\" >&2 && exit 1\n{refuses}"),
            1,
        );
        let project = Project::of(&[
            ("CMakeLists.txt", build.as_bytes()),
            ("a.cu", code.as_bytes()),
            ("bin/fake", compiler.as_bytes()),
            ("bin/registers", b"9"),
        ]);
        let tool = executable(&project, "bin/fake");
        let kernels = |flags: &[&str]| {
            let mut command = project.command(&["advise", "--exit-zero", "--arch", "gfx90a"]);
            let ran = run(command.args(flags).arg("--compiler").arg(&tool).current_dir(project.path("")));
            ran.out + &ran.err
        };
        let found = kernels(&[]);
        assert!(found.contains("k       a.cu:1"), "{found}");
        let found = kernels(&["--own-hip-build", "keep"]);
        assert!(found.contains("cuda_runtime.h"), "{found}");
    }

    #[test]
    fn waves_of_64_lanes_are_advised_where_no_code_depends_on_lanes() {
        let rules = |kernel: &str, arch: &str| {
            let code = format!("__global__ void k(int *p) {{ {kernel} }}\n");
            let project = Project::of(&[("a.cu", code.as_bytes()), ("bin/fake", WIDE.as_bytes())]);
            let tool = executable(&project, "bin/fake");
            let mut command =
                project.command(&["advise", "-q", "--output-format", "concise", "--arch", arch]);
            let ran = run(command.arg("--compiler").arg(&tool).current_dir(project.path("")));
            ran.out
        };
        let found = rules("p[0] = 1;", "gfx1100");
        assert!(
            found.contains("[wave-size]") && found.contains("0 bytes of scratch instead of 400"),
            "{found}"
        );
        assert!(!rules("p[0] = __shfl_sync(~0u, p[1], 3);", "gfx1100").contains("[wave-size]"));
        // Waves of gfx942 have 64 lanes, and those of gfx1250 only 32.
        assert!(!rules("p[0] = 1;", "gfx942,gfx1250").contains("[wave-size]"));
    }

    #[test]
    fn a_baseline_fails_for_worse_figures_only() {
        let kernel = "__global__ void k(int *p) {}\nvoid run(int *p, int n) { k<<<n, 64>>>(p); }\n";
        let config = "arch = [\"gfx90a\"]\n";
        let project = Project::of(&[
            ("tranship.toml", config.as_bytes()),
            ("a.cu", kernel.as_bytes()),
            ("bin/amdclang++", COMPILER.as_bytes()),
            ("bin/registers", b"32"),
        ]);
        executable(&project, "bin/amdclang++");
        let path = format!("{}:/usr/bin:/bin", project.path("bin").display());
        let advise = |more: &[&str]| {
            let arguments = ["advise", "a.cu", "--baseline", "kernels.json"];
            let mut command = project.command(&[&arguments[..], more].concat());
            command.current_dir(project.path("")).env("PATH", &path);
            run(&mut command)
        };
        let missing = advise(&[]);
        assert_eq!(
            (missing.code, missing.err.contains("kernels.json: cannot read")),
            (Some(2), true),
            "{}",
            missing.err
        );
        let written = advise(&["--update-baseline"]);
        assert_eq!(written.code, Some(0), "{}{}", written.out, written.err);
        assert!(written.err.contains("with amdclang++"), "the GPU of the configuration: {}", written.err);
        assert_eq!(advise(&[]).code, Some(0), "equal figures");
        std::fs::write(project.path("bin/registers"), "40").unwrap();
        let worse = advise(&[]);
        assert_eq!(worse.code, Some(1), "{}", worse.err);
        assert!(
            worse.err.contains("worse: a.cu: `k` on gfx90a: 40 registers instead of 32"),
            "{}",
            worse.err
        );
        assert_eq!(advise(&["--no-compiler"]).code, Some(2), "a baseline needs figures");
        let page = advise(&["--output-format", "html", "--arch", "gfx90a,gfx1250"]).out;
        for part in [
            "<code title=\"k\">k</code>",
            "aria-label=\"40 of 512\"",
            "aria-label=\"8 of 16\"",
            "<td>320 KiB</td>",
        ] {
            assert!(page.contains(part), "{part}: {page}");
        }
        assert!(!page.contains("<script"));
        std::fs::write(project.path("bin/registers"), "24").unwrap();
        assert_eq!(advise(&[]).code, Some(0), "better figures");
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
