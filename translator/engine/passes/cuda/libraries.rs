//! Reports the CUDA libraries that stay with their hip libraries although the user asked for the roc libraries.

use tranship_rules::rule;

use crate::cpp::{Token, TokenKind, Unit};
use crate::pass::{Pass, Reason, Staying, family};

/// The most names that one finding lists.
const MOST_NAMES: usize = 12;

/// Runs the pass.
pub(crate) fn run(pass: &mut Pass) {
    let (unit, context) = (pass.unit, pass.context);
    for staying in &context.staying {
        let token = unit.tokens().iter().find(|token| is_cause(unit, token, staying)).copied();
        if let Some(token) = token.or_else(|| header(unit, staying)) {
            let what = what(pass, staying);
            pass.report_saying(rule::HIP_LIBRARY_KEPT, token.span(), what);
        }
    }
}

/// The include of a header that prevented the roc library.
fn header(unit: &Unit, staying: &Staying) -> Option<Token> {
    let Reason::Words(words) = &staying.reason else { return None };
    let is_cause = |token: &Token| {
        let text = unit.slice(token.span());
        let name = text.get(1..text.len() - 1).unwrap_or_default();
        !token.is(Token::FROZEN) && words.iter().any(|word| word == name)
    };
    unit.includes().map(|(_, token)| *token).find(is_cause)
}

/// Whether `token` is one of the words that prevented the roc library, or a name of a library whose types prevented it.
fn is_cause(unit: &Unit, token: &Token, staying: &Staying) -> bool {
    if token.kind != TokenKind::Identifier || token.is(Token::FROZEN) {
        return false;
    }
    let Ok(word) = std::str::from_utf8(unit.text(token)) else { return false };
    let key = staying.library.key;
    match &staying.reason {
        Reason::Words(words) => {
            let is_listed = |word: &str| words.binary_search_by(|known| known.as_str().cmp(word)).is_ok();
            is_listed(word) || (family(word) == Some(key) && is_listed(&format!("{word}##")))
        }
        Reason::TypesOf(_) | Reason::TypesFrom(_) => family(word) == Some(key),
    }
}

fn what(pass: &Pass, staying: &Staying) -> String {
    let title_of = |key: &str| {
        let library = pass.context.rules.libraries().iter().find(|library| library.key == key);
        library.map_or((key.to_owned(), String::new()), |library| {
            (library.title.to_owned(), library.hip.to_owned())
        })
    };
    let roc = staying.library.title;
    let (cuda, hip) = title_of(staying.library.key);
    match &staying.reason {
        Reason::Words(words) => {
            let shown: Vec<_> = words.iter().take(MOST_NAMES).map(|word| format!("`{word}`")).collect();
            let more = match words.len() - shown.len() {
                0 => String::new(),
                more => format!(" and {more} more"),
            };
            let names = shown.join(", ");
            let is_helper = |word: &String| {
                let row = pass.context.rules.roc_name(word.as_bytes());
                row.is_some_and(|(_, row)| row.spellings.iter().any(|one| one.hip.starts_with("tranship::")))
            };
            let of_c = if words.iter().any(is_helper) && pass.context.index.has_c() {
                " that a file of C can call"
            } else {
                ""
            };
            format!("{cuda} becomes {hip}, because {roc} has no exact counterpart{of_c} of {names}{more}")
        }
        Reason::TypesOf(key) => {
            let (other, other_hip) = title_of(key);
            format!(
                "{cuda} becomes {hip}, because {other} becomes {other_hip}, whose functions take types of {hip}"
            )
        }
        Reason::TypesFrom(key) => {
            let (other, other_hip) = title_of(key);
            format!(
                "{cuda} becomes {hip}, because its functions take types of {other}, which becomes {other_hip}"
            )
        }
    }
}
