//! Runs many compiler calls over the machine's cores and keeps the first error lines of each.

use std::process::{Command, Stdio};
use std::sync::Mutex;
use std::thread;

/// How many lines of a failing compiler are kept.
const KEPT_LINES: usize = 6;

/// Runs every call and gives, in their order, `None` for success or the first error lines.
pub(crate) fn run_all(calls: Vec<Command>) -> Vec<Option<String>> {
    let count = calls.len();
    let queue = Mutex::new(calls.into_iter().enumerate());
    let results = Mutex::new(vec![None; count]);
    let workers = thread::available_parallelism().map_or(1, usize::from);
    thread::scope(|scope| {
        for _ in 0..workers {
            scope.spawn(|| {
                while let Some((at, mut call)) = take(&queue) {
                    let errors = run(&mut call);
                    results.lock().expect("no worker panics")[at] = errors;
                }
            });
        }
    });
    results.into_inner().expect("no worker panics")
}

/// The next call; a function of its own, so that the lock is free while the call runs.
fn take(queue: &Mutex<impl Iterator<Item = (usize, Command)>>) -> Option<(usize, Command)> {
    queue.lock().expect("no worker panics").next()
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
