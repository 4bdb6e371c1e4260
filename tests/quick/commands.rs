//! Runs every command in the documentation, and lists those that it does not run, each with the reason.
//!
//! The blocks `console` of the guides are run and compared by `documents`. This file runs all other commands of tranship, also those of
//! `docs/CLI.md`, in a small project. Compilers, CMake and `man` are programs that do nothing.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::support::{Project, commit, files, root, run};

/// Commands of tranship that are not run: the beginning, and the reason.
const NOT_RUN: &[(&str, &str)] = &[
    // `tests/proof/terminal` presses its keys.
    ("tranship review", "opens a screen, so it needs a terminal"),
    (
        "tranship advise --diff | git apply",
        "`git apply` refuses an empty patch; `advise` applies one with edits",
    ),
    ("tranship report merge", "needs reports of other commands; `shards` merges reports"),
    ("tranship sync", "needs an edited output; `documents` runs and compares the commands of docs/sync.md"),
];

/// Commands that the text names without the argument that they need.
const NEED_MORE: &[&str] =
    &["completions", "convert", "convert --diff", "explain", "rules", "rules search", "help"];

/// Other commands in the documentation: the beginning, and where they are run or why they are not.
const OTHER: &[(&str, &str)] = &[
    (".ci/release", "tests/proof/packaging/wheel.rs runs it in a clone"),
    (".ci/run", "continuous integration runs it"),
    (".ci/toolchain", "continuous integration runs it"),
    ("cargo bench", "continuous integration compiles it; its figures depend on the machine"),
    ("cargo binstall tranship", "needs the network and a release"),
    ("cargo build", "continuous integration builds; the profile `dist` takes minutes"),
    ("cargo clippy", "continuous integration runs it"),
    ("cargo fmt", "continuous integration runs it"),
    ("cargo install --locked --git", "needs the network and a published repository"),
    ("cargo install --path .", "tests/proof/packaging/hooks.rs: pre-commit installs the program so"),
    ("cargo install tranship", "needs the network and a release"),
    ("cargo run --release -- convert", "`the_first_command_of_the_readme_prints_what_it_shows`"),
    ("cargo test", "these are the tests"),
    ("cmake -DUSE_HIP=ON", "tests/proof/build configures a project for both vendors so"),
    ("cmake --build build", "needs ROCm"),
    ("cmake -S nbody-hip -B build", "tests/proof/build configures the converted example"),
    ("docker build -f .ci/Dockerfile", "needs Docker and the network"),
    ("maturin build", "tests/proof/packaging/wheel.rs runs it with the profile of the tests"),
    (
        "mdbook build docs",
        "needs mdBook; `the_book_has_every_page` compares its table of contents with the pages",
    ),
    (
        "pip install tranship",
        "needs the network and a release; tests/proof/packaging/wheel.rs installs the wheel",
    ),
    (
        "pip install translator/python",
        "builds in the release profile; wheel.rs builds it with the profile of the tests",
    ),
    ("rules/tools/contracts", "tests/proof/compile/contracts.rs runs it"),
    ("tests/real-projects/", "needs projects of other authors"),
    ("tests/speed/tree", "its figures depend on the machine"),
    ("uvx tranship", "needs the network and a release"),
];

/// The programs with which a command of the documentation begins, apart from tranship.
const PROGRAMS: &[&str] = &[
    ".ci/release",
    ".ci/run",
    ".ci/toolchain",
    "cargo",
    "cmake",
    "docker",
    "maturin",
    "mdbook",
    "pip",
    "rules/tools/",
    "tests/real-projects/",
    "tests/speed/",
    "tests/wasm/run",
    "uvx",
];

/// Folders and files in which these words are commands of a shell, but not for the reader of the page.
const EXAMPLES: &[&str] = &["rules/", "tables/", "ptx.md", "coverage.md"];

