//! Paths of files as URIs.

use std::path::{Path, PathBuf};
use std::str::FromStr;

use lsp_types::Uri;

/// The path of a URI with the scheme `file`; `None` for another scheme.
pub(super) fn path_of(uri: &str) -> Option<PathBuf> {
    let rest = uri.strip_prefix("file://")?;
    // Everything in front of the path is the name of a host: `file:///a` has none.
    let path = &rest[rest.find('/')?..];
    let mut bytes = Vec::with_capacity(path.len());
    let mut rest = path.as_bytes();
    while let Some((&first, more)) = rest.split_first() {
        let code = || u8::from_str_radix(std::str::from_utf8(more.get(..2)?).ok()?, 16).ok();
        if let Some(byte) = code().filter(|_| first == b'%') {
            bytes.push(byte);
            rest = &more[2..];
        } else {
            bytes.push(first);
            rest = more;
        }
    }
    Some(native(bytes))
}

#[cfg(unix)]
fn native(bytes: Vec<u8>) -> PathBuf {
    use std::os::unix::ffi::OsStringExt;
    std::ffi::OsString::from_vec(bytes).into()
}

/// A path such as `/C:/a` is `C:/a`.
#[cfg(not(unix))]
fn native(bytes: Vec<u8>) -> PathBuf {
    let text = String::from_utf8_lossy(&bytes).into_owned();
    let has_drive = text.as_bytes().get(2) == Some(&b':');
    PathBuf::from(if has_drive { text[1..].to_owned() } else { text })
}

/// The URI of the absolute path `path`.
pub(super) fn uri_of(path: &Path) -> Option<Uri> {
    use std::fmt::Write as _;
    let text = path.as_os_str().as_encoded_bytes();
    // Windows gives canonical paths this prefix.
    let text = text.strip_prefix(br"\\?\").unwrap_or(text);
    let mut uri = String::from(if text.starts_with(b"/") { "file://" } else { "file:///" });
    for &byte in text {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'-' | b'.' | b'_' | b'~' => {
                uri.push(char::from(byte));
            }
            b'\\' if cfg!(windows) => uri.push('/'),
            _ => {
                let _ = write!(uri, "%{byte:02X}");
            }
        }
    }
    Uri::from_str(&uri).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[cfg(unix)]
    fn paths_and_uris_are_inverse() {
        for path in ["/a/b.cu", "/a b/ü#?%.cu", "/"] {
            let uri = uri_of(Path::new(path)).unwrap();
            assert_eq!(path_of(uri.as_str()).unwrap(), Path::new(path));
        }
        assert_eq!(uri_of(Path::new("/a b")).unwrap().as_str(), "file:///a%20b");
        assert_eq!(path_of("file://localhost/a"), Some("/a".into()));
        assert_eq!(path_of("file:///a%2"), Some("/a%2".into()));
        assert_eq!(path_of("untitled:Untitled-1"), None);
        assert_eq!(path_of("file://"), None);
    }
}
