//! The commands in the documentation: they run, and they print what the pages say.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::Command;

use crate::support::{Project, files, root, run};

/// Runs the blocks `console` of `text` in the folder around `project`. Returns the text with the output of this run.
fn with_output(text: &str, project: &Project) -> String {
    let mut out = String::new();
    let mut blocks = text.split("```console\n");
    out.push_str(blocks.next().unwrap());
    for block in blocks {
        let (commands, rest) = block.split_once("```\n").unwrap();
        out.push_str("```console\n");
        for command in commands.lines().filter_map(|line| line.strip_prefix("$ ")) {
            let mut shell = Command::new("bash");
            shell.args(["-c", &format!("exec 2>&1; {command}")]).current_dir(project.around());
            shell.env("PATH", project.path_with_program()).env("NO_COLOR", "1");
            let ran = run(&mut shell);
            let _ = writeln!(out, "$ {command}");
            for line in ran.out.trim_start_matches('\n').lines() {
                let _ = writeln!(out, "{}", line.trim_end());
            }
        }
        let _ = write!(out, "```\n{rest}");
    }
    out
}

/// A folder around a project with a copy of the example `fixtures/projects/EXAMPLE` for each of `copies`, named as given.
fn with_examples(copies: &[(&str, &str)]) -> Project {
    let project = Project::new();
    for (example, name) in copies {
        let example = root().join("fixtures/projects").join(example);
        for file in files(&example) {
            let to = project.around().join(name).join(&file);
            fs::create_dir_all(to.parent().unwrap()).unwrap();
            fs::copy(example.join(&file), to).unwrap();
        }
    }
    project
}

