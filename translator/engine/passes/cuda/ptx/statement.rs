//! Reads an `asm` statement: its template as one text, its operands, and whether it changes memory.
//!
//! It refuses symbolic operand names, templates with text from elsewhere, and directives inside of the statement.

use std::ops::Range;

use super::pasted;
use crate::cpp::call_site as site;
use crate::cpp::launches::split_arguments;
use crate::cpp::{DirectiveKind, Token, TokenKind, Unit};
use crate::embedded::{Embedded, Literal};
use crate::text::Span;

/// The most tokens of a template; the rest is not read.
const LONGEST: usize = 4096;

/// One operand.
#[derive(Clone, Debug)]
pub(super) struct HostOperand {
    /// The letter of its constraint: `h r l f d n q C`.
    pub(super) letter: u8,
    /// Whether the block reads or writes it.
    pub(super) access: Access,
    /// For a constraint that is a number: the output that shares its register with this input.
    pub(super) tied: Option<usize>,
    /// The tokens of its expression.
    pub(super) tokens: Range<usize>,
}

/// How a block uses an operand.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(super) enum Access {
    /// `=`
    Write,
    /// `+`
    ReadWrite,
    /// Neither.
    Read,
}

/// An asm statement.
pub(super) struct AsmStatement {
    /// The token `asm`.
    pub(super) index: usize,
    /// The token `)` that ends it.
    pub(super) close: usize,
    /// The text of the template with the places of its bytes.
    pub(super) template: Embedded,
    /// The macro parameters in the text: the range of each in the text, and its place in the file.
    pub(super) pasted: Vec<(Range<usize>, Span)>,
    /// Whether an unknown macro pastes text into the template, so that the template is incomplete.
    pub(super) is_partial: bool,
    /// The number of texts that the template can have, by the definitions of its macros.
    pub(super) alternatives: usize,
    /// The operands; `None` where they cannot be read.
    pub(super) operands: Option<Vec<HostOperand>>,
    /// Whether the statement is volatile: the compiler must neither remove nor move it.
    pub(super) is_volatile: bool,
    /// Whether it changes memory.
    pub(super) clobbers_memory: bool,
}

/// Reads the statement with the `asm` at token `index`; `None` if there is no statement. Macros with several
/// definitions have the text of definition number `choice`.
pub(super) fn read(unit: &Unit, index: usize, choice: usize) -> Option<AsmStatement> {
    let open = template_open(unit, index)?;
    let close = unit.lexed.close_of(open, site::end_of_part(unit, index))?;
    let colons = colons(unit, open + 1..close);
    let end = colons.first().copied().unwrap_or(close);
    let Template { literals, parameters, is_partial, alternatives } =
        template(unit, index, open + 1..end, choice)?;
    let template = Embedded::new(&unit.source.bytes, literals);
    let pasted = parameters.into_iter().map(|(part, span)| (template.part(part), span)).collect();
    let has_directive = unit.tokens()[open..close]
        .iter()
        .any(|token| token.is(Token::DIRECTIVE) && !unit.tokens()[index].is(Token::DIRECTIVE));
    let section = |at: usize| {
        let start = colons.get(at).map(|colon| colon + 1)?;
        // `::` is one token with two colons, and the section between them is empty.
        Some(start..colons.get(at + 1).copied().unwrap_or(close).max(start))
    };
    let clobbers = section(2).unwrap_or(close..close);
    let clobbers_memory = unit.tokens()[clobbers].iter().any(|token| unit.text(token).ends_with(b"memory\""));
    let operands = if has_directive { None } else { operands(unit, section(0), section(1)) };
    let is_volatile = unit.tokens()[index + 1..open]
        .iter()
        .any(|token| matches!(unit.text(token), b"volatile" | b"__volatile__" | b"__volatile"));
    Some(AsmStatement {
        index,
        close,
        template,
        pasted,
        is_partial,
        alternatives: alternatives.max(1),
        operands,
        // A statement without outputs is always volatile.
        is_volatile: is_volatile || section(0).is_none_or(|outputs| outputs.is_empty()),
        clobbers_memory,
    })
}

/// The template of a statement.
#[derive(Default)]
struct Template {
    /// Its strings, and the macro parameters between them.
    literals: Vec<Literal>,
    /// The macro parameters: the index of each in `literals`, and its place in the file.
    parameters: Vec<(usize, Span)>,
    /// Whether an unknown macro pastes text into it.
    is_partial: bool,
    /// The most definitions of one of its macros.
    alternatives: usize,
}

/// Reads the template in `range` of the statement at token `index`.
fn template(unit: &Unit, index: usize, range: Range<usize>, choice: usize) -> Option<Template> {
    let mut template = Template::default();
    let (mut at, end) = (range.start, range.end);
    while at < end.min(range.start + LONGEST) {
        let token = &unit.tokens()[at];
        match token.kind {
            TokenKind::String | TokenKind::RawString => template.literals.push(Literal::of(unit, token)?),
            TokenKind::Punct if token.is_punct(b'#') && at + 1 < end && is_parameter(unit, index, at + 1) => {
                at += 1;
                let inner = unit.tokens()[at].span();
                template.parameters.push((template.literals.len(), inner));
                template.literals.push(Literal { inner, raw: true, lines: false, end: String::new() });
            }
            TokenKind::Identifier => match pasted::literals(unit, at, end, choice) {
                Some(found) => {
                    // Two macros with several definitions may be defined by different conditions.
                    template.is_partial |= template.alternatives > 1 && found.definitions > 1;
                    template.alternatives = template.alternatives.max(found.definitions);
                    template.literals.extend(found.literals);
                    at = found.last;
                }
                None => template.is_partial = true,
            },
            _ => template.is_partial = true,
        }
        at += 1;
    }
    Some(template)
}

