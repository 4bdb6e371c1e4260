//! The origin of the mask of a warp function: a literal, a parameter, a vote, or a computation.

use std::ops::Range;

use super::call_site;
use super::constants::{Constant, evaluate};
use super::declared::{local, parameter};
use super::functions::Function;
use super::{Token, TokenKind, Unit};

/// Where a mask comes from, as far as the code shows.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// A literal number, or a constant of the project with this value.
    Literal(u32),
    /// A name that means all lanes; its value is not in the project.
    Named,
    /// The result of a vote: the lanes that took part in it.
    Vote,
    /// A parameter with this default value.
    Default(u32),
    /// A parameter.
    Parameter,
    /// Anything else.
    Computed,
}

impl Origin {
    /// Whether the mask is all lanes of a warp, as far as the code shows.
    pub fn is_full(self) -> bool {
        matches!(self, Self::Literal(u32::MAX) | Self::Default(u32::MAX) | Self::Named)
    }
}

/// The value of a name that is a constant.
type ValueOf<'a> = &'a dyn Fn(&[u8]) -> Option<Constant>;

/// Looks up the origin of a variable by the token of its function's name and the variable's name. If the origin is not
/// known, the look-up calls the function that it is given, and keeps the result.
type Remember<'a> = &'a dyn Fn(usize, &[u8], &dyn Fn() -> Option<Origin>) -> Option<Origin>;

/// The origin of the mask in `tokens`, an argument of the call at token `index`.
pub fn origin(
    unit: &Unit,
    index: usize,
    tokens: Range<usize>,
    constant: ValueOf,
    remembered: Remember,
) -> Origin {
    if tokens.is_empty() {
        // `__syncwarp()` is for all lanes.
        return Origin::Literal(u32::MAX);
    }
    if let [name] = &unit.tokens()[tokens.clone()]
        && name.kind == TokenKind::Identifier
        && let Some(function) = unit.function_at(unit.tokens()[index].start)
        && let Some(origin) =
            remembered(function.name, unit.text(name), &|| of_variable(unit, function, index, name, constant))
    {
        return origin;
    }
    if is_macro_parameter(unit, index, tokens.clone()) {
        return Origin::Parameter;
    }
    if let Some(value) = evaluate(unit, tokens.clone(), constant) {
        return Origin::Literal(value.low());
    }
    match &unit.tokens()[tokens.clone()] {
        [name] if name.kind == TokenKind::Identifier && is_full_name(unit.text(name)) => Origin::Named,
        _ if is_vote(unit, tokens) => Origin::Vote,
        _ => Origin::Computed,
    }
}

/// Whether the mask in `tokens` is a parameter of the macro around token `index`, with or without parentheses.
fn is_macro_parameter(unit: &Unit, index: usize, tokens: Range<usize>) -> bool {
    let all = unit.tokens();
    let ([name] | [_, name, _], Some(directive)) = (&all[tokens], unit.directive_of(index)) else {
        return false;
    };
    let parameters = call_site::macro_parameters(unit, directive);
    name.kind == TokenKind::Identifier
        && parameters.is_some_and(|mut list| list.any(|at| unit.text(&all[at]) == unit.text(name)))
}

/// Whether `word` is a common name for all lanes, such as `FULL_MASK`.
fn is_full_name(word: &[u8]) -> bool {
    let word = String::from_utf8_lossy(word).to_ascii_lowercase().replace('_', "");
    matches!(
        word.as_str(),
        "fullmask" | "kfullmask" | "fullwarpmask" | "kfullwarpmask" | "warpfullmask" | "cudafullmask"
    )
}

/// Whether `tokens` are a call of a function that returns active lanes.
fn is_vote(unit: &Unit, tokens: Range<usize>) -> bool {
    const VOTES: &[&str] = &["__activemask", "__ballot", "__ballot_sync", "__match_any_sync"];
    let close = tokens.end - 1;
    VOTES.iter().any(|vote| unit.is_word(tokens.start, vote))
        && unit.lexed.close_of(tokens.start + 1, tokens.end) == Some(close)
}

