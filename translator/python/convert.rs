//! Conversions of files and folders. The files are converted in other threads, while this one calls the progress function.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::thread;
use std::time::Duration;

use pyo3::prelude::*;
use pyo3::types::PyDict;
use rayon::{ThreadPoolBuildError, ThreadPoolBuilder};
use tranship::project::job::{Job, Stop};
use tranship::project::paths::{RequestedOutput, jobs};
use tranship::project::run;
use tranship_engine::result::{self, Problem, merge_equal_findings, would_change};

use super::errors::error;
use super::options::overrides;
use super::results::Conversion;

/// The time between two calls of the progress function, and between two looks at pending signals.
const TICK: Duration = Duration::from_millis(30);

/// A request to stop a conversion. Any thread may set it.
#[pyclass(frozen, module = "tranship")]
#[derive(Default)]
pub(crate) struct Cancel {
    stop: Arc<Stop>,
}

#[pymethods]
impl Cancel {
    #[new]
    fn new() -> Self {
        Self::default()
    }

    /// Requests the stop. Files that are being converted are still finished.
    fn cancel(&self) {
        self.stop.set();
    }

    /// Whether the stop was requested.
    #[getter]
    fn is_cancelled(&self) -> bool {
        self.stop.is_set()
    }
}

/// Converts the file or folder `path`, and writes the result.
#[pyfunction]
#[pyo3(signature = (path, out=None, *, in_place=false, allow_dirty=false, jobs=0, progress=None, cancel=None, **options))]
#[allow(clippy::too_many_arguments, reason = "each is a keyword argument in Python")]
pub(crate) fn convert(
    py: Python<'_>,
    path: PathBuf,
    out: Option<PathBuf>,
    in_place: bool,
    allow_dirty: bool,
    jobs: usize,
    progress: Option<Py<PyAny>>,
    cancel: Option<&Bound<'_, Cancel>>,
    options: Option<&Bound<'_, PyDict>>,
) -> PyResult<Conversion> {
    let requested = match out {
        Some(_) if in_place => {
            return Err(error(py, &Problem::new(path, "`out` and `in_place` exclude each other")));
        }
        Some(out) => RequestedOutput::Out(out),
        None if in_place => RequestedOutput::InPlace { allow_dirty },
        None => RequestedOutput::Default,
    };
    run(py, path, &requested, options, &Calls { jobs, progress, cancel })
}

/// Converts the file or folder `path`, and writes nothing.
#[pyfunction]
#[pyo3(signature = (path, *, jobs=0, progress=None, cancel=None, **options))]
pub(crate) fn check(
    py: Python<'_>,
    path: PathBuf,
    jobs: usize,
    progress: Option<Py<PyAny>>,
    cancel: Option<&Bound<'_, Cancel>>,
    options: Option<&Bound<'_, PyDict>>,
) -> PyResult<Conversion> {
    run(py, path, &RequestedOutput::Nowhere, options, &Calls { jobs, progress, cancel })
}

/// The arguments that have no influence on the result.
struct Calls<'a, 'py> {
    jobs: usize,
    progress: Option<Py<PyAny>>,
    cancel: Option<&'a Bound<'py, Cancel>>,
}

fn run(
    py: Python<'_>,
    path: PathBuf,
    requested: &RequestedOutput,
    options: Option<&Bound<'_, PyDict>>,
    calls: &Calls,
) -> PyResult<Conversion> {
    let overrides = overrides(options)?;
    let (mut all, problems) = py.detach(|| jobs(&[path], requested, &overrides));
    if let Some(problem) = problems.first() {
        return Err(error(py, problem));
    }
    let Some(job) = all.pop() else {
        return Err(error(py, &Problem::new("", "there is nothing to convert")));
    };
    let output = job.output().map(std::borrow::ToOwned::to_owned);
    let only_findings = matches!(requested, RequestedOutput::Nowhere);
    let conversion = in_threads(py, job, only_findings, calls)?;
    // Without files, the problem is one with the whole conversion.
    if let (Some(problem), true) = (conversion.problems.first(), conversion.files.is_empty()) {
        return Err(error(py, problem));
    }
    Conversion::new(py, conversion, output)
}

/// The number of finished files and of all files.
#[derive(Default)]
struct Done {
    files: AtomicUsize,
    of: AtomicUsize,
}

fn in_threads(
    py: Python<'_>,
    mut job: Job,
    only_findings: bool,
    calls: &Calls,
) -> PyResult<result::Conversion> {
    let stop = calls.cancel.map_or_else(Arc::default, |cancel| Arc::clone(&cancel.get().stop));
    let done = Done::default();
    let (threads, progress) = (calls.jobs, calls.progress.as_ref());
    py.detach(|| {
        thread::scope(|scope| {
            let (sender, receiver) = mpsc::channel();
            let (worker_stop, worker_done) = (&stop, &done);
            scope.spawn(move || {
                let show = |files, of| {
                    worker_done.of.store(of, Ordering::Relaxed);
                    worker_done.files.fetch_max(files, Ordering::Relaxed);
                };
                let pool = ThreadPoolBuilder::new().num_threads(threads).build();
                let conversion = pool.map(|pool| {
                    pool.install(|| {
                        let mut conversion = run::convert(&mut job, worker_stop, &show);
                        if only_findings {
                            would_change(&mut conversion, &job.setup.context);
                        }
                        merge_equal_findings(&mut conversion);
                        conversion
                    })
                });
                // The receiver is gone only if this thread is not waited for.
                let _ = sender.send(conversion);
            });
            wait(&receiver, &stop, &done, progress)
        })
    })
}

/// Waits for the result. Meanwhile it calls `progress` and looks at signals. After an exception it stops the conversion.
fn wait(
    receiver: &Receiver<Result<result::Conversion, ThreadPoolBuildError>>,
    stop: &Stop,
    done: &Done,
    progress: Option<&Py<PyAny>>,
) -> PyResult<result::Conversion> {
    let mut exception = None;
    let mut last = (0, 0);
    let mut look = |exception: &mut Option<PyErr>| {
        let now = (done.files.load(Ordering::Relaxed), done.of.load(Ordering::Relaxed));
        let called = Python::attach(|py| {
            py.check_signals()?;
            match progress {
                Some(progress) if now != last && now.1 > 0 => progress.call1(py, now).map(drop),
                _ => Ok(()),
            }
        });
        last = now;
        if let Err(error) = called {
            stop.set();
            exception.get_or_insert(error);
        }
    };
    let conversion = loop {
        match receiver.recv_timeout(TICK) {
            Ok(conversion) => break conversion,
            Err(RecvTimeoutError::Timeout) if exception.is_none() => look(&mut exception),
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => {
                let message = "a thread of the conversion ended early";
                return Err(pyo3::exceptions::PyRuntimeError::new_err(message));
            }
        }
    };
    if exception.is_none() {
        look(&mut exception);
    }
    match exception {
        Some(exception) => Err(exception),
        None => conversion.map_err(|error| pyo3::exceptions::PyRuntimeError::new_err(error.to_string())),
    }
}