/// The `(` behind `asm` and its qualifiers; `None` if the `asm` gives a declared variable its register or symbol.
fn template_open(unit: &Unit, index: usize) -> Option<usize> {
    let tokens = unit.tokens();
    let qualifier = |t: &Token| {
        matches!(
            unit.text(t),
            b"volatile" | b"__volatile__" | b"__volatile" | b"goto" | b"inline" | b"__inline__"
        )
    };
    let labels = index.checked_sub(1).map(|at| &tokens[at]).is_some_and(|t| {
        let goes_on = t.is(Token::DIRECTIVE) == tokens[index].is(Token::DIRECTIVE);
        t.kind == TokenKind::Identifier
            && goes_on
            && !matches!(unit.text(t), b"else" | b"do" | b"__extension__")
            && !is_macro_name(unit, index - 1)
    });
    let open = (index + 1..tokens.len()).find(|&at| !qualifier(&tokens[at]))?;
    (tokens[open].is_punct(b'(') && !labels).then_some(open)
}

/// Whether the token at `index` is the name that a `#define` defines.
fn is_macro_name(unit: &Unit, index: usize) -> bool {
    unit.directive_of(index).is_some_and(|directive| directive.tokens.start == index)
}

/// The colons of `tokens` outside of brackets; `::` counts as two.
fn colons(unit: &Unit, tokens: Range<usize>) -> Vec<usize> {
    let mut found = Vec::new();
    let mut depth = 0_u32;
    // A `?` in an operand is always inside of parentheses.
    for at in tokens {
        let token = &unit.tokens()[at];
        if token.kind != TokenKind::Punct {
            continue;
        }
        match token.byte {
            b'(' | b'[' | b'{' => depth += 1,
            b')' | b']' | b'}' => depth = depth.saturating_sub(1),
            b':' if depth == 0 => {
                found.push(at);
                if token.is_double(b':') {
                    found.push(at);
                }
            }
            _ => {}
        }
    }
    found
}

/// Whether token `at` names a parameter of the macro around the statement at `index`.
fn is_parameter(unit: &Unit, index: usize, at: usize) -> bool {
    let Some(directive) = unit.directive_of(index) else { return false };
    let is_define = directive.kind == DirectiveKind::Define;
    let Some(parameters) = site::macro_parameters(unit, directive).filter(|_| is_define) else {
        return false;
    };
    let word = unit.text(&unit.tokens()[at]);
    unit.tokens()[parameters].iter().any(|token| unit.text(token) == word)
}

fn operands(
    unit: &Unit,
    outputs: Option<Range<usize>>,
    inputs: Option<Range<usize>>,
) -> Option<Vec<HostOperand>> {
    let mut found = Vec::new();
    for (section, is_output) in [(outputs, true), (inputs, false)] {
        let Some(section) = section.filter(|section| section.start < section.end) else { continue };
        for part in split_arguments(&unit.lexed, section) {
            for part in without_comma(unit, part) {
                found.push(operand(unit, part, is_output)?);
            }
        }
    }
    Some(found)
}

/// Splits `"=r"(a) "=r"(b)`: nvcc accepts operands without a comma between them.
fn without_comma(unit: &Unit, part: Range<usize>) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut start = part.start;
    while let Some(close) = unit.lexed.close_of(start + 1, part.end).filter(|close| close + 1 < part.end) {
        found.push(start..close + 1);
        start = close + 1;
    }
    found.push(start..part.end);
    found
}

/// `"=r"(expression)`
fn operand(unit: &Unit, part: Range<usize>, is_output: bool) -> Option<HostOperand> {
    let tokens = unit.tokens();
    let constraint = pasted::constraint(unit, part.start)?;
    let open = part.start + 1;
    let is_whole =
        tokens.get(open)?.is_punct(b'(') && unit.lexed.close_of(open, part.end) == Some(part.end - 1);
    if !is_whole || open + 1 == part.end - 1 {
        return None;
    }
    let text = constraint.strip_prefix(b"\"")?.strip_suffix(b"\"")?;
    let (access, letters) = match text {
        [b'=', rest @ ..] if is_output => (Access::Write, rest),
        [b'+', rest @ ..] if is_output => (Access::ReadWrite, rest),
        _ if !is_output => (Access::Read, text),
        _ => return None,
    };
    let letters = letters.strip_prefix(b"&").unwrap_or(letters);
    let number = std::str::from_utf8(letters).ok().and_then(|text| text.parse().ok());
    let letter = match letters {
        [letter @ (b'h' | b'r' | b'l' | b'f' | b'd' | b'n' | b'i' | b'q' | b'C')] => *letter,
        _ if number.is_some() => b'0',
        _ => return None,
    };
    Some(HostOperand { letter, access, tied: number, tokens: open + 1..part.end - 1 })
}

/// Whether the statement is one of the statements of a block, and not the body of an `if` or a loop. Behind a directive it is not
/// known.
pub(super) fn is_surely_plain(unit: &Unit, statement: &AsmStatement) -> bool {
    let before = statement.index.checked_sub(1).map(|at| &unit.tokens()[at]);
    is_plain(unit, statement) && before.is_some_and(|token| !token.is(Token::DIRECTIVE))
}

/// Whether the statement is one of the statements of a block. Behind a directive it is taken for one.
pub(super) fn is_plain(unit: &Unit, statement: &AsmStatement) -> bool {
    let tokens = unit.tokens();
    let before = statement.index.checked_sub(1).map(|at| &tokens[at]);
    let starts = before.is_some_and(|token| {
        token.is(Token::DIRECTIVE) || [b';', b'{', b'}'].iter().any(|&mark| token.is_punct(mark))
    });
    starts && tokens.get(statement.close + 1).is_some_and(|token| token.is_punct(b';'))
}
