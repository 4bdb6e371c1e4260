//! Command lines of nvcc with each of its options, in each of their forms.

use tranship_engine::translate::translate;
use tranship_engine::{Level, Rules, Source, pass::Context};

/// A Makefile with one option of nvcc, and what became of it.
pub(crate) struct Converted {
    /// The words of the option.
    pub(crate) option: Vec<String>,
    /// Whether the text stayed as it was, apart from the name of the compiler.
    #[allow(dead_code, reason = "one of the two tiers needs no such field")]
    pub(crate) is_same: bool,
    /// The words behind `hipcc`.
    pub(crate) words: Vec<String>,
    /// The rules of its manual findings.
    pub(crate) manual: Vec<&'static str>,
}

/// Every option of nvcc, converted.
pub(crate) fn converted() -> Vec<Converted> {
    let context = Context::new(Rules::builtin());
    let forms =
        include_str!("nvcc-options.txt").lines().filter(|line| !line.starts_with('#')).flat_map(forms);
    forms.map(|option| convert(option, &context)).collect()
}

/// The forms of the option in a line of the list: both names, with the value in the next word and behind `=`.
fn forms(line: &str) -> Vec<Vec<String>> {
    let words: Vec<&str> = line.split(' ').collect();
    let of_name = |name: &str| match words.get(2) {
        Some(value) => {
            vec![vec![name.to_owned(), (*value).to_owned()], vec![format!("{name}={value}")]]
        }
        None => vec![vec![name.to_owned()]],
    };
    words[..2].iter().flat_map(|name| of_name(name)).collect()
}

fn convert(option: Vec<String>, context: &Context) -> Converted {
    let text = format!("a.o: a.c\n\tnvcc {} -c a.c\n", option.join(" "));
    let translation = translate(&Source::new("Makefile", text.as_str()), context);
    let output = String::from_utf8_lossy(&translation.apply(text.as_bytes())).into_owned();
    let line = output.split_once("\thipcc ").map_or("", |(_, line)| line);
    let findings = translation.findings.iter();
    Converted {
        option,
        is_same: output.replace("hipcc", "nvcc") == text,
        words: line.split_whitespace().map(str::to_owned).collect(),
        manual: findings
            .filter(|finding| finding.level == Level::Manual)
            .map(|finding| finding.rule)
            .collect(),
    }
}
