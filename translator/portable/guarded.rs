//! Writes a proposed change so that the CUDA build does not see it.

use tranship_engine::result::{Change, Found};
use tranship_engine::source::Source;
use tranship_engine::text::Lines;
use tranship_rules::Level;

/// The macro that every build for AMD's GPUs defines.
pub(super) const HIP: &str = "defined(__HIP_PLATFORM_AMD__)";

/// Guards the changes of `found`, which a person makes in `source`. A change inside of a macro with several lines stays as it is,
/// because no directive can be there.
pub(super) fn guard(found: &mut Found, source: &Source) {
    if found.level != Level::Manual {
        return;
    }
    let lines = Lines::new(&source.bytes);
    let others = found.also.iter_mut().flat_map(|other| &mut other.changes);
    for change in found.changes.iter_mut().chain(others) {
        let before_it = change.line.checked_sub(1).filter(|line| *line > 0);
        let continues =
            before_it.is_some_and(|line| is_continued(&String::from_utf8_lossy(lines.text(line))));
        if !continues && let Some(after) = guarded(&change_text(change)) {
            change.after = after;
        }
    }
}

/// The condition that is `before` for CUDA and `after` for HIP; `None` if it cannot be written as one line.
pub(super) fn both_conditions(before: &str, after: &str) -> Option<String> {
    Condition::of(before)?.or(&Condition::of(after)?)
}

fn change_text(change: &Change) -> (String, String) {
    (change.before.replace('\r', ""), change.after.replace('\r', ""))
}

fn is_continued(line: &str) -> bool {
    line.trim_end().ends_with('\\')
}

/// The lines for both vendors; `None` if the change cannot be guarded here.
fn guarded((before, after): &(String, String)) -> Option<String> {
    if before.lines().next_back().is_some_and(is_continued) || after.contains("__HIP_PLATFORM_AMD__") {
        return None;
    }
    let one_line = before.lines().count() == 1 && after.lines().count() == 1;
    if let (true, Some(cuda), Some(hip)) = (one_line, Condition::of(before), Condition::of(after)) {
        return cuda.or(&hip);
    }
    let has_condition = |text: &str| {
        text.lines().any(|line| {
            let line = line.trim_start();
            line.starts_with('#') && !line.contains("include") && !line.contains("define ")
        })
    };
    if has_condition(before) || has_condition(after) {
        return None;
    }
    if before.trim().is_empty() {
        return Some(format!("#if {HIP}\n{}\n#endif", after.trim_end_matches('\n')));
    }
    Some(format!(
        "#if {HIP}\n{}\n#else\n{}\n#endif",
        after.trim_end_matches('\n'),
        before.trim_end_matches('\n')
    ))
}

/// A line with a condition: `#if`, `#ifdef`, `#ifndef`, `#elif`.
struct Condition<'a> {
    indent: &'a str,
    keyword: &'static str,
    text: String,
}

impl<'a> Condition<'a> {
    fn of(line: &'a str) -> Option<Self> {
        let at = line.find('#')?;
        let indent = &line[..at];
        let rest = line[at + 1..].trim();
        let (word, text) = rest.split_at(rest.find(|c: char| !c.is_ascii_alphabetic())?);
        let text = text.trim();
        // A comment behind the condition would hide what is written behind it.
        if !indent.trim().is_empty() || text.contains("//") || text.contains("/*") {
            return None;
        }
        let (keyword, text) = match word {
            "if" => ("#if", text.to_owned()),
            "elif" => ("#elif", text.to_owned()),
            "ifdef" => ("#if", format!("defined({text})")),
            "ifndef" => ("#if", format!("!defined({text})")),
            _ => return None,
        };
        Some(Self { indent, keyword, text })
    }

    /// The line that is this condition for CUDA and `hip` for HIP.
    fn or(&self, hip: &Self) -> Option<String> {
        let Self { indent, keyword, text } = self;
        if *keyword != hip.keyword {
            return None;
        }
        let is_of_hip = |text: &str| text.starts_with("defined(__HIP") && text.matches('(').count() == 1;
        Some(if let Some(more) = hip.text.strip_prefix(&format!("{text} || ")) {
            format!("{indent}{keyword} {text} || {more}")
        } else if is_of_hip(&hip.text) {
            let text = if text.starts_with("defined(") && text.matches('(').count() == 1 {
                text.clone()
            } else {
                format!("({text})")
            };
            format!("{indent}{keyword} {text} || {}", hip.text)
        } else {
            format!("{indent}{keyword} {HIP} ? ({}) : ({text})", hip.text)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Checks the lines for both vendors of a change from `before` to `after`.
    fn check(before: &str, after: &str, expected: Option<&str>) {
        assert_eq!(guarded(&(before.to_owned(), after.to_owned())).as_deref(), expected, "{before}");
    }

    #[test]
    fn a_condition_is_the_old_one_for_cuda() {
        check("#ifdef __CUDACC__", "#ifdef __HIPCC__", Some("#if defined(__CUDACC__) || defined(__HIPCC__)"));
        check(
            "#ifndef __CUDACC__",
            "#ifndef __HIPCC__",
            Some("#if defined(__HIP_PLATFORM_AMD__) ? (!defined(__HIPCC__)) : (!defined(__CUDACC__))"),
        );
        check("#if A > 1", "#if A > 1 || defined(HIP_VERSION)", Some("#if A > 1 || defined(HIP_VERSION)"));
        check("#if A // x", "#if B // x", None);
    }

    #[test]
    fn code_is_chosen_by_vendor_but_not_within_a_macro() {
        check("f(1);", "g(1);", Some("#if defined(__HIP_PLATFORM_AMD__)\ng(1);\n#else\nf(1);\n#endif"));
        check("#define F f(1) \\", "#define F g(1) \\", None);
    }
}