/// A compiler that accepts everything. A real one in `PATH` would make the result depend on the machine.
const COMPILER: &str = r#"#!/bin/sh
while [ $# -gt 0 ]; do
  [ "$1" = -o ] && out=$2
  [ "$1" = -dependency-file ] && list=$3
  shift
done
[ -n "$list" ] && echo "unit: unit" > "$list"
[ -n "$out" ] && printf '    .max_flat_workgroup_size: 1024\n    .symbol: _Z5scalePf.kd\n' > "$out"
exit 0
"#;

const KERNEL: &str = "#include <cuda_runtime.h>\n#include \"b.cuh\"\n__global__ void scale(float *a) {\n  \
    a[threadIdx.x] *= factor;\n  asm(\"bar.sync 1, 64;\");\n  __shfl_down_sync(mask(), a[0], 16);\n}\n\
    void run(float *a) { scale<<<1, 32>>>(a); }\n";

/// A folder with a project `p` in git, its output `p-hip`, and programs that do nothing.
fn world() -> Project {
    let project = Project::of(&[
        ("src/a.cu", KERNEL.as_bytes()),
        ("src/b.cuh", b"#define factor 2\nunsigned mask();\n"),
        ("kernel.cu", b"__global__ void k() {}\n"),
        ("a/k.cu", b"__global__ void k() {}\n"),
        ("b/k.cu", b"__global__ void k() {}\n"),
        ("repos/c/k.cu", b"__global__ void k() {}\n"),
        ("CMakeLists.txt", b"cmake_minimum_required(VERSION 3.18)\nproject(p LANGUAGES CXX CUDA)\nadd_executable(p src/a.cu)\n"),
        ("build/compile_commands.json", b"[]\n"),
        ("ours.toml", b"[[rule]]\nname = \"our-rule\"\nlevel = \"manual\"\nwhat = \"an old call\"\nwhy = \"it is old\"\n\
            todo = \"use the new one\"\nsource = \"ours\"\nidentifiers = [\"ourOldCall\"]\n"),
        ("kernels.json", b"{}\n"),
    ]);
    project.run(&["convert", "p", "--exit-zero", "--quiet"]).check(0, &[]);
    project
        .run(&["check", "p", "--exit-zero", "--baseline", "p/tranship-baseline.toml", "--update-baseline"])
        .check(0, &[]);
    fs::create_dir_all(project.around().join("p-hip/build")).unwrap();
    fs::write(project.around().join("p-hip/build/compile_commands.json"), "[]\n").unwrap();
    commit(&project);
    let path = project.path_with_program();
    assert!(!path.is_empty());
    for program in ["amdclang++", "clang++", "clang++-22", "hipcc", "cmake", "ctest", "man"] {
        let file = project.around().join("bin").join(program);
        fs::write(
            &file,
            if program.contains("cc") || program.contains("++") {
                COMPILER
            } else {
                "#!/bin/sh\ncat > /dev/null\n"
            },
        )
        .unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(0o755)).unwrap();
    }
    project
}

/// Every page, with its path below `docs/`.
fn pages() -> Vec<(String, String)> {
    let docs = root().join("docs");
    let is_page = |file: &String| Path::new(file).extension().is_some_and(|ending| ending == "md");
    let read = |file: String| {
        let text = fs::read_to_string(docs.join(&file)).unwrap();
        (file, text)
    };
    let mut pages: Vec<(String, String)> = files(&docs).into_iter().filter(is_page).map(read).collect();
    pages.push(("../README.md".to_owned(), fs::read_to_string(root().join("README.md")).unwrap()));
    pages
}

