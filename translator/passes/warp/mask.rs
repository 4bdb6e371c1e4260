//! Where the mask of a warp function comes from.

use std::ops::Range;

use super::super::{Pass, site};
use super::declared::{local, parameter};
use crate::syntax::constants::{Constant, evaluate, well_known};
use crate::syntax::functions::Function;
use crate::syntax::{Token, TokenKind, Unit};

/// Where a mask comes from, as far as it shows.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(in super::super) enum Origin {
    /// A number that is written, or a constant of the project that is one.
    Literal(u32),
    /// All lanes, says its name; its value is not in the project.
    Named,
    /// What a vote gave: the lanes that were there then.
    Vote,
    /// A parameter that is this number unless a caller says otherwise.
    Default(u32),
    /// A parameter.
    Parameter,
    /// Anything else.
    Computed,
}

impl Origin {
    /// Whether the mask is all lanes of a warp, as far as it shows.
    pub(super) fn is_full(self) -> bool {
        matches!(self, Self::Literal(u32::MAX) | Self::Default(u32::MAX) | Self::Named)
    }
}

/// The origin of the mask in `tokens`, which a call at token `index` is given.
pub(super) fn origin(pass: &Pass, index: usize, tokens: Range<usize>) -> Origin {
    let unit = pass.unit;
    if tokens.is_empty() {
        // `__syncwarp()` is for all lanes.
        return Origin::Literal(u32::MAX);
    }
    let constant = |word: &[u8]| constant(pass, word);
    if let [name] = &unit.tokens()[tokens.clone()]
        && name.kind == TokenKind::Identifier
        && let Some(function) = unit.function_at(unit.tokens()[index].start)
        && let Some(origin) =
            remembered(pass, function, name, || of_variable(unit, function, index, name, &constant))
    {
        return origin;
    }
    if let Some(value) = evaluate(unit, tokens.clone(), &constant) {
        return Origin::Literal(value.low());
    }
    if is_macro_parameter(unit, index, tokens.clone()) {
        return Origin::Parameter;
    }
    match &unit.tokens()[tokens.clone()] {
        [name] if name.kind == TokenKind::Identifier && is_full_name(unit.text(name)) => Origin::Named,
        _ if is_vote(unit, tokens) => Origin::Vote,
        _ => Origin::Computed,
    }
}

/// Whether the mask in `tokens` is a parameter of the macro around token `index`, in brackets or not.
fn is_macro_parameter(unit: &Unit, index: usize, tokens: Range<usize>) -> bool {
    let all = unit.tokens();
    let ([name] | [_, name, _], Some(directive)) = (&all[tokens], unit.directive_of(index)) else {
        return false;
    };
    let parameters = site::macro_parameters(unit, directive);
    name.kind == TokenKind::Identifier
        && parameters.is_some_and(|mut list| list.any(|at| unit.text(&all[at]) == unit.text(name)))
}

/// What `find` says of the variable `name` of `function`, asked once.
fn remembered(
    pass: &Pass,
    function: &Function,
    name: &Token,
    find: impl FnOnce() -> Option<Origin>,
) -> Option<Origin> {
    let key = (function.name, pass.unit.text(name).to_vec());
    if let Some(known) = pass.memo.masks.borrow().get(&key) {
        return *known;
    }
    let found = find();
    pass.memo.masks.borrow_mut().insert(key, found);
    found
}

/// The value of a constant of this file, else of the project.
pub(super) fn constant(pass: &Pass, word: &[u8]) -> Option<Constant> {
    let unit = pass.unit;
    if word == b"warpSize" && !pass.knows_waves() {
        return Some(Constant::of(32));
    }
    let here = well_known(word).or_else(|| unit.constants().value(unit, word));
    here.or_else(|| pass.context.index.constant(word))
}

/// Names that say that they are all lanes, wherever they are defined.
fn is_full_name(word: &[u8]) -> bool {
    let word = String::from_utf8_lossy(word).to_ascii_lowercase().replace('_', "");
    matches!(
        word.as_str(),
        "fullmask" | "kfullmask" | "fullwarpmask" | "kfullwarpmask" | "warpfullmask" | "cudafullmask"
    )
}

/// Whether these tokens are a call of a function that says which lanes are there.
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
    constant: &dyn Fn(&[u8]) -> Option<Constant>,
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

/// Whether the variable at token `at` is given another value there, or lent to somebody who could.
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
    let lent = at >= 2 && is(at - 1, b'&') && (is(at - 2, b'(') || is(at - 2, b','));
    assigned || compound || stepped || lent
}
