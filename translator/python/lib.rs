//! The extension module `tranship._tranship` of the Python package: conversions and translations with typed results.
//!
//! It prints nothing and decides nothing: every result is that of the program. Python's global lock is released while files
//! are converted.

mod convert;
mod errors;
mod options;
mod results;
mod translate;

use pyo3::prelude::*;

/// Runs the program with the arguments `argv`, which begin with its name. Returns the exit code.
#[pyfunction]
fn main(py: Python<'_>, argv: Vec<std::ffi::OsString>) -> u8 {
    py.detach(|| tranship::cli::exit_code(argv))
}

#[pymodule]
fn _tranship(module: &Bound<'_, PyModule>) -> PyResult<()> {
    let py = module.py();
    module.add("__version__", env!("CARGO_PKG_VERSION"))?;
    module.add("Error", py.get_type::<errors::Error>())?;
    module.add_class::<convert::Cancel>()?;
    module.add_class::<results::Change>()?;
    module.add_class::<results::Conversion>()?;
    module.add_class::<results::Edit>()?;
    module.add_class::<results::File>()?;
    module.add_class::<results::Finding>()?;
    module.add_class::<results::Place>()?;
    module.add_class::<results::Problem>()?;
    module.add_class::<translate::Translation>()?;
    module.add_function(wrap_pyfunction!(convert::check, module)?)?;
    module.add_function(wrap_pyfunction!(convert::convert, module)?)?;
    module.add_function(wrap_pyfunction!(translate::translate, module)?)?;
    module.add_function(wrap_pyfunction!(translate::translate_files, module)?)?;
    module.add_function(wrap_pyfunction!(translate::support_header, module)?)?;
    module.add_function(wrap_pyfunction!(main, module)?)
}
