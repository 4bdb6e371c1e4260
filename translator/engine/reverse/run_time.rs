//! Options for the compiler of code at run time.

use tranship_rules::{list, rule};

use super::Reverse;
use crate::cpp::{Token, TokenKind};
use crate::finding::Finding;
use crate::text::Span;

impl Reverse<'_> {
    /// The findings for strings that begin with an option that hipRTC has and NVRTC refuses, in a project that compiles at run time.
    pub(super) fn options_at_run_time(&self, is_compiled: impl Fn(&Token) -> bool) -> Vec<Finding> {
        if !self.project.compiles {
            return Vec::new();
        }
        let strings = self.unit.tokens().iter().filter(|token| token.kind == TokenKind::String);
        let options = strings.filter(|token| is_compiled(token)).filter_map(|token| {
            let text = self.unit.text(token).strip_prefix(b"\"")?;
            let is_option = |option: &&&str| text.starts_with(option.as_bytes());
            let option = list::HIPRTC_OPTIONS.iter().filter(is_option).max_by_key(|option| option.len())?;
            let start = token.start + 1;
            let span = Span::new(start, start + u32::try_from(option.len()).ok()?);
            self.manual(rule::HIP_COMPILE_OPTION, span, |name| format!("NVRTC refuses the option `{name}`"))
        });
        options.collect()
    }
}
