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

#[test]
fn the_tutorial_shows_what_its_commands_print() {
    let path = root().join("docs/tutorial.md");
    let project = Project::new();
    let example = root().join("fixtures/projects/nbody-cmake");
    for file in files(&example) {
        let to = project.around().join("nbody").join(&file);
        fs::create_dir_all(to.parent().unwrap()).unwrap();
        fs::copy(example.join(&file), to).unwrap();
    }
    check(&path, &project);
}

/// The code of the example in `docs/own-tables.md`.
const TEAM: &str = "#include <team/gpu_cuda.h>\n\nint main() {\n    float *x = teamMallocCuda(4);\n    \
    cudaStream_t stream = teamStream;\n    teamGraphCuda(x, stream);\n    cudaFree(x);\n}\n";

#[test]
fn the_page_about_own_tables_shows_what_its_commands_print() {
    let path = root().join("docs/own-tables.md");
    let text = fs::read_to_string(&path).unwrap();
    let table = text.split("```toml\n").nth(1).unwrap().split("```").next().unwrap();
    let project = Project::new();
    let app = project.around().join("app");
    fs::create_dir(&app).unwrap();
    for (name, text) in
        [("ours.toml", table), ("main.cu", TEAM), ("tranship.toml", "rules = [\"ours.toml\"]\n")]
    {
        fs::write(app.join(name), text).unwrap();
    }
    check(&path, &project);
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
