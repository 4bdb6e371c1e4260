//! The options of all functions: the keys of `tranship.toml`, as keyword arguments.

use std::path::PathBuf;

use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString};
use tranship::project::config::{Apply, parse_arch, parse_cuda, parse_rocm};
use tranship::project::setup::Overrides;
use tranship_engine::{Area, LaunchStyle, Libraries, OwnHipBuild, Warp};

/// The settings that the keyword arguments `given` override.
pub(crate) fn overrides(given: Option<&Bound<'_, PyDict>>) -> PyResult<Overrides> {
    let mut all = Overrides::default();
    for (key, value) in given.into_iter().flatten() {
        let key: String = key.extract()?;
        if !value.is_none() {
            set(&mut all, &key, &value)?;
        }
    }
    Ok(all)
}

fn set(all: &mut Overrides, key: &str, value: &Bound<'_, PyAny>) -> PyResult<()> {
    match key {
        "rocm" => all.rocm = Some(parsed(key, &word(key, value)?, parse_rocm)?),
        "cuda" => all.cuda = Some(parsed(key, &word(key, value)?, parse_cuda)?),
        "arch" => {
            all.arch = words(key, value)?
                .iter()
                .map(|arch| parsed(key, arch, parse_arch))
                .collect::<PyResult<_>>()?;
        }
        "launch" => {
            let forms = [("chevron", LaunchStyle::Chevron), ("macro", LaunchStyle::Macro)];
            all.launch = Some(one_of(key, &word(key, value)?, &forms)?);
        }
        "warp" => {
            let modes = [("logical32", Warp::Logical32), ("native", Warp::Native)];
            all.warp = Some(one_of(key, &word(key, value)?, &modes)?);
        }
        "libraries" => {
            let kinds = [("hip", Libraries::Hip), ("roc", Libraries::Roc)];
            all.libraries = Some(one_of(key, &word(key, value)?, &kinds)?);
        }
        "own_hip_build" => {
            let choices = [
                ("keep", OwnHipBuild::Keep),
                ("convert", OwnHipBuild::Convert),
                ("ignore", OwnHipBuild::Ignore),
            ];
            all.own_hip_build = Some(one_of(key, &word(key, value)?, &choices)?);
        }
        "apply" => {
            let levels = [("safe", Apply::Safe), ("review", Apply::Review)];
            all.apply = Some(one_of(key, &word(key, value)?, &levels)?);
        }
        "only" => {
            all.only =
                words(key, value)?.iter().map(|kind| one_of(key, kind, &AREAS)).collect::<PyResult<_>>()?;
        }
        "keep_names" => {
            all.keep_names = value.extract().map_err(|_| wrong_type(key, "a `bool`", value))?;
        }
        "select" => all.select = words(key, value)?,
        "ignore" => all.ignore = words(key, value)?,
        "exclude" => all.exclude = words(key, value)?,
        "hip_guards" => all.hip_guards = words(key, value)?,
        "endings" => {
            let without_dot = |ending: &String| ending.trim_start_matches('.').to_owned();
            all.endings = words(key, value)?.iter().map(without_dot).collect();
        }
        "rules" => all.rules = paths(key, value)?,
        "config" => all.config = paths(key, value)?.pop(),
        _ => {
            let message = format!("there is no option `{key}`; the options are the keys of `tranship.toml`");
            return Err(PyTypeError::new_err(message));
        }
    }
    Ok(())
}

/// The kinds of files by their names.
const AREAS: [(&str, Area); 7] = [
    ("cpp", Area::Cpp),
    ("cmake", Area::Cmake),
    ("make", Area::Make),
    ("shell", Area::Shell),
    ("python", Area::Python),
    ("environment", Area::Environment),
    ("build", Area::Build),
];

fn wrong_type(key: &str, expected: &str, value: &Bound<'_, PyAny>) -> PyErr {
    let kind = value.get_type().name().map_or_else(|_| "object".to_owned(), |name| name.to_string());
    PyTypeError::new_err(format!("`{key}` must be {expected}, not `{kind}`"))
}

fn word(key: &str, value: &Bound<'_, PyAny>) -> PyResult<String> {
    value.extract().map_err(|_| wrong_type(key, "a `str`", value))
}

/// A text, or a sequence of texts.
fn words(key: &str, value: &Bound<'_, PyAny>) -> PyResult<Vec<String>> {
    if value.is_instance_of::<PyString>() {
        return Ok(vec![word(key, value)?]);
    }
    value.extract().map_err(|_| wrong_type(key, "a `str` or a sequence of `str`", value))
}

/// A path, or a sequence of paths.
fn paths(key: &str, value: &Bound<'_, PyAny>) -> PyResult<Vec<PathBuf>> {
    if let Ok(path) = value.extract() {
        return Ok(vec![path]);
    }
    value.extract().map_err(|_| wrong_type(key, "a path or a sequence of paths", value))
}

fn parsed<T>(key: &str, text: &str, parse: fn(&str) -> Result<T, String>) -> PyResult<T> {
    parse(text).map_err(|message| PyValueError::new_err(format!("`{key}`: {message}")))
}

fn one_of<T: Copy>(key: &str, text: &str, all: &[(&str, T)]) -> PyResult<T> {
    if let Some((_, value)) = all.iter().find(|(name, _)| *name == text) {
        return Ok(*value);
    }
    let names: Vec<String> = all.iter().map(|(name, _)| format!("`{name}`")).collect();
    Err(PyValueError::new_err(format!("`{key}`: `{text}` is none of {}", names.join(", "))))
}
