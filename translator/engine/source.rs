//! One input file: its path, its bytes and its language.

use std::path::{Path, PathBuf};

use crate::lang::Lang;
use crate::output_name::lang_with;

/// The bytes of one file under its path relative to the project root.
#[non_exhaustive]
pub struct Source {
    /// The path relative to the project root, which findings show.
    pub path: PathBuf,
    /// The file as it is on disk, in whatever encoding.
    pub bytes: Vec<u8>,
    /// The language of the bytes.
    pub lang: Lang,
}

impl Source {
    /// A source with the language of its path.
    pub fn new(path: impl Into<PathBuf>, bytes: impl Into<Vec<u8>>) -> Self {
        let (path, bytes) = (path.into(), bytes.into());
        let lang = if is_module_definition(&path, &bytes) { Lang::Other } else { Lang::of(&path) };
        Self { path, bytes, lang }
    }

    /// Why these bytes cannot be translated; `None` if they can.
    ///
    /// Offsets have 32 bits, so a file must be smaller than 4 GiB. UTF-16 and binary files are not read.
    pub fn unreadable(&self) -> Option<&'static str> {
        let head = &self.bytes[..self.bytes.len().min(8192)];
        if self.bytes.len() >= u32::MAX as usize {
            Some("the file has 4 GiB or more")
        } else if head.starts_with(&[0xff, 0xfe]) || head.starts_with(&[0xfe, 0xff]) {
            Some("the file is UTF-16; save it as UTF-8")
        } else if memchr::memchr(0, head).is_some() {
            Some("the file has NUL bytes and is taken for binary")
        } else {
            None
        }
    }
}

/// A source with the language of its path, where `endings` from `tranship.toml` are further endings of C++ files.
pub fn source_with(path: &Path, bytes: Vec<u8>, endings: &[String]) -> Source {
    let mut source = Source::new(path, bytes);
    if !is_module_definition(path, &source.bytes) {
        source.lang = lang_with(path, endings);
    }
    source
}

/// The statements that begin a module-definition file of Microsoft's linker.
const MODULE_STATEMENTS: &[&[u8]] = &[b"LIBRARY", b"NAME", b"EXPORTS", b"DESCRIPTION"];

/// Whether the file at `path` with these `bytes` lists the symbols of a library for Microsoft's linker. Other `.def` files are C++
/// that a source includes.
fn is_module_definition(path: &Path, bytes: &[u8]) -> bool {
    let is_def = path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("def"));
    let mut lines = bytes.split(|&byte| byte == b'\n').map(<[u8]>::trim_ascii);
    let first = lines.find(|line| !line.is_empty() && !line.starts_with(b";"));
    let word = first.and_then(|line| line.split(u8::is_ascii_whitespace).next());
    is_def && word.is_some_and(|word| MODULE_STATEMENTS.contains(&word))
}
