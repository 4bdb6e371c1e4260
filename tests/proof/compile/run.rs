//! Runs many compiler calls over the machine's cores and keeps the first error lines of each.
//!
//! A call with unchanged inputs is not repeated, because the whole matrix takes minutes on two cores. On CI it is repeated.

use std::fs;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Mutex;
use std::thread;

use super::inputs::Inputs;

/// The number of lines that are kept from a failing compiler.
const KEPT_LINES: usize = 6;

/// One compiler call and the path of its cached result; `None` if the call must be repeated.
#[derive(Debug)]
pub(crate) struct Call {
    pub(crate) command: Command,
    pub(crate) kept: Option<PathBuf>,
}

impl From<Command> for Call {
    fn from(command: Command) -> Self {
        Self { command, kept: None }
    }
}

/// The hash of everything that the result of a call depends on: the texts that are read, and the command without the path of
/// the file and of the tree `root`. Calls with equal keys have equal results.
pub(crate) fn key(command: &Command, root: &Path, inputs: &Inputs, stamp: &[u8]) -> u64 {
    let mut hasher = DefaultHasher::new();
    command.get_program().hash(&mut hasher);
    let root = root.to_string_lossy();
    let arguments = command.get_args().map(|argument| argument.to_string_lossy().replace(&*root, ""));
    let count = command.get_args().count();
    // The file comes last, and its text is one of the inputs.
    arguments.take(count.saturating_sub(1)).collect::<Vec<_>>().hash(&mut hasher);
    inputs.hash(&mut hasher);
    stamp.hash(&mut hasher);
    hasher.finish()
}

/// Runs every call. The results are in the order of the calls: `None` for success, or the first error lines.
pub(crate) fn run_all(calls: Vec<Call>) -> Vec<Option<String>> {
    let count = calls.len();
    let queue = Mutex::new(calls.into_iter().enumerate());
    let results = Mutex::new(vec![None; count]);
    let workers = thread::available_parallelism().map_or(1, usize::from);
    thread::scope(|scope| {
        for _ in 0..workers {
            scope.spawn(|| {
                while let Some((at, mut call)) = take(&queue) {
                    let errors = run_or_recall(&mut call);
                    results.lock().expect("no worker panics")[at] = errors;
                }
            });
        }
    });
    results.into_inner().expect("no worker panics")
}

/// The next call. This is a separate function, so that the lock is free while the call runs.
fn take(queue: &Mutex<impl Iterator<Item = (usize, Call)>>) -> Option<(usize, Call)> {
    queue.lock().expect("no worker panics").next()
}

fn run_or_recall(call: &mut Call) -> Option<String> {
    let Some(kept) = &call.kept else {
        return run(&mut call.command);
    };
    if let Ok(errors) = fs::read_to_string(kept) {
        return Some(errors).filter(|errors| !errors.is_empty());
    }
    let errors = run(&mut call.command);
    // The file is renamed into place, so that an interrupted run leaves no partial result.
    let half = kept.with_extension("half");
    if fs::write(&half, errors.as_deref().unwrap_or_default()).is_ok() {
        let _ = fs::rename(half, kept);
    }
    errors
}

/// Runs one call; `None` is success.
pub(crate) fn run(call: &mut Command) -> Option<String> {
    let output = match call.stdin(Stdio::null()).output() {
        Ok(output) if output.status.success() => return None,
        Ok(output) => output,
        Err(error) => return Some(format!("cannot run {}: {error}", call.get_program().display())),
    };
    let text = String::from_utf8_lossy(&output.stderr);
    let errors = text.lines().filter(|line| line.contains("error"));
    let kept = errors.take(KEPT_LINES).collect::<Vec<_>>().join("\n");
    Some(if kept.is_empty() { text.lines().take(KEPT_LINES).collect::<Vec<_>>().join("\n") } else { kept })
}
