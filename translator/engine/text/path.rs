//! Paths below a root, and their conversion to text and back. Each path has a different text, whatever its bytes are.

use std::borrow::Cow;
use std::ffi::OsString;
use std::fmt::Write as _;
use std::path::{Component, Path, PathBuf};

/// `path` as text for people and programs: unchanged if it is UTF-8, else in the form of [`exact`].
pub fn readable(path: &Path) -> Cow<'_, str> {
    path.to_str().map_or_else(|| exact(path).into(), Cow::Borrowed)
}

/// `path` on one line, in a form that [`from_exact`] reads on every system. Parts are separated by `/`, a backslash is
/// `\\`, and a control character or a byte that is not UTF-8 is written like `\xE9`.
pub fn exact(path: &Path) -> String {
    let mut text = String::new();
    for part in path.components() {
        let is_root = part == Component::RootDir;
        if is_root || !(text.is_empty() || text.ends_with('/')) {
            text.push('/');
        }
        if is_root {
            continue;
        }
        for chunk in part.as_os_str().as_encoded_bytes().utf8_chunks() {
            for c in chunk.valid().chars() {
                match c {
                    '\\' => text.push_str("\\\\"),
                    c if c.is_ascii_control() => byte(u32::from(c), &mut text),
                    c => text.push(c),
                }
            }
            chunk.invalid().iter().for_each(|&invalid| byte(u32::from(invalid), &mut text));
        }
    }
    text
}

fn byte(value: u32, text: &mut String) {
    // Writing to a string cannot fail.
    let _ = write!(text, "\\x{value:02X}");
}

/// The path with this [`exact`] form; a backslash before any other character is literal. `None` for a name that this
/// system does not allow.
pub fn from_exact(text: &str) -> Option<PathBuf> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&first, tail)) = rest.split_first() {
        let digits = tail.get(1..3).filter(|_| first == b'\\' && tail[0] == b'x');
        let code = digits.and_then(|digits| u8::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok());
        let (next, length) = match code {
            Some(code) => (code, 4),
            None if first == b'\\' && tail.first() == Some(&b'\\') => (b'\\', 2),
            None => (first, 1),
        };
        bytes.push(next);
        rest = &rest[length..];
    }
    os_string(bytes).map(PathBuf::from)
}

/// The path from a root to `path`, which is relative to `folder`, without `.` and `..`; `None` when it leaves the root.
pub fn within(folder: &Path, path: &Path) -> Option<PathBuf> {
    let mut found = folder.to_owned();
    for part in path.components() {
        match part {
            Component::Normal(part) => found.push(part),
            Component::CurDir => {}
            Component::ParentDir if found.pop() => {}
            _ => return None,
        }
    }
    Some(found)
}

/// `bytes` as a name of the file system; `None` where this system has no such names.
#[cfg(unix)]
#[allow(clippy::unnecessary_wraps, reason = "other systems need the option")]
pub fn os_string(bytes: Vec<u8>) -> Option<OsString> {
    Some(std::os::unix::ffi::OsStringExt::from_vec(bytes))
}

/// `bytes` as a name of the file system; `None` where this system has no such names.
#[cfg(not(unix))]
pub fn os_string(bytes: Vec<u8>) -> Option<OsString> {
    String::from_utf8(bytes).ok().map(OsString::from)
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(bytes: &[u8], expected: &str) {
        let path = PathBuf::from(os_string(bytes.to_vec()).unwrap());
        assert_eq!(exact(&path), expected);
        assert_eq!(from_exact(expected), Some(path));
    }

    #[test]
    fn every_path_is_written_in_a_form_of_its_own() {
        check("a b/ü.cu".as_bytes(), "a b/ü.cu");
        check(b"src/latin-\xe9.cu", "src/latin-\\xE9.cu");
        check(b"src/latin-\\xE9.cu", "src/latin-\\\\xE9.cu");
        check(b"a\nb\x7f\xff\xfe.cu", "a\\x0Ab\\x7F\\xFF\\xFE.cu");
        check(b"a\\b\\", "a\\\\b\\\\");
        check(b"/x/y", "/x/y");
        check(b"../x", "../x");
    }

    #[test]
    fn paths_written_by_hand_are_read() {
        let read = |text: &str| from_exact(text).unwrap().into_os_string().into_encoded_bytes();
        assert_eq!(read("a\\b"), b"a\\b");
        assert_eq!(read("a\\x"), b"a\\x");
        assert_eq!(read("a\\xg1"), b"a\\xg1");
        assert_eq!(read("\\xc3\\xa9"), "é".as_bytes());
        assert_eq!(read(""), b"");
    }

    #[test]
    fn only_paths_that_are_not_utf_8_are_escaped() {
        assert_eq!(readable(Path::new("a\\b")), "a\\b");
        assert_eq!(readable(Path::new(&os_string(b"a\\\xe9".to_vec()).unwrap())), "a\\\\\\xE9");
    }
}
