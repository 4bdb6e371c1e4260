//! CUDA Fortran: one finding in each file, at the first line with CUDA Fortran. Fortran itself is not translated.

use memchr::memmem;

use tranship_rules::{list, rule};

use crate::pass::Reporter;
use crate::text::Span;

/// Looks for the first line that is CUDA Fortran.
pub(crate) fn run(pass: &mut Reporter) {
    let mut start = 0;
    for line in pass.source.bytes.split_inclusive(|&byte| byte == b'\n') {
        let text = line.trim_ascii();
        if is_cuda(text) {
            let from = start + line.len() - line.trim_ascii_start().len();
            let span = Span::new(from as u32, (from + text.len()) as u32);
            pass.report_saying(
                rule::CUDA_FORTRAN,
                span,
                "the file contains a kernel or module of CUDA Fortran",
            );
            return;
        }
        start += line.len();
    }
}

/// Whether a line contains one of the marks outside of comments.
fn is_cuda(line: &[u8]) -> bool {
    let word: Vec<u8> =
        line.iter().filter(|byte| !byte.is_ascii_whitespace()).map(u8::to_ascii_lowercase).collect();
    if word.starts_with(b"!$cuf") {
        return true;
    }
    let code = word.split(|&byte| byte == b'!').next().unwrap_or_default();
    // A `c` or `*` in the first column begins a comment of the old form.
    let is_old_comment = line.first().is_some_and(|&byte| byte == b'*')
        || (line.first().is_some_and(|byte| byte.eq_ignore_ascii_case(&b'c'))
            && line.get(1).is_none_or(u8::is_ascii_whitespace));
    !is_old_comment
        && list::CUDA_FORTRAN_MARKS.iter().any(|mark| memmem::find(code, mark.as_bytes()).is_some())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_cuda_fortran_are_recognised() {
        for line in [
            "attributes(global) subroutine f(x)",
            "  USE CUDAFOR",
            "!$cuf kernel do",
            "attributes( host, device ) function g()",
        ] {
            assert!(is_cuda(line.trim().as_bytes()), "{line}");
        }
        for line in [
            "! use cudafor",
            "c use cudafor",
            "* use cudafor",
            "use iso_c_binding",
            "real :: x ! attributes(global)",
            "",
        ] {
            assert!(!is_cuda(line.as_bytes()), "{line}");
        }
    }
}