/// The commands of `text` that begin with one of `programs`: lines of blocks without output, and code in backticks.
fn commands(text: &str, programs: &[&str]) -> Vec<String> {
    let mut found = Vec::new();
    let mut prose = String::new();
    let mut block: Option<&str> = None;
    // A line that ends with a backslash goes on in the next one.
    let text = text.replace("\\\n", "");
    for line in text.lines() {
        let trimmed = line.trim_start();
        if let Some(language) = trimmed.strip_prefix("```") {
            block = if block.is_some() { None } else { Some(language) };
        } else if block.is_none() {
            prose.push_str(line);
            prose.push('\n');
        } else if block != Some("console") || trimmed.starts_with("$ ") {
            let line = trimmed.trim_start_matches("$ ");
            found.push(line.strip_prefix("- ").unwrap_or(line).to_owned());
        }
    }
    found.extend(
        prose.split('`').skip(1).step_by(2).map(|code| code.split_whitespace().collect::<Vec<_>>().join(" ")),
    );
    let begins = |command: &String| {
        programs.iter().any(|program| {
            command
                .strip_prefix(program)
                .is_some_and(|rest| program.ends_with('/') || rest.is_empty() || rest.starts_with(' '))
        })
    };
    found.retain(begins);
    // What the command does follows in a second column.
    found.iter().map(|command| command.split("  ").next().unwrap().trim().to_owned()).collect()
}

/// The command with values for its placeholders, or `None` if it names a command or an option without saying how to call it.
fn filled(command: &str) -> Option<String> {
    let mut line = command
        .replace("X.Y", "6.4")
        .replace("LEVEL", "safe")
        .replace("<name>", "p")
        .replace("../app", "../p");
    for (placeholder, value) in [
        ("PATH", "."),
        ("SOURCE", "src"),
        ("OUT", "../out"),
        ("DIR", "../p-hip"),
        ("NAME", "cudaMalloc"),
        ("RULE", "shuffle-mask"),
        ("p", "."),
    ] {
        line = line
            .split(' ')
            .map(|word| if word == placeholder { value } else { word })
            .collect::<Vec<_>>()
            .join(" ");
    }
    let own = line.split([';', '|', '>', '<', '&']).next().unwrap();
    let is_named = own.contains(['…', '[', '$']) || own.contains("...");
    let words = own.split_whitespace().map(|word| word.trim_matches(['"', '\'']).to_owned());
    let words: Vec<String> = words.collect();
    let is_named = is_named || NEED_MORE.contains(&words[1..].join(" ").as_str());
    (!is_named && tranship::cli::parse(words).is_ok()).then_some(line)
}

#[test]
fn every_command_of_tranship_in_the_documents_runs() {
    let mut all = BTreeSet::new();
    // The guides show the output of these; `documents` compares it.
    for (page, text) in pages() {
        let compared: String = if crate::documents::COMPARED.contains(&&*page) {
            text.split("```")
                .enumerate()
                .filter(|(_, part)| !part.starts_with("console\n"))
                .map(|(_, part)| part)
                .collect::<Vec<_>>()
                .join("```")
        } else {
            text
        };
        all.extend(commands(&compared, &["tranship"]).iter().filter_map(|command| filled(command)));
    }
    let is_left_out = |command: &str| {
        NOT_RUN[1..].iter().any(|(start, _)| command.starts_with(start))
            || command.starts_with(NOT_RUN[0].0)
                && !["--list", "--accept", "--reject", "--reopen", "--forget-stale"]
                    .iter()
                    .any(|flag| command.contains(flag))
    };
    let run_all: Vec<&String> = all.iter().filter(|command| !is_left_out(command)).collect();
    assert!(run_all.len() > 60, "only {} commands were found", run_all.len());
    let template = world();
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let problems: Vec<String> = std::thread::scope(|scope| {
        let run_part = |part: usize| {
            let (run_all, template) = (&run_all, &template);
            scope.spawn(move || -> Vec<String> {
                run_all
                    .iter()
                    .skip(part)
                    .step_by(threads)
                    .filter_map(|command| problem(command, template))
                    .collect()
            })
        };
        let parts: Vec<_> = (0..threads).map(run_part).collect();
        parts.into_iter().flat_map(|part| part.join().unwrap()).collect()
    });
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}

