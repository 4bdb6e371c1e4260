//! `tranship init`: writes a commented configuration, and with `--hook` a git hook.

use std::fs;
use std::io::{self, Write};
use std::path::{Component, Path, PathBuf};

use super::Ending;
use super::init_args::{BuildTool, Init};
use crate::project::config::CONFIG;
use crate::project::git;
use crate::project::io_problem::io_problem;
use crate::project::paths::near;
use tranship_engine::result::Problem;

/// The configuration of a new project: every setting, each as a comment.
const TEMPLATE: &str = include_str!("template.toml");

/// The plain git hook.
const HOOK: &str = "#!/bin/sh\n# Written by `tranship init --hook`.\nexec tranship check --staged\n";

/// The lines to add to `.pre-commit-config.yaml`.
const PRE_COMMIT: &str = concat!(
    "  - repo: ",
    env!("CARGO_PKG_REPOSITORY"),
    "\n    rev: v",
    env!("CARGO_PKG_VERSION"),
    "\n    hooks:\n      - id: tranship-check\n"
);

/// Runs the command.
pub(super) fn run(args: &Init) -> anyhow::Result<Ending> {
    let path: PathBuf = args.path.components().filter(|part| *part != Component::CurDir).collect();
    let path = path.join(CONFIG);
    let mut out = io::stdout().lock();
    // With `--hook` and `--build-tool`, an existing configuration is not an error.
    if !((args.hook || args.build_tool.is_some()) && path.is_file()) {
        write_new(&path, TEMPLATE)?;
        writeln!(out, "Wrote {}, with every setting as a comment.", path.display())?;
    }
    if let Some(tool) = args.build_tool {
        for (name, text) in module_of(tool) {
            let path = path.with_file_name(name);
            write_module(&path, text)?;
            writeln!(out, "Wrote {}. docs/guides/build-tools.md describes it.", path.display())?;
        }
    } else if args.hook {
        let hook = hook(&args.path)?;
        writeln!(out, "Wrote {}, which checks what git is about to commit.", near(&hook).display())?;
    } else {
        writeln!(
            out,
            "\nTo check every commit, pass `--hook`, or with pre-commit add to .pre-commit-config.yaml:\n"
        )?;
        out.write_all(PRE_COMMIT.as_bytes())?;
    }
    out.flush()?;
    Ok(Ending::Done)
}

/// The files of the module for `tool`, relative to the folder of the project, with their texts.
fn module_of(tool: BuildTool) -> &'static [(&'static str, &'static str)] {
    match tool {
        BuildTool::Cmake => {
            &[("cmake/Tranship.cmake", include_str!("../../build-tools/cmake/Tranship.cmake"))]
        }
        BuildTool::Meson => &[("tranship/meson.build", include_str!("../../build-tools/meson/meson.build"))],
        BuildTool::Bazel => &[
            ("tranship/tranship.bzl", include_str!("../../build-tools/bazel/tranship.bzl")),
            ("tranship/BUILD.bazel", ""),
        ],
    }
}

/// Writes the file of a module. A file with the same text stays, and another one is a problem.
fn write_module(path: &Path, text: &str) -> Result<(), Problem> {
    if fs::read(path).is_ok_and(|there| there == text.as_bytes()) {
        return Ok(());
    }
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).map_err(|error| io_problem(folder, "cannot make the folder", &error))?;
    }
    write_new(path, text)
}

/// Writes the hook of the repository that contains `folder`.
fn hook(folder: &Path) -> anyhow::Result<PathBuf> {
    let path = git::hooks(folder)?.join("pre-commit");
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).map_err(|error| io_problem(folder, "cannot make the folder", &error))?;
    }
    if path.is_file() {
        let message = "is there already; add the line `tranship check --staged || exit` to it";
        return Err(Problem::new(path, message).into());
    }
    write_new(&path, HOOK)?;
    #[cfg(unix)]
    fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(0o755))?;
    Ok(path)
}

/// Writes a new file. An existing file is a problem.
fn write_new(path: &Path, text: &str) -> Result<(), Problem> {
    let made = fs::File::create_new(path).and_then(|mut file| file.write_all(text.as_bytes()));
    made.map_err(|error| match error.kind() {
        io::ErrorKind::AlreadyExists => Problem::new(path, "is there already, so it is left alone"),
        _ => io_problem(path, "cannot write", &error),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::project::config::ConfigFile;

    #[test]
    fn every_line_of_the_template_is_a_valid_setting_without_its_comment_sign() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(CONFIG);
        fs::write(&path, TEMPLATE).unwrap();
        assert!(
            ConfigFile::read(path.clone()).unwrap().config.arch.is_empty(),
            "the template itself sets nothing"
        );
        let is_setting =
            |line: &&str| line.starts_with("# ") && line.contains(" = ") || line.starts_with("# [[");
        let settings: Vec<_> = TEMPLATE.lines().filter(is_setting).map(|line| &line[2..]).collect();
        fs::write(&path, settings.join("\n")).unwrap();
        let config = ConfigFile::read(path).unwrap().config;
        assert!(config.rocm.is_some() && config.cuda.is_some() && config.launch.is_some());
        assert!(config.keep_names.is_some() && !config.arch.is_empty() && !config.hip_guards.is_empty());
        assert!(!config.exclude.is_empty() && !config.select.is_empty() && !config.ignore.is_empty());
        assert!(!config.rules.is_empty() && !config.endings.is_empty() && !config.only.is_empty());
        assert!(config.warp.is_some() && config.libraries.is_some() && config.apply.is_some());
        assert!(config.support_header.is_some() && config.own_hip_build.is_some());
    }
}