/// A folder around a project with these files.
fn with_files(files: &[(&str, &str)]) -> Project {
    let project = Project::new();
    for (name, text) in files {
        let path = project.around().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    project
}

/// The first block of `language` in the page `name`.
fn block(name: &str, language: &str) -> String {
    let text = fs::read_to_string(root().join("docs").join(name)).unwrap();
    let start = format!("```{language}\n");
    text.split(&start).nth(1).unwrap().split("```").next().unwrap().to_owned()
}

#[test]
fn the_tutorial_and_the_guides_show_what_their_commands_print() {
    for page in ["tutorial.md", "guides/convert.md", "guides/check.md", "sync.md"] {
        check(&root().join("docs").join(page), &with_examples(&[("nbody-cmake", "nbody")]));
    }
    let both = with_examples(&[("nbody-cmake", "nbody"), ("waves-findcuda", "waves")]);
    check(&root().join("docs/guides/cmake.md"), &both);
}

/// The kernel of `docs/guides/review.md`.
const SUM: &str = "#include <cuda_runtime.h>\n\n__global__ void sum(float *out, const float *in, unsigned mask) {\n    \
    float v = in[threadIdx.x];\n    v += __shfl_down_sync(mask, v, 16);\n    if (threadIdx.x == 0) *out = v;\n}\n";

/// The kernel of `docs/guides/pytorch.md`.
const SCALE: &str = "#include <torch/extension.h>\n#include <cuda_runtime.h>\n\n__global__ void scale(float *data, float by) {\n    \
    float v = data[threadIdx.x] * by;\n    v += __shfl_down_sync(0xffffffff, v, 16);\n    data[threadIdx.x] = v;\n}\n";

#[test]
fn the_guide_about_findings_shows_what_its_commands_print() {
    check(&root().join("docs/guides/review.md"), &with_files(&[("app/sum.cu", SUM)]));
}

#[test]
fn the_guide_about_pytorch_shows_what_its_commands_print() {
    let setup = block("guides/pytorch.md", "python");
    let project = with_files(&[("ext/setup.py", &setup), ("ext/csrc/scale.cu", SCALE)]);
    check(&root().join("docs/guides/pytorch.md"), &project);
}

/// The code of the example in `docs/own-tables.md`.
const TEAM: &str = "#include <team/gpu_cuda.h>\n\nint main() {\n    float *x = teamMallocCuda(4);\n    \
    cudaStream_t stream = teamStream;\n    teamGraphCuda(x, stream);\n    cudaFree(x);\n}\n";

#[test]
fn the_page_about_own_tables_shows_what_its_commands_print() {
    let table = block("own-tables.md", "toml");
    let project = with_files(&[
        ("app/ours.toml", &table),
        ("app/main.cu", TEAM),
        ("app/tranship.toml", "rules = [\"ours.toml\"]\n"),
    ]);
    check(&root().join("docs/own-tables.md"), &project);
}

/// The generated end of `docs/SUMMARY.md`: the pages of all rules and tables.
fn generated_summary() -> String {
    let docs = root().join("docs");
    let mut out = String::new();
    for (title, folder) in [("All rules", "rules"), ("What CUDA names become", "tables")] {
        let _ = writeln!(out, "- [{title}]({folder}/README.md)");
        let mut pages = files(&docs.join(folder));
        pages.sort();
        for page in pages.iter().filter(|page| *page != "README.md") {
            let _ = writeln!(out, "  - [{}]({folder}/{page})", page.trim_end_matches(".md"));
        }
    }
    out
}

#[test]
fn the_book_has_every_page() {
    let path = root().join("docs/SUMMARY.md");
    let text = fs::read_to_string(&path).unwrap();
    let mark = "# Rules and names\n\n";
    let own = text.split(mark).next().unwrap();
    let wanted = format!("{own}{mark}{}", generated_summary());
    if std::env::var_os("TRANSHIP_BLESS").is_some() {
        fs::write(&path, &wanted).unwrap();
    }
    let text = fs::read_to_string(&path).unwrap();
    assert!(text == wanted, "run `TRANSHIP_BLESS=1 cargo test --test quick documents`");
    let mut linked: Vec<&str> =
        wanted.split("](").skip(1).filter_map(|rest| rest.split(')').next()).collect();
    linked.sort_unstable();
    let mut pages: Vec<String> = files(&root().join("docs"));
    pages.retain(|page| page.rsplit('.').next() == Some("md") && page != "SUMMARY.md");
    pages.sort();
    assert_eq!(linked, pages, "each page of docs/ is in SUMMARY.md once");
}

/// The words of `command`, with quotes as in a shell. `None` if it has a part that only a shell or a person understands.
fn words(command: &str) -> Option<Vec<String>> {
    let command = command.split(" | ").next()?.split(" > ").next()?.split(" && ").next()?;
    let command = command.split(';').next()?.split(" 2>").next()?.split(" || ").next()?.split("  ").next()?;
    let parts: Vec<&str> = command.split('"').collect();
    let quoted = |(at, part): (usize, &&str)| -> Vec<String> {
        if at % 2 == 1 {
            vec![(*part).to_owned()]
        } else {
            part.split_whitespace().map(str::to_owned).collect()
        }
    };
    let words: Vec<String> = parts.iter().enumerate().flat_map(quoted).collect();
    (!words.iter().any(|word| word.contains(['…', '<', '[', '$']) || word == "...")).then_some(words)
}

#[test]
fn every_command_in_the_documents_exists() {
    let docs = root().join("docs");
    let mut pages: Vec<_> = files(&docs).iter().map(|file| docs.join(file)).collect();
    pages.push(root().join("README.md"));
    pages.retain(|page| page.extension().is_some_and(|ending| ending == "md") && !page.ends_with("CLI.md"));
    let mut count = 0;
    for page in pages {
        let text = fs::read_to_string(&page).unwrap();
        let in_blocks = text.lines().filter_map(|line| {
            let line = line.trim_start().trim_start_matches("$ ");
            line.strip_prefix("- ").unwrap_or(line).strip_prefix("tranship ")
        });
        let in_words = text.split('`').skip(1).step_by(2).filter_map(|code| code.strip_prefix("tranship "));
        for command in in_blocks.chain(in_words) {
            // Placeholders stand for values that a person writes.
            let command = command.replace("X.Y", "6.4").replace("LEVEL", "safe");
            let Some(words) = words(&command) else { continue };
            if words
                .first()
                .is_none_or(|word| !word.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-'))
            {
                continue;
            }
            count += 1;
            let parse = |value: Option<&str>| {
                let program = std::iter::once("tranship".to_owned());
                tranship::cli::parse(program.chain(words.clone()).chain(value.map(str::to_owned)))
            };
            // The name of a flag alone is no command without its value.
            let is_flag = words.last().is_some_and(|word| word.starts_with("--"));
            if let Err(error) =
                parse(None).or_else(|error| if is_flag { parse(Some("x")) } else { Err(error) })
            {
                panic!("{}: `tranship {command}`: {error}", page.display());
            }
        }
    }
    assert!(count > 100, "only {count} commands were found");
}

/// Compares the page `path` with what its commands print in the folder around `project`.
fn check(path: &Path, project: &Project) {
    let text = fs::read_to_string(path).unwrap();
    let now = with_output(&text, project);
    if std::env::var_os("TRANSHIP_BLESS").is_some() {
        fs::write(path, &now).unwrap();
        return;
    }
    assert!(
        text == now,
        "run `TRANSHIP_BLESS=1 cargo test --test quick documents` and read the page:\n{now}"
    );
}

#[test]
fn the_kernel_of_the_readme_is_converted_as_it_shows() {
    let text = fs::read_to_string(root().join("README.md")).unwrap();
    let diff = text.split("```diff\n").nth(1).unwrap().split("```").next().unwrap();
    let side = |other: char| -> String {
        let lines = diff.lines().filter(|line| !line.starts_with(other));
        lines.fold(String::new(), |text, line| text + line.get(2..).unwrap_or_default() + "\n")
    };
    let project = Project::of(&[("sum.cu", side('+').as_bytes())]);
    project.run(&["convert", "p"]).check(0, &["0 to review, 0 manual"]);
    assert_eq!(String::from_utf8(project.written("sum.hip")).unwrap(), side('-'));
}

#[test]
fn the_links_between_the_documents_lead_to_files() {
    let mut pages = vec![root().join("README.md")];
    let docs = root().join("docs");
    pages.extend(
        files(&docs).iter().filter(|file| file.rsplit('.').next() == Some("md")).map(|file| docs.join(file)),
    );
    let mut count = 0;
    for page in pages {
        let text = fs::read_to_string(&page).unwrap();
        // Code in backticks has brackets too.
        let prose: String = text.split('`').step_by(2).collect();
        for link in prose.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            let file = link.split('#').next().unwrap();
            if !file.is_empty() && !file.contains("://") {
                count += 1;
                let there = page.parent().unwrap().join(file);
                assert!(there.exists(), "{}: `{link}` leads nowhere", page.display());
            }
        }
    }
    assert!(count > 50, "only {count} links were found");
}