/// The origin of the variable or parameter `name` of `function`; `None` where it is neither.
fn of_variable(
    unit: &Unit,
    function: &Function,
    index: usize,
    name: &Token,
    constant: ValueOf,
) -> Option<Origin> {
    let tokens = unit.tokens();
    let word = unit.text(name);
    let is_name = |at: usize| tokens[at].kind == TokenKind::Identifier && unit.text(&tokens[at]) == word;
    if local(unit, function, word, index).is_none() {
        let (_, parameter) = parameter(unit, function, word)?;
        let value = parameter + 2;
        let has_default = tokens.get(parameter + 1).is_some_and(|t| t.is_punct(b'='));
        let end = (value..function.parameters.end).find(|&at| tokens[at].is_punct(b','));
        let default =
            has_default.then(|| evaluate(unit, value..end.unwrap_or(function.parameters.end), constant));
        return Some(default.flatten().map_or(Origin::Parameter, |value| Origin::Default(value.low())));
    }
    let mut given = function.body.clone().filter(|&at| is_name(at) && is_changed(unit, at));
    let (Some(first), None) = (given.next(), given.next()) else { return Some(Origin::Computed) };
    let end = (first..function.body.end).find(|&at| tokens[at].is_punct(b';')).unwrap_or(function.body.end);
    let value = first + 2..end;
    if !tokens[first + 1].is_punct(b'=') || value.is_empty() {
        return Some(Origin::Computed);
    }
    Some(match evaluate(unit, value.clone(), constant) {
        Some(value) => Origin::Literal(value.low()),
        None if is_vote(unit, value) => Origin::Vote,
        None => Origin::Computed,
    })
}

/// Whether the variable at token `at` is assigned there, or its address is passed to a function.
fn is_changed(unit: &Unit, at: usize) -> bool {
    let tokens = unit.tokens();
    let is = |at: usize, byte: u8| tokens.get(at).is_some_and(|t| t.is_punct(byte));
    let assigned = is(at + 1, b'=') && !is(at + 2, b'=');
    let compound = tokens.get(at + 1).is_some_and(|t| {
        t.kind == TokenKind::Punct
            && matches!(t.byte, b'&' | b'|' | b'^' | b'+' | b'-' | b'*' | b'/' | b'%' | b'<' | b'>')
    }) && (is(at + 2, b'=') || (is(at + 2, tokens[at + 1].byte) && is(at + 3, b'=')))
        && !(matches!(tokens[at + 1].byte, b'<' | b'>') && is(at + 2, b'='));
    let stepped = [b'+', b'-'].into_iter().any(|sign| {
        (is(at + 1, sign) && is(at + 2, sign)) || (at >= 2 && is(at - 1, sign) && is(at - 2, sign))
    });
    let address_passed = at >= 2 && is(at - 1, b'&') && (is(at - 2, b'(') || is(at - 2, b','));
    assigned || compound || stepped || address_passed
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cpp::conditions::Guards;
    use crate::cpp::constants::well_known;
    use crate::source::Source;

    /// Checks the origin of the first argument of the call of `f` in `code`.
    #[track_caller]
    fn check(code: &str, expected: Origin) {
        let source = Source::new("a.cu", code);
        let unit = Unit::new(&source, &Guards::default());
        let call = (0..unit.tokens().len()).find(|&at| unit.is_word(at, "f")).expect("the code has `f`");
        let mask = call_site::arguments(&unit, call).expect("`f` is called").first().cloned();
        let constant = |word: &[u8]| well_known(word).or_else(|| unit.constants().value(&unit, word));
        let found = origin(&unit, call, mask.unwrap_or(0..0), &constant, &|_, _, find| find());
        assert_eq!(found, expected, "{code}");
    }

    const ALL: Origin = Origin::Literal(u32::MAX);

    #[test]
    fn all_lanes() {
        check("void g() { f(); }", ALL);
        check("void g() { f(0xffffffff); }", ALL);
        check("void g() { f(0xffffffffffffffffull); }", ALL);
        check("void g() { f((unsigned)(~0)); }", ALL);
        check("void g() { f(UINT_MAX); }", ALL);
        check("#define M 0xffffffffu\nvoid g() { f(M); }", ALL);
        check("void g() { const unsigned m = -1; f(m); }", ALL);
        check("void g() { f(FULL_MASK); }", Origin::Named);
        check("void g(unsigned m = ~0u) { f(m); }", Origin::Default(u32::MAX));
    }

    #[test]
    fn other_masks() {
        check("void g() { f(0xffff); }", Origin::Literal(0xffff));
        check("void g(unsigned m) { f(m); }", Origin::Parameter);
        check("#define G(m) f(m)\n", Origin::Parameter);
        check("#define G(m) f((m))\nconst unsigned m = ~0u;", Origin::Parameter);
        check("void g() { f(__activemask()); }", Origin::Vote);
        check("void g() { unsigned m = __ballot_sync(~0u, p); f(m); }", Origin::Vote);
        check("void g() { unsigned m = ~0u; m >>= 1; f(m); }", Origin::Computed);
        check("#define FULL_MASK 0xff\nvoid g() { f(FULL_MASK); }", Origin::Literal(0xff));
        check("void g() { f(1u << n); }", Origin::Computed);
    }
}
