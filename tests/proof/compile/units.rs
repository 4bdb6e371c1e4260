//! The sources that are compiled: every fixture, and every translation unit of the fixture projects.

use super::expectation::{Expectation, opening_comments};
use serde::Deserialize;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

/// One translation unit and its expected results.
#[derive(Debug)]
pub(crate) struct Unit {
    /// Its path relative to the folder of the fixtures.
    pub(crate) path: PathBuf,
    pub(crate) expectation: Expectation,
    /// The include folders of its project, relative to the folder of the fixtures.
    include: Vec<PathBuf>,
    flags: Vec<String>,
    /// The macros that a build for HIP defines.
    hip_define: Vec<String>,
    /// Whether it keeps its name, because its project builds for HIP already.
    keeps_name: bool,
}

/// `compile.toml` of a fixture project. Every path in it is relative to the folder of the project.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Recipe {
    units: Vec<PathBuf>,
    #[serde(default)]
    include: Vec<PathBuf>,
    #[serde(default)]
    define: Vec<String>,
    /// Whether the sources keep their names, because the project builds for HIP already.
    #[serde(default)]
    keeps_names: bool,
    /// The C++ standard, such as `c++20`; by default C++17.
    std: Option<String>,
    /// The same text as in the `compile:` line of a fixture, for all units.
    compile: Option<String>,
}

impl Unit {
    /// Whether the unit is plain C++ for a host compiler.
    pub(crate) fn is_host_cpp(&self) -> bool {
        self.path.extension().is_none_or(|extension| extension != "cu")
    }

    /// Its name after conversion.
    pub(crate) fn converted(&self) -> PathBuf {
        if self.is_host_cpp() || self.keeps_name {
            self.path.clone()
        } else {
            self.path.with_extension("hip")
        }
    }

    /// The include folders of its project below `root`.
    pub(crate) fn include(&self, root: &Path) -> Vec<PathBuf> {
        self.include.iter().map(|folder| root.join(folder)).collect()
    }

    /// The folder below `root` that has everything the unit can include: its project or its group of fixtures.
    pub(crate) fn area(&self, root: &Path) -> PathBuf {
        let depth = if self.path.starts_with("projects") { 2 } else { 1 };
        root.join(self.path.components().take(depth).collect::<PathBuf>())
    }

    /// The flags of the project, with its include folders below `root`.
    pub(crate) fn flags(&self, root: &Path) -> Vec<OsString> {
        let include = self.include(root).into_iter().flat_map(|folder| ["-I".into(), folder.into()]);
        include.chain(self.flags.iter().map(OsString::from)).collect()
    }

    /// The flags of a build for HIP.
    pub(crate) fn hip_flags(&self, root: &Path) -> Vec<OsString> {
        let defines = self.hip_define.iter().map(|name| format!("-D{name}").into());
        self.flags(root).into_iter().chain(defines).collect()
    }
}

/// All units below `fixtures`, sorted by path. The error names every invalid file.
pub(crate) fn units(fixtures: &Path) -> Result<Vec<Unit>, String> {
    let mut units = Vec::new();
    for path in files(fixtures) {
        let shown = path.strip_prefix(fixtures).expect("it lies below").to_owned();
        if shown.file_name().is_some_and(|name| name == "compile.toml") {
            units.extend(project(fixtures, &shown)?);
        } else if shown.extension().is_some_and(|extension| extension == "cu")
            && !shown.starts_with("projects")
        {
            let text = fs::read(&path).map_err(|error| format!("{}: {error}", shown.display()))?;
            let text = String::from_utf8_lossy(&text);
            let expectation =
                Expectation::of_source(&text).map_err(|line| format!("{}: {line}", shown.display()))?;
            let named = opening_comments(&text, "hip-define:").flat_map(str::split_whitespace);
            let hip_define = named.map(str::to_owned).collect();
            let (include, flags, keeps_name) = (Vec::new(), Vec::new(), false);
            units.push(Unit { path: shown, expectation, include, flags, hip_define, keeps_name });
        }
    }
    units.sort_by(|one, other| one.path.cmp(&other.path));
    Ok(units)
}

fn project(fixtures: &Path, recipe: &Path) -> Result<Vec<Unit>, String> {
    let wrong = |what: String| format!("{}: {what}", recipe.display());
    let text = fs::read_to_string(fixtures.join(recipe)).map_err(|error| wrong(error.to_string()))?;
    let parsed: Recipe = toml::from_str(&text).map_err(|error| wrong(error.to_string()))?;
    let expectation = match &parsed.compile {
        Some(line) => Expectation::of_line(line).map_err(|line| wrong(line.to_string()))?,
        None => Expectation::default(),
    };
    let folder = recipe.parent().unwrap_or(Path::new(""));
    let defines = parsed.define.iter().map(|define| format!("-D{define}"));
    let std = parsed.std.iter().map(|std| format!("-std={std}"));
    let flags = defines.chain(std).collect::<Vec<_>>();
    let include = parsed.include.iter().map(|path| folder.join(path)).collect::<Vec<_>>();
    let unit = |path: &PathBuf| Unit {
        path: folder.join(path),
        expectation: expectation.clone(),
        include: include.clone(),
        flags: flags.clone(),
        hip_define: Vec::new(),
        keeps_name: parsed.keeps_names,
    };
    Ok(parsed.units.iter().map(unit).collect())
}

/// Every file below `folder`.
pub(crate) fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
    entries.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
}
