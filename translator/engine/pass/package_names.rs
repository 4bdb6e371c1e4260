//! Names of packages in lists, commands and settings.

use tranship_rules::{Kind, Name, rule};

use super::Reporter;
use crate::readers::lines::{Line, Word};
use crate::text::Span;

/// Calls `each` with every word outside of comments, without quotes and marks of lists.
pub(crate) fn each_word(pass: &mut Reporter, each: impl Fn(&mut Reporter, &str, Span)) {
    let bytes = &pass.source.bytes;
    let is_edge = |byte: u8| byte.is_ascii_whitespace() || b"\"'`,[](){};|&".contains(&byte);
    let mut at = 0;
    while at < bytes.len() {
        if bytes[at] == b'#' && (at == 0 || bytes[at - 1].is_ascii_whitespace()) {
            at += memchr::memchr(b'\n', &bytes[at..]).unwrap_or(bytes.len() - at);
            continue;
        }
        let length = bytes[at..].iter().take_while(|&&byte| !is_edge(byte)).count();
        let span = Span::new(at as u32, (at + length) as u32);
        if let Ok(text) = std::str::from_utf8(&bytes[span.range()])
            && !text.is_empty()
        {
            each(pass, text, span);
            pass.follow_sources(span);
        }
        at += length.max(1);
    }
}

/// Programs that install packages.
const INSTALLERS: &[&str] =
    &["apt", "apt-get", "conda", "dnf", "mamba", "micromamba", "pip", "pip3", "uv", "yum", "zypper"];

/// Reports packages for CUDA that a command line installs.
pub(crate) fn installed(pass: &mut Reporter, line: &Line) {
    let bytes = &pass.source.bytes;
    let text = |word: &Word| std::str::from_utf8(&bytes[word.inner.range()]).unwrap_or_default();
    let Some(program) = line.words.iter().position(|word| INSTALLERS.contains(&text(word))) else { return };
    let Some(install) = line.words[program..].iter().position(|word| text(word) == "install") else { return };
    let names = line.words[program + install + 1..].iter().map(|word| (text(word).to_owned(), word.inner));
    for (name, span) in names.collect::<Vec<_>>() {
        package(pass, &name, span);
    }
}

/// Reports a package for CUDA; a version, extras or a marker may follow its name.
pub(crate) fn package(pass: &mut Reporter, text: &str, span: Span) {
    let end = text.find(['=', '<', '>', '!', '~', '@']).unwrap_or(text.len());
    let name = text[..end].to_ascii_lowercase().replace('_', "-");
    let found = pass.word(Kind::Package, without_release(&name)).or_else(|| family(pass, &name));
    if let Some(row) = found {
        pass.absent(row, span);
    } else if text.contains("download.pytorch.org/whl/cu") || (name == "torch" && text.contains("+cu")) {
        pass.report_saying(rule::CUDA_WHEEL, span, format!("`{text}` is built for CUDA"));
    }
}

/// The name of a package without the release that Debian's packages have: `cuda-toolkit` of `cuda-toolkit-12-4`.
fn without_release(name: &str) -> &str {
    let is_number = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    let mut parts = name.rsplitn(3, '-');
    match (parts.next(), parts.next(), parts.next()) {
        (Some(minor), Some(major), Some(rest)) if is_number(minor) && is_number(major) => rest,
        _ => name,
    }
}

/// The row of packages like `nvidia-cublas-cu12`.
fn family(pass: &Reporter, name: &str) -> Option<&'static Name> {
    let is_nvidia = name.starts_with("nvidia-")
        && (name.ends_with("-cu11") || name.ends_with("-cu12") || name.ends_with("-cu13"));
    if is_nvidia { pass.word(Kind::Package, "nvidia-*") } else { None }
}
