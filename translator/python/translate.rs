//! Translations of texts. No file is read or written.

use std::path::{Path, PathBuf};

use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict, PyString, PyTuple};
use tranship::project::setup::options;
use tranship_engine::pass::Context;
use tranship_engine::result::every_finding;
use tranship_engine::{Options, Source, output_name, support_header as header, translate_files as engine};

use super::errors::error;
use super::options::overrides;
use super::results::{Edit, Finding, tuple};

/// The translation of one text.
#[pyclass(frozen, module = "tranship")]
pub(crate) struct Translation {
    inner: tranship_engine::Translation,
    bytes: Vec<u8>,
    /// The path of the source.
    #[pyo3(get)]
    path: PathBuf,
    /// The path of the output.
    #[pyo3(get)]
    output: PathBuf,
    /// All findings, also the safe ones.
    #[pyo3(get)]
    findings: Py<PyTuple>,
    /// The edits that make the output of the source.
    #[pyo3(get)]
    edits: Py<PyTuple>,
}

#[pymethods]
impl Translation {
    /// The output as text.
    #[getter]
    fn text(&self) -> PyResult<String> {
        Ok(String::from_utf8(self.bytes.clone())?)
    }

    /// The output as bytes.
    #[getter]
    fn bytes<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        PyBytes::new(py, &self.bytes)
    }

    /// The names of the helpers of the support header that the output calls.
    #[getter]
    fn helpers<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        PyTuple::new(py, &self.inner.helpers)
    }

    /// Whether the output differs from the source.
    #[getter]
    fn changed(&self) -> bool {
        !self.inner.edits.is_empty()
    }

    fn __repr__(&self) -> String {
        format!("Translation({}, {} edits)", self.path.display(), self.inner.edits.iter().count())
    }
}

/// Translates `text`, the content of a file with the name `path`.
#[pyfunction]
#[pyo3(signature = (text, path=None, **options))]
pub(crate) fn translate(
    py: Python<'_>,
    text: &Bound<'_, PyAny>,
    path: Option<PathBuf>,
    options: Option<&Bound<'_, PyDict>>,
) -> PyResult<Translation> {
    let path = path.unwrap_or_else(|| PathBuf::from("input.cu"));
    let file = (path, content(text)?);
    let mut all = translations(py, vec![file], options)?;
    all.pop().ok_or_else(|| PyTypeError::new_err("there is no text"))
}

/// Translates the files of one project, by path. The paths are relative to the project.
#[pyfunction]
#[pyo3(signature = (files, **options))]
pub(crate) fn translate_files<'py>(
    py: Python<'py>,
    files: &Bound<'py, PyAny>,
    options: Option<&Bound<'py, PyDict>>,
) -> PyResult<Bound<'py, PyDict>> {
    let items = files.call_method0("items")?;
    let mut all = Vec::new();
    for item in items.try_iter()? {
        let (path, text): (Bound<'_, PyAny>, Bound<'_, PyAny>) = item?.extract()?;
        all.push((path.extract::<PathBuf>()?, content(&text)?));
    }
    let by_path = PyDict::new(py);
    let keys: Vec<PathBuf> = all.iter().map(|(path, _)| path.clone()).collect();
    for (key, translation) in keys.iter().zip(translations(py, all, options)?) {
        by_path.set_item(key.as_os_str(), Py::new(py, translation)?)?;
    }
    Ok(by_path)
}

/// The support header that `translations` include; `None` if they include none.
#[allow(clippy::needless_pass_by_value, reason = "an argument from Python is owned")]
#[pyfunction]
#[pyo3(signature = (translations, **options))]
pub(crate) fn support_header(
    py: Python<'_>,
    translations: Vec<Py<Translation>>,
    options: Option<&Bound<'_, PyDict>>,
) -> PyResult<Option<String>> {
    let options = engine_options(py, options)?;
    let inner: Vec<_> = translations.iter().map(|one| one.get().inner.clone()).collect();
    Ok(header(&inner, &options))
}

fn translations(
    py: Python<'_>,
    files: Vec<(PathBuf, Vec<u8>)>,
    options: Option<&Bound<'_, PyDict>>,
) -> PyResult<Vec<Translation>> {
    let options = engine_options(py, options)?;
    let context = Context::with(options.clone());
    let all = py.detach(|| {
        let borrowed: Vec<(&Path, &[u8])> =
            files.iter().map(|(path, bytes)| (path.as_path(), bytes.as_slice())).collect();
        engine(&borrowed, &options)
    });
    let one = |((path, bytes), inner): ((PathBuf, Vec<u8>), tranship_engine::Translation)| {
        let source = Source::new(&path, bytes);
        let findings = every_finding(&source, &path, &inner, &context);
        let findings = findings.iter().map(|found| Finding::new(py, found, &path));
        let edits = inner.edits.flat(&source.bytes).into_iter().map(Edit::from);
        Ok(Translation {
            findings: tuple(py, findings.collect::<PyResult<Vec<_>>>()?)?,
            edits: tuple(py, edits)?,
            bytes: inner.output(&source).into_owned(),
            output: output_name(&path, options.keep_names),
            path,
            inner,
        })
    };
    files.into_iter().zip(all).map(one).collect()
}

fn engine_options(py: Python<'_>, given: Option<&Bound<'_, PyDict>>) -> PyResult<Options> {
    options(&overrides(given)?).map_err(|problem| error(py, &problem))
}

/// The bytes of a `str` or of `bytes`.
fn content(text: &Bound<'_, PyAny>) -> PyResult<Vec<u8>> {
    if let Ok(text) = text.cast::<PyString>() {
        return Ok(text.to_cow()?.as_bytes().to_owned());
    }
    match text.cast::<PyBytes>() {
        Ok(bytes) => Ok(bytes.as_bytes().to_owned()),
        Err(_) => Err(PyTypeError::new_err("the text must be `str` or `bytes`")),
    }
}
