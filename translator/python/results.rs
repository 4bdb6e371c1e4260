//! The results as Python objects. They are immutable; sequences are tuples.

use std::path::{Path, PathBuf};

use pyo3::prelude::*;
use pyo3::types::PyTuple;
use pyo3::{PyClass, PyClassInitializer};
use tranship::report::{Format, render};
use tranship_engine::result::{self, Found, OtherPlace, Settled, Status};
use tranship_engine::text::TextEdit;
use tranship_rules::Level;

/// One exact change: the bytes from `start` to `end` of the source become `text`.
#[pyclass(frozen, get_all, module = "tranship")]
pub(crate) struct Edit {
    start: u32,
    end: u32,
    text: String,
}

impl From<TextEdit> for Edit {
    fn from(edit: TextEdit) -> Self {
        Self { start: edit.span.start, end: edit.span.end, text: edit.text }
    }
}

#[pymethods]
impl Edit {
    fn __repr__(&self) -> String {
        format!("Edit({}, {}, {:?})", self.start, self.end, self.text)
    }
}

/// The lines from `line` on, before and after a change.
#[pyclass(frozen, get_all, module = "tranship")]
pub(crate) struct Change {
    line: u32,
    before: String,
    after: String,
    applied: bool,
}

#[pymethods]
impl Change {
    fn __repr__(&self) -> String {
        format!("Change({}, {:?}, {:?})", self.line, self.before, self.after)
    }
}

/// Another place that the same answer decides.
#[pyclass(frozen, get_all, module = "tranship")]
pub(crate) struct Place {
    path: PathBuf,
    line: Option<u32>,
    column: Option<u32>,
}

#[pymethods]
impl Place {
    fn __repr__(&self) -> String {
        format!("Place({})", shown(&self.path, self.line, self.column))
    }
}

/// A problem with a file that did not stop the others.
#[pyclass(frozen, get_all, module = "tranship")]
pub(crate) struct Problem {
    path: PathBuf,
    message: String,
}

#[pymethods]
impl Problem {
    fn __repr__(&self) -> String {
        format!("Problem({}: {})", self.path.display(), self.message)
    }

    fn __str__(&self) -> String {
        format!("{}: {}", self.path.display(), self.message)
    }
}

/// Something that was found at one place.
#[pyclass(frozen, get_all, module = "tranship")]
pub(crate) struct Finding {
    rule: &'static str,
    level: &'static str,
    message: String,
    why: String,
    help: String,
    assumption: String,
    path: PathBuf,
    start: Option<u32>,
    end: Option<u32>,
    line: Option<u32>,
    column: Option<u32>,
    end_line: Option<u32>,
    end_column: Option<u32>,
    function: Option<String>,
    key: String,
    answer: Option<&'static str>,
    edits: Py<PyTuple>,
    changes: Py<PyTuple>,
    also: Py<PyTuple>,
}

#[pymethods]
impl Finding {
    /// Whether it still needs a person.
    #[getter]
    fn is_open(&self) -> bool {
        self.level != "safe" && self.answer.is_none()
    }

    fn __repr__(&self) -> String {
        let place = shown(&self.path, self.line, self.column);
        format!("Finding({place}: {}[{}]: {})", self.level, self.rule, self.message)
    }
}

impl Finding {
    /// The finding `found` in the file `path`.
    pub(crate) fn new(py: Python<'_>, found: &Found, path: &Path) -> PyResult<Self> {
        let edits = found.edits.iter().cloned().map(Edit::from);
        let changes = found.changes.iter().map(|change| Change {
            line: change.line,
            before: change.before.clone(),
            after: change.after.clone(),
            applied: change.applied,
        });
        let also = found.also.iter().map(|place: &OtherPlace| Place {
            path: place.path.clone(),
            line: place.start.map(|start| start.line),
            column: place.start.map(|start| start.column),
        });
        let place = found.place.as_ref();
        Ok(Self {
            rule: found.rule,
            level: level(found.level),
            message: found.what.clone(),
            why: found.why.clone(),
            help: found.todo.clone(),
            assumption: found.assumption.clone(),
            path: path.to_owned(),
            start: place.map(|place| place.span.start),
            end: place.map(|place| place.span.end),
            line: place.map(|place| place.start.line),
            column: place.map(|place| place.start.column),
            end_line: place.map(|place| place.end.line),
            end_column: place.map(|place| place.end.column),
            function: found.enclosing.clone(),
            key: found.key.to_string(),
            answer: found.settled.map(|settled| match settled {
                Settled::Accepted => "accepted",
                Settled::Rejected => "rejected",
                Settled::Baseline => "baseline",
            }),
            edits: tuple(py, edits)?,
            changes: tuple(py, changes)?,
            also: tuple(py, also)?,
        })
    }
}

