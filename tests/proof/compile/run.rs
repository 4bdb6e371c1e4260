//! Runs many compiler calls over the machine's cores and keeps the first error lines of each.
//!
//! A call whose inputs are what they were is not made again, except on CI: on two cores the whole matrix takes minutes.

use std::fs;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Mutex;
use std::thread;

use super::inputs::Inputs;

/// How many lines of a failing compiler are kept.
const KEPT_LINES: usize = 6;

/// One compiler call and where its result is kept; `None` when it must be made anew.
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

/// What the result of a call depends on: the command without the place of the file and of the tree `root`, and what is
/// read. Calls with equal keys have equal results.
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

/// Runs every call and gives, in their order, `None` for success or the first error lines.
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

/// The next call; a function of its own, so that the lock is free while the call runs.
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
    // Renaming keeps a run that is stopped here from leaving half a result; without the file the call is made again.
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
