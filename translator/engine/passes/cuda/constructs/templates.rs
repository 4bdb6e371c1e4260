//! Member templates of types that depend on a template parameter: clang wants `template` before their names.
//!
//! It reads only objects that are declared in the function, and changes nothing if the declared type names neither a parameter
//! nor a constant or an alias of the function that depends on one.
//! In the name of a type it reads only what follows `typename`, because elsewhere `<` may be a comparison.

use std::ops::Range;

use tranship_rules::rule;

use super::types;
use crate::cpp::declared::declared;
use crate::cpp::functions::{Function, Space};
use crate::cpp::{Token, TokenKind, Unit};
use crate::finding::{Finding, Fix};
use crate::pass::Pass;
use crate::text::Edit;

/// The limit for tokens of a list of template parameters or arguments.
const MOST: usize = 256;

/// Checks all calls of the forms `object.member<arguments>(` and `Class<T>::member<arguments>(` in templates of functions.
pub(crate) fn check(pass: &mut Pass) {
    let unit = pass.unit;
    if unit.places(b"template", 0..unit.tokens().len()).is_empty() {
        return;
    }
    let is_cuda = types::is_cuda(unit);
    let mut found = Vec::new();
    for function in unit.functions() {
        let parameters = template_parameters(unit, function.head.clone());
        if parameters.is_empty() || !(is_cuda || function.space != Space::Host) {
            continue;
        }
        let body = function.body.start..function.body.end.min(unit.tokens().len());
        let parameters = with_constants(unit, body.clone(), parameters);
        found.extend(body.filter(|&at| is_member_template(unit, function, &parameters, at)));
    }
    if is_cuda {
        found.extend(member_templates_of_types(unit));
    }
    found.sort_unstable();
    found.dedup();
    let Some(rule) = pass.context.rules.named(rule::DEPENDENT_TEMPLATE) else { return };
    for at in found {
        let token = &unit.tokens()[at];
        if token.is(Token::FROZEN) {
            continue;
        }
        let what = format!(
            "`{}` is a member template of a type that depends on a template parameter",
            unit.slice(token.span())
        );
        let edit = Edit::insert(token.start, "template ");
        pass.report(Finding::of(rule, token.span()).saying(what).with(Fix::One(edit)));
    }
}

/// The names of the template parameters in all lists of `range`. The head of a function of a class template has several.
pub(super) fn template_parameters<'a>(unit: &'a Unit, range: Range<usize>) -> Vec<&'a [u8]> {
    let tokens = unit.tokens();
    let mut names = Vec::new();
    for at in range.clone().filter(|&at| unit.is_word(at, "template")) {
        let mut depth = 0_u32;
        for next in at + 1..range.end.min(at + MOST) {
            match tokens[next].byte {
                _ if tokens[next].kind != TokenKind::Punct => continue,
                b'<' => depth += 1,
                b'>' | b',' | b'=' if depth == 1 && tokens[next - 1].kind == TokenKind::Identifier => {
                    names.push(unit.text(&tokens[next - 1]));
                }
                _ => {}
            }
            if tokens[next].is_punct(b'>') {
                depth = depth.saturating_sub(1);
            }
            if depth == 0 {
                break;
            }
        }
    }
    names
}

/// Adds to `names` each constant and each alias of `body` whose value depends on a name of the list.
fn with_constants<'a>(unit: &'a Unit, body: Range<usize>, mut names: Vec<&'a [u8]>) -> Vec<&'a [u8]> {
    let tokens = unit.tokens();
    let mut starts = [unit.places(b"constexpr", body.clone()), unit.places(b"using", body.clone())].concat();
    starts.sort_unstable();
    for start in starts {
        let start = start as usize;
        if unit.is_word(start - 1, "if") {
            continue;
        }
        let end = (start..body.end.min(start + MOST)).find(|&at| tokens[at].is_punct(b';'));
        let Some(end) = end else { continue };
        let Some(equals) = (start..end).find(|&at| tokens[at].is_punct(b'=')) else { continue };
        if tokens[equals - 1].kind == TokenKind::Identifier && depends(unit, equals + 1..end, &names) {
            names.push(unit.text(&tokens[equals - 1]));
        }
    }
    names
}

/// Whether token `at` is the name of a member template of an object with a dependent type, without `template` before it.
fn is_member_template(unit: &Unit, function: &Function, parameters: &[&[u8]], at: usize) -> bool {
    let tokens = unit.tokens();
    let is_name =
        tokens[at].kind == TokenKind::Identifier && tokens.get(at + 1).is_some_and(|t| t.is_punct(b'<'));
    let is_scoped = is_name && at > 1 && tokens[at - 1].is_double(b':');
    if !is_name || !(unit.is_member(at) || is_scoped) {
        return false;
    }
    let Some(close) = unit.lexed.angle_close(at + 1, function.body.end) else { return false };
    let is_call = tokens.get(close + 1).is_some_and(|t| t.is_punct(b'('));
    let is_expression = |at: usize| tokens[at].is_double(b'&') || tokens[at].is_double(b'|');
    let dot = at - 1;
    let Some(object) = dot.checked_sub(1) else { return false };
    if !is_call || (at + 2..close).any(is_expression) {
        return false;
    }
    if is_scoped {
        return scope(unit, object).is_some_and(|scope| depends(unit, scope, parameters));
    }
    if tokens[object].kind != TokenKind::Identifier {
        return false;
    }
    let is_part = unit.is_member(object) || tokens[object - 1].is_double(b':');
    let kind = || declared(unit, function, unit.text(&tokens[object]), object);
    !is_part && kind().is_some_and(|kind| depends(unit, kind, parameters))
}

/// The class in front of `::`, with its template arguments, which ends at token `last`.
pub(super) fn scope(unit: &Unit, last: usize) -> Option<Range<usize>> {
    if !unit.tokens()[last].is_punct(b'>') {
        return Some(last..last + 1);
    }
    let opens = |&open: &usize| unit.lexed.angle_close(open, last + 1) == Some(last);
    (last.saturating_sub(MOST)..last).rev().find(opens).map(|open| open..last + 1)
}

/// The names of member templates in names such as `typename Outer<T>::inner<int>::type`, where `template` is missing. A name
/// after `typename` is a type, so `<` opens template arguments. The part in front depends on a template parameter if its
/// arguments name one, or if it is one itself. `template` is also right for a type without parameters, so the parameters
/// of all templates of the file are taken together.
fn member_templates_of_types(unit: &Unit) -> Vec<usize> {
    let tokens = unit.tokens();
    let end = tokens.len();
    let mut found = Vec::new();
    let parameters = template_parameters(unit, 0..end);
    for &keyword in unit.places(b"typename", 0..end) {
        let mut at = keyword as usize + 1;
        let mut is_dependent = false;
        while at + 1 < end && tokens[at].kind == TokenKind::Identifier {
            let (name, mut next) = (at, at + 1);
            if tokens[next].is_punct(b'<') {
                let Some(close) = unit.lexed.angle_close(next, end) else { break };
                if is_dependent {
                    found.push(name);
                }
                next = close + 1;
            }
            is_dependent |= depends(unit, name..next, &parameters);
            if !tokens.get(next).is_some_and(|token| token.is_double(b':')) {
                break;
            }
            at = next + 1;
        }
    }
    found
}

pub(super) fn depends(unit: &Unit, kind: Range<usize>, parameters: &[&[u8]]) -> bool {
    unit.tokens()[kind]
        .iter()
        .any(|token| token.kind == TokenKind::Identifier && parameters.contains(&unit.text(token)))
}