/// Runs `command` in a copy of `template`. Returns what is wrong: an exit code other than 0 and 1.
fn problem(command: &str, template: &Project) -> Option<String> {
    let copy = tempfile::tempdir().unwrap();
    let mut cp = Command::new("cp");
    run(cp.arg("-a").arg(template.around().join(".")).arg(copy.path())).check(0, &[]);
    let home = copy.path().join("home/.local/share/bash-completion/completions");
    fs::create_dir_all(home).unwrap();
    fs::create_dir_all(copy.path().join("home/.config/fish/completions")).unwrap();
    fs::create_dir_all(copy.path().join("home/.local/share/man/man1")).unwrap();
    fs::create_dir_all(copy.path().join("home/hip/include")).unwrap();
    let mut shell = Command::new("bash");
    shell.args(["-o", "pipefail", "-c", command]).current_dir(copy.path().join("p")).stdin(Stdio::null());
    shell.env("PATH", format!("{}:/usr/bin:/bin", copy.path().join("bin").display()));
    shell
        .env("HOME", copy.path().join("home"))
        .env("NO_COLOR", "1")
        .env("GITHUB_STEP_SUMMARY", copy.path().join("summary"));
    shell.env("GIT_CONFIG_GLOBAL", "/dev/null").env_remove("ROCM_PATH").env_remove("HIP_PATH");
    let ran = run(&mut shell);
    let is_done = matches!(ran.code, Some(0 | 1)) && !ran.err.lines().any(|line| line.starts_with("error: "));
    (!is_done).then(|| format!("`{command}` left with {:?}:\n{}", ran.code, ran.err))
}

#[test]
fn every_other_command_in_the_documents_is_run_or_has_a_reason() {
    let mut used = BTreeSet::new();
    for (page, text) in pages() {
        if EXAMPLES.iter().any(|start| page.starts_with(start)) {
            continue;
        }
        for command in commands(&text, PROGRAMS) {
            // The name of a program or a file alone.
            if !command.contains(' ') && !command.starts_with(".ci/")
                || PROGRAMS.contains(&&*command) && !command.contains('/')
            {
                continue;
            }
            let known = OTHER.iter().find(|(start, _)| command.starts_with(start));
            let (start, reason) =
                known.unwrap_or_else(|| panic!("docs/{page}: `{command}` is neither run nor has a reason"));
            assert!(!reason.is_empty());
            used.insert(*start);
        }
    }
    let unused: Vec<&str> =
        OTHER.iter().map(|(start, _)| *start).filter(|start| !used.contains(start)).collect();
    assert!(unused.is_empty(), "no page has these commands any more: {unused:?}");
}

#[test]
fn the_guides_with_output_are_those_that_are_compared() {
    let with_output: BTreeSet<String> =
        pages().into_iter().filter(|(_, text)| text.contains("```console\n")).map(|(page, _)| page).collect();
    let mut wanted: BTreeSet<String> =
        crate::documents::COMPARED.iter().map(|page| (*page).to_owned()).collect();
    // It needs projects of other authors.
    wanted.insert("real-projects.md".to_owned());
    assert_eq!(with_output, wanted);
}

#[test]
fn the_first_command_of_the_readme_prints_what_it_shows() {
    let text = fs::read_to_string(root().join("README.md")).unwrap();
    let mut blocks = text.split("```").skip(1).step_by(2);
    let command = blocks.next().unwrap().trim();
    let shown = blocks.next().unwrap().trim();
    let arguments = command.strip_prefix("cargo run --release -- ").unwrap();
    let out = tempfile::tempdir().unwrap();
    let folder = out.path().join("nbody-hip");
    let arguments = arguments.replace("target/nbody-hip", folder.to_str().unwrap());
    let mut program = Project::new().command(&arguments.split(' ').collect::<Vec<_>>());
    let ran = run(program.current_dir(root()));
    ran.check(0, &[]);
    let printed = format!("{}{}", ran.out, ran.err).replace(folder.to_str().unwrap(), "target/nbody-hip");
    assert_eq!(printed.trim(), shown);
}
