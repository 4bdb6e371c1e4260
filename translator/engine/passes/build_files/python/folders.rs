//! Folders of the toolkit in values: `-L/usr/local/cuda/lib64` of link options, `/usr/local/cuda/include` of include
//! folders.
//!
//! Only a word that is the folder, or an option with it, is looked at. A folder that ROCm lacks stays, and is reported.

use crate::pass::toolkit_folders::TOOLKIT;
use crate::text::{Edit, Span};

/// What becomes of a word with a folder of the toolkit.
pub(crate) enum Folder {
    /// These edits name ROCm's folder.
    Moved(Vec<Edit>),
    /// ROCm has no such folder.
    Kept,
}

/// Options that have a folder as their value, and separators of several values.
const BEFORE: &[&str] = &["-L", "-I", "-isystem", "-rpath", "-rpath-link", "--rpath", "-Wl,", ",", "=", ":"];

/// What becomes of `word`, the first byte of which is at `start`; `None` if it does not contain the folder.
pub(crate) fn folder(word: &str, start: u32) -> Option<Folder> {
    let mut edits = Vec::new();
    let mut is_found = false;
    for (at, _) in word.match_indices(TOOLKIT) {
        let rest = &word[at + TOOLKIT.len()..];
        let is_longer = rest.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
        if is_longer || at > 0 && !BEFORE.iter().any(|before| word[..at].ends_with(before)) {
            continue;
        }
        is_found = true;
        let version = rest.bytes().take_while(|b| b.is_ascii_digit() || matches!(b, b'-' | b'.')).count();
        let below = rest[version..].split([':', ',']).next().unwrap_or_default();
        let hip = match below.trim_end_matches('/') {
            "" => "/opt/rocm",
            "/include" => "/opt/rocm/include",
            "/bin" => "/opt/rocm/bin",
            "/bin/nvcc" => "/opt/rocm/bin/hipcc",
            "/lib64" | "/lib" => "/opt/rocm/lib",
            _ => return Some(Folder::Kept),
        };
        let length = TOOLKIT.len() + version + below.trim_end_matches('/').len();
        let span = Span::new(start + at as u32, start + (at + length) as u32);
        edits.push(Edit::replace(span, hip));
    }
    is_found.then_some(Folder::Moved(edits))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::Edits;

    /// Checks the new word; an empty one if the folder is reported, and the old one if there is none.
    #[track_caller]
    fn check(word: &str, expected: &str) {
        let new = match folder(word, 0) {
            Some(Folder::Moved(edits)) => {
                let (edits, _) = Edits::compose(std::iter::once(edits.as_slice()));
                String::from_utf8(edits.apply(word.as_bytes())).expect("text")
            }
            Some(Folder::Kept) => String::new(),
            None => word.to_owned(),
        };
        assert_eq!(new, expected, "{word}");
    }

    #[test]
    fn the_folder_of_the_toolkit_becomes_the_folder_of_rocm() {
        check("-L/usr/local/cuda/lib64", "-L/opt/rocm/lib");
        check("-I/usr/local/cuda-12.4/include/", "-I/opt/rocm/include/");
        check("-Wl,-rpath,/usr/local/cuda/lib64", "-Wl,-rpath,/opt/rocm/lib");
        check(
            "-Wl,-rpath=/usr/local/cuda/lib64:/usr/local/cuda/lib",
            "-Wl,-rpath=/opt/rocm/lib:/opt/rocm/lib",
        );
        check("/usr/local/cuda", "/opt/rocm");
    }

    #[test]
    fn other_folders_stay() {
        check("-L/usr/local/cuda/lib64/stubs", "");
        check("/usr/local/cuda/extras/CUPTI/include", "");
        check("-L/usr/local/cudafiles/lib64", "-L/usr/local/cudafiles/lib64");
        check("-L/home/me/usr/local/cuda/lib64", "-L/home/me/usr/local/cuda/lib64");
    }
}
