//! The exception of the package: a problem with a path.

use pyo3::create_exception;
use pyo3::exceptions::PyException;
use pyo3::prelude::*;
use tranship_engine::result::Problem;

create_exception!(
    tranship,
    Error,
    PyException,
    "A conversion could not start. `path` and `message` say why."
);

/// The exception for `problem`, with the attributes `path` and `message`.
pub(crate) fn error(py: Python<'_>, problem: &Problem) -> PyErr {
    let error = Error::new_err(problem.to_string());
    let value = error.value(py);
    let set = value.setattr("path", &problem.path).and_then(|()| value.setattr("message", &problem.message));
    set.err().unwrap_or(error)
}
