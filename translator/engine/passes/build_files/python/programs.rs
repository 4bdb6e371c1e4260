//! Strings of Python that name programs which the file runs or looks for.

use tranship_rules::list;

use super::Python;

/// Whether the string at `index` is the program that a function looks for: `which("nvcc", path=...)`.
pub(super) fn is_searched(python: &Python, index: usize) -> bool {
    index >= 2
        && python.is(index - 1, b'(')
        && ["which", "find_in_path", "find_executable"].iter().any(|name| python.is_name(index - 2, name))
}

/// Whether the string at `index` is a file in the folder `bin`: `join(home, "bin", "nvcc")`, `home / "bin" / "nvcc"`.
pub(super) fn is_below_bin(python: &Python, index: usize) -> bool {
    index >= 2
        && python.is_text(index - 2)
        && python.text(index - 2) == "bin"
        // The folder that PyTorch has is changed with the program below it.
        && !(index.saturating_sub(6)..index).any(|before| python.is_name(before, "CUDA_HOME"))
        && (python.is(index - 1, b',') || python.is(index - 1, b'/'))
}

/// Whether a string is an argument of a call that runs a program: at most four tokens behind `subprocess`, `Popen`,
/// `system`, `which` ...
pub(super) fn is_run(python: &Python, index: usize) -> bool {
    (index.saturating_sub(4)..index)
        .any(|before| list::PYTHON_RUN_CALLS.iter().any(|name| python.is_name(before, name)))
}