/// One file of a conversion.
#[pyclass(frozen, get_all, module = "tranship")]
pub(crate) struct File {
    path: PathBuf,
    source: PathBuf,
    output: PathBuf,
    status: &'static str,
    safe: u32,
    findings: Py<PyTuple>,
}

#[pymethods]
impl File {
    fn __repr__(&self) -> String {
        format!("File({}, {})", self.path.display(), self.status)
    }
}

/// The result of a conversion or check.
#[pyclass(frozen, module = "tranship")]
pub(crate) struct Conversion {
    inner: result::Conversion,
    /// The folder of the sources.
    #[pyo3(get)]
    root: PathBuf,
    /// The folder that was written; `None` if there is no such folder.
    #[pyo3(get)]
    output: Option<PathBuf>,
    /// The files.
    #[pyo3(get)]
    files: Py<PyTuple>,
    /// The findings of all files that a person looks at.
    #[pyo3(get)]
    findings: Py<PyTuple>,
    /// The problems with single files.
    #[pyo3(get)]
    problems: Py<PyTuple>,
}

#[pymethods]
impl Conversion {
    /// Whether it was cancelled before its end.
    #[getter]
    fn interrupted(&self) -> bool {
        self.inner.interrupted
    }

    /// The number of converted files.
    #[getter]
    fn converted(&self) -> usize {
        self.inner.converted()
    }

    /// The number of safe changes.
    #[getter]
    fn safe(&self) -> usize {
        self.inner.safe()
    }

    /// Whether nothing is open, and every file could be read and written.
    #[getter]
    fn is_done(&self) -> bool {
        let open = self.inner.open(Level::Review) + self.inner.open(Level::Manual);
        open == 0 && !self.inner.failed() && !self.inner.interrupted
    }

    /// The report that `--output-format json` prints.
    fn to_json(&self, py: Python<'_>) -> String {
        py.detach(|| render(Format::Json, std::slice::from_ref(&self.inner)))
    }

    fn __repr__(&self) -> String {
        let (files, open) =
            (self.inner.files.len(), self.inner.files.iter().flat_map(result::FileReport::open));
        format!("Conversion({}, {files} files, {} open findings)", self.root.display(), open.count())
    }
}

impl Conversion {
    pub(crate) fn new(py: Python<'_>, inner: result::Conversion, output: Option<PathBuf>) -> PyResult<Self> {
        let mut files = Vec::new();
        let mut findings: Vec<Py<PyAny>> = Vec::new();
        for file in &inner.files {
            let all = file.findings.iter().map(|found| Finding::new(py, found, &file.path));
            let own = tuple(py, all.collect::<PyResult<Vec<_>>>()?)?;
            findings.extend(own.bind(py).iter().map(Bound::unbind));
            files.push(File {
                path: file.path.clone(),
                source: file.source.clone(),
                output: file.output.clone(),
                status: status(file.status),
                safe: file.safe,
                findings: own,
            });
        }
        let problems = inner
            .problems
            .iter()
            .map(|problem| Problem { path: problem.path.clone(), message: problem.message.clone() });
        Ok(Self {
            root: inner.root.clone(),
            output,
            files: tuple(py, files)?,
            findings: PyTuple::new(py, findings)?.unbind(),
            problems: tuple(py, problems)?,
            inner,
        })
    }
}

/// A tuple of objects.
pub(crate) fn tuple<T>(py: Python<'_>, items: impl IntoIterator<Item = T>) -> PyResult<Py<PyTuple>>
where
    T: PyClass + Into<PyClassInitializer<T>>,
{
    let objects = items.into_iter().map(|item| Py::new(py, item)).collect::<PyResult<Vec<_>>>()?;
    Ok(PyTuple::new(py, objects)?.unbind())
}

pub(crate) fn level(level: Level) -> &'static str {
    match level {
        Level::Safe => "safe",
        Level::Review => "review",
        Level::Manual => "manual",
    }
}

fn status(status: Status) -> &'static str {
    match status {
        Status::Converted => "converted",
        Status::Unchanged => "unchanged",
        Status::AlreadyHip => "already-hip",
        Status::Unreadable => "unreadable",
        Status::Skipped => "skipped",
        Status::Support => "support",
        Status::Failed => "failed",
    }
}

fn shown(path: &Path, line: Option<u32>, column: Option<u32>) -> String {
    match (line, column) {
        (Some(line), Some(column)) => format!("{}:{line}:{column}", path.display()),
        _ => path.display().to_string(),
    }
}
