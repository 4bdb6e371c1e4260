//! Folders of the CUDA toolkit in other places than `/usr/local/cuda`: `/opt/cuda/bin`, `/apps/cuda-11.2`, `/sw/cuda/12.4`.
//!
//! Such a folder shows by its name alone, so it is reported and never moved.

use std::ops::Range;

use super::toolkit_folders::TOOLKIT;

/// The folders below a toolkit.
const BELOW: &[&str] = &["bin", "lib", "lib64", "include", "targets", "extras", "nvvm", "samples"];

/// The first folders of paths in which systems and sites install programs.
const SITES: &[&str] = &["opt", "usr", "sw", "apps", "app", "software", "cm", "packages", "pkg"];

/// The first folder of a toolkit in `text`, as a range of bytes. A folder counts if its name has a release, or if it is among
/// installed programs and the path names a folder below it.
pub(crate) fn folder(text: &str) -> Option<Range<usize>> {
    if text.contains("://") || !text.contains('/') {
        return None;
    }
    let begins = |at: &usize| {
        let before = &text[..*at];
        before.is_empty()
            || before.ends_with([' ', '=', ':', ',', ';', '"', '\''])
            || ["-I", "-L", "-B", "-isystem", "-rpath"].iter().any(|option| before.ends_with(option))
    };
    let starts = text.match_indices('/').map(|(at, _)| at).filter(begins);
    starts.filter(|&at| !text[at..].starts_with(TOOLKIT)).find_map(|at| {
        let is_part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '+' | '-' | '/');
        let path = &text[at..];
        let path = &path[..path.find(|c| !is_part(c)).unwrap_or(path.len())];
        toolkit(path).map(|length| at..at + length)
    })
}

/// The length of the folder of a toolkit at the start of `path`, which begins with `/`.
fn toolkit(path: &str) -> Option<usize> {
    let parts: Vec<&str> = path[1..].split('/').collect();
    let is_release = |text: &str| {
        text.starts_with(|c: char| c.is_ascii_digit())
            && text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.')
    };
    let mut end = 0;
    for (index, part) in parts.iter().enumerate() {
        end += 1 + part.len();
        let lower = part.to_ascii_lowercase();
        let Some(rest) = lower.strip_prefix("cuda") else { continue };
        let next = parts.get(index + 1).copied().unwrap_or_default();
        if is_release(rest.trim_start_matches(['-', '_', 'v'])) {
            return Some(end);
        }
        if rest.is_empty() && is_release(next) && next.contains('.') {
            return Some(end + 1 + next.len());
        }
        if rest.is_empty() && SITES.contains(&parts[0]) && BELOW.contains(&next) {
            return Some(end);
        }
    }
    None
}

/// The variables of `text`, a whole file, that hold a toolkit because nvcc is called below them: `ROOT` of `$(ROOT)/bin/nvcc`.
pub(super) fn variables(text: &str) -> Vec<&str> {
    let name = |(at, _): (usize, &str)| {
        let before = text[..at].trim_end_matches([')', '}']);
        let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_';
        let name = &before[before.trim_end_matches(is_word).len()..];
        let open = &before[..before.len() - name.len()];
        let is_reference = ["$", "$(", "${"].iter().any(|form| open.ends_with(form));
        (is_reference && !name.is_empty()).then_some(name)
    };
    text.match_indices("/bin/nvcc").filter_map(name).collect()
}

/// The folder in a function of Make that gives the same folder: `$(abspath $(CUDA_PATH)/include)`.
pub(super) fn unwrapped(text: &str) -> &str {
    let inner = ["abspath", "realpath", "wildcard", "firstword"]
        .iter()
        .find_map(|function| text.strip_prefix("$(")?.strip_prefix(function)?.strip_suffix(')'));
    inner.map_or(text, str::trim)
}

/// Whether `value` is the folder of a toolkit by its name, or can be one if nvcc `is_called` below it.
pub(super) fn holds(value: &str, is_called: bool) -> bool {
    folder(value).is_some_and(|found| found.end == value.trim_end_matches('/').len())
        || (is_called && is_path(value))
}

/// Whether `value` is one absolute path that can be the folder of a toolkit. Debian has its toolkit in `/usr`.
pub(super) fn is_path(value: &str) -> bool {
    value.starts_with('/') && !value.contains(['$', ' ', ':']) && !matches!(value, "/usr" | "/usr/")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Checks the folder that `text` names; an empty one if it names none.
    #[track_caller]
    fn check(text: &str, expected: &str) {
        assert_eq!(folder(text).map_or("", |range| &text[range]), expected, "{text}");
    }

    #[test]
    fn the_name_of_a_folder_shows_a_toolkit() {
        check("/data/lean/cuda-11.2", "/data/lean/cuda-11.2");
        check("-I/opt/cuda-12/include", "/opt/cuda-12");
        check("-L/sw/site/cuda/11.1.1/lib64", "/sw/site/cuda/11.1.1");
        check("/opt/cuda/bin/nvcc", "/opt/cuda");
        check("/usr/lib/cuda/include", "/usr/lib/cuda");
    }

    #[test]
    fn other_folders_are_none() {
        for text in [
            "/usr/local/cuda/include",
            "src/cuda-11.2/x",
            "/home/me/project/cuda/include",
            "/tmp/cuda-11.2.tar.gz",
            "/tmp/cuda-repo-ubuntu/x",
            "https://host/opt/cuda/bin",
            "$(ROOT)/opt/cuda/bin",
            "/opt/cudaless/bin",
        ] {
            check(text, "");
        }
    }
}
