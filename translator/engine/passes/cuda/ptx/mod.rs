//! Inline PTX: each asm statement in device code becomes C++ with the same effect, or gets a finding.
//!
//! A block is translated as a whole or not at all. It stays, with a finding that names the reason, if the table lacks
//! one of its instructions, if a part of it cannot be read, or if a macro pastes a part of an instruction.

mod arguments;
mod block;
mod chains;
mod foreign;
mod given;
mod lower;
mod pasted;
mod statement;
mod types;
mod value;

use std::collections::BTreeSet;

use rustc_hash::FxHashMap;
use tranship_rules::{Level, rule};

use self::block::pieces;
use self::chains::{Chain, Member};
use self::given::{Given, Link};
use self::lower::{Handed, Refusal};
use self::statement::{AsmStatement, is_surely_plain};
use crate::cpp::functions::Space;
use crate::cpp::{DirectiveKind, Token, TokenKind, Unit};
use crate::finding::Fix;
use crate::pass::Pass;
use crate::readers::ptx;
use crate::text::{Edit, Piece, Span};

/// Runs the pass.
pub(crate) fn run(pass: &mut Pass) {
    let unit = pass.unit;
    let mut places: Vec<usize> = [&b"asm"[..], b"__asm__", b"__asm"]
        .iter()
        .flat_map(|word| unit.places(word, 0..unit.tokens().len()))
        .map(|&at| at as usize)
        .collect();
    places.sort_unstable();
    places.retain(|&index| {
        let token = &unit.tokens()[index];
        token.kind == TokenKind::Identifier && !token.is(Token::FROZEN)
    });
    let (chains, alone) = chains::chains(pass, &places);
    let mut alone: FxHashMap<usize, Member> =
        alone.into_iter().map(|member| (member.statement.index, member)).collect();
    let chained: BTreeSet<usize> =
        chains.iter().flat_map(|chain| chain.members.iter().map(|member| member.statement.index)).collect();
    for index in places.into_iter().filter(|index| !chained.contains(index)) {
        match alone.remove(&index).filter(|member| !member.instructions.is_empty()) {
            Some(Member { statement, ptx, instructions, .. }) => {
                let result = rewritten(pass, &statement, &ptx, None).map(|(edit, bounds, _)| (edit, bounds));
                report(pass, &statement, &instructions, result);
            }
            None => look(pass, index),
        }
    }
    let mut taken = BTreeSet::new();
    let mut function = 0;
    for chain in chains {
        if chain.function.start != function {
            taken.clear();
            function = chain.function.start;
        }
        translate_chain(pass, &chain, &mut taken);
    }
}

/// An edit, and the possible differences of its result.
type Rewritten = (Edit, BTreeSet<&'static str>);

/// Translates the statements of a chain, all or none of them. `taken` are the names of the variables of other chains
/// of the function.
fn translate_chain(pass: &mut Pass, chain: &Chain, taken: &mut BTreeSet<String>) {
    let result = match &chain.refusal {
        Some(refusal) => Err((usize::MAX, refusal.clone())),
        None => linked(pass, chain, taken),
    };
    match result {
        Ok(edits) => {
            for (member, rewritten) in chain.members.iter().zip(edits) {
                report(pass, &member.statement, &member.instructions, Ok(rewritten));
            }
        }
        Err((at, refusal)) => {
            for (place, member) in chain.members.iter().enumerate() {
                if member.instructions.is_empty() {
                    continue;
                }
                let mut own = refusal.clone();
                if at != usize::MAX && place != at {
                    own.what = format!("another block of the same chain, with {}", own.what);
                }
                report(pass, &member.statement, &member.instructions, Err(own));
            }
        }
    }
}

/// The edits of all statements of a chain, or the first statement that cannot be translated.
fn linked(
    pass: &Pass,
    chain: &Chain,
    taken: &mut BTreeSet<String>,
) -> Result<Vec<Rewritten>, (usize, Refusal)> {
    let unit = pass.unit;
    let mut handed = Handed::default();
    handed.taken.clone_from(taken);
    let around = unit.tokens()[chain.function.clone()].iter();
    let around = around.filter(|token| token.kind == TokenKind::Identifier);
    handed.taken.extend(around.map(|token| unit.slice(token.span()).into_owned()));
    let mut edits = Vec::new();
    for (at, member) in chain.members.iter().enumerate() {
        let link = Link { handed: &handed, starts: member.starts };
        let (edit, bounds, next) =
            rewritten(pass, &member.statement, &member.ptx, Some(link)).map_err(|refusal| (at, refusal))?;
        edits.push((edit, bounds));
        handed = next;
    }
    taken.extend(handed.taken);
    Ok(edits)
}

/// Translates the statement at token `index`, or reports why it stays.
fn look(pass: &mut Pass, index: usize) {
    let unit = pass.unit;
    let Some(statement) = statement::read(unit, index, 0) else { return };
    let Some(instructions) = foreign::instructions(pass, &statement) else { return };
    let result = alternatives(pass, &statement);
    report(pass, &statement, &instructions, result);
}

/// Reports a statement with its edit, or with the reason why it stays.
fn report(
    pass: &mut Pass,
    statement: &AsmStatement,
    instructions: &[String],
    result: Result<Rewritten, Refusal>,
) {
    let span = pass.unit.span_of(statement.index..statement.close + 1);
    match result {
        Ok((edit, bounds)) => {
            let Some(finding) = pass.finding(rule::PTX_BLOCK, span) else { return };
            let what = match instructions {
                [] => "inline PTX: registers and braces for other blocks".to_owned(),
                instructions => format!("inline PTX: {}", listed(instructions)),
            };
            let finding = finding.saying(what).with(Fix::One(edit));
            let assumption = bounds.iter().copied().collect::<Vec<_>>().join("; ");
            pass.report(if assumption.is_empty() {
                finding.at(Level::Safe)
            } else {
                finding.at(Level::Review).advising("").assuming(assumption)
            });
        }
        Err(refusal) => {
            let Some(finding) = pass.finding(rule::INLINE_PTX, span) else { return };
            let finding = finding.saying(reason(instructions, statement, &refusal));
            let advice = refusal.todo;
            pass.report(if advice.is_empty() { finding } else { finding.advising(advice) });
        }
    }
}

/// The message of the finding: the instructions, and the part that stops the translation.
fn reason(instructions: &[String], statement: &AsmStatement, refusal: &Refusal) -> String {
    match (instructions, statement.is_partial) {
        ([], _) => "inline PTX that a macro pastes together".to_owned(),
        (_, true) => format!("inline PTX, in part pasted by a macro: {}", listed(instructions)),
        ([only], false) if refusal.what == format!("`{only}`") => format!("inline PTX: `{only}`"),
        _ => format!("inline PTX: {}; not translated: {}", listed(instructions), refusal.what),
    }
}

/// The edit for a statement. If a macro with several definitions pastes its text, all of them must give the same C++, or
/// differ only in accesses to memory that are volatile, which are right in both cases.
fn alternatives(pass: &Pass, statement: &AsmStatement) -> Result<Rewritten, Refusal> {
    let mut chosen = translated(pass, statement, false)?;
    if statement.alternatives <= 1 {
        return Ok(chosen);
    }
    let mut plain = translated(pass, statement, true)?;
    for choice in 1..statement.alternatives {
        let other = statement::read(pass.unit, statement.index, choice)
            .ok_or_else(|| Refusal::new("text that a macro pastes"))?;
        let without_volatile = translated(pass, &other, true)?;
        let other = translated(pass, &other, false)?;
        if other.0 == chosen.0 {
            chosen.1.extend(other.1);
        } else if without_volatile.0 != plain.0 {
            return Err(Refusal {
                what: "text of a macro that the file defines in several ways".to_owned(),
                todo: "keep one definition of the macro, or translate each by hand".to_owned(),
            });
        } else if chosen.0 == plain.0 {
            chosen = other;
            plain = without_volatile;
        }
    }
    Ok(chosen)
}

/// The edit for a statement, and the possible differences of its result.
fn translated(pass: &Pass, statement: &AsmStatement, drop_volatile: bool) -> Result<Rewritten, Refusal> {
    let unit = pass.unit;
    if statement.is_partial {
        return Err(Refusal::new("text that a macro pastes"));
    }
    let text =
        std::str::from_utf8(&statement.template.text).map_err(|_| Refusal::new("text that is not UTF-8"))?;
    let ranges: Vec<_> = statement.pasted.iter().map(|(range, _)| range.clone()).collect();
    let mut statements = ptx::read(text, &ranges).map_err(|found| {
        left_to_a_person(pass, statement).unwrap_or_else(|| unreadable(unit, statement, found.span))
    })?;
    if drop_volatile {
        statements.iter_mut().for_each(make_plain);
    }
    rewritten(pass, statement, &statements, None).map(|(edit, bounds, _)| (edit, bounds))
}

/// The edit for a statement that is read, the possible differences of its result, and the state for the next statement.
fn rewritten(
    pass: &Pass,
    statement: &AsmStatement,
    statements: &[ptx::Statement],
    link: Option<Link>,
) -> Result<(Edit, BTreeSet<&'static str>, Handed), Refusal> {
    let unit = pass.unit;
    let arguments =
        arguments::of(unit, statement).ok_or_else(|| Refusal::new("the operands, which cannot be read"))?;
    let pasted: Vec<Span> = statement.pasted.iter().map(|(_, span)| *span).collect();
    let given = Given {
        rules: &pass.context.rules,
        warp: pass.context.warp,
        has_bitop3: pass.context.target.has_bitop3(),
        statements,
        arguments: &arguments,
        pasted: &pasted,
        is_volatile: statement.is_volatile,
        clobbers_memory: statement.clobbers_memory,
        in_macro: unit.directive_of(statement.index).is_some_and(|found| found.kind == DirectiveKind::Define),
        // Only `exit` needs to know it, and the answer reads the whole function.
        in_kernel: memchr::memmem::find(&statement.template.text, b"exit").is_some()
            && is_in_kernel(unit, statement.index),
        is_plain: is_surely_plain(unit, statement),
        names: names(unit, statement),
        link,
    };
    let mut translated = block::translate(&given)?;
    let bounds = std::mem::take(&mut translated.bounds);
    let handed = std::mem::take(&mut translated.handed);
    let (span, has_semicolon) = covered(unit, statement);
    let indent = indent(unit, span.start);
    let margin = if given.in_macro { None } else { Some(indent.as_str()) };
    let ending = line_end(unit, span.end);
    let pieces = if translated.is_empty() && link.is_none() {
        nothing(unit, statement, has_semicolon)
    } else {
        pieces(translated, margin, ending, has_semicolon, link.is_some())
    };
    let span = if pieces.is_empty() { line_around(unit, span) } else { span };
    Ok((Edit::pieces(span, pieces), bounds, handed))
}

/// Whether the token `index` is in the body of a kernel without lambdas and classes.
fn is_in_kernel(unit: &Unit, index: usize) -> bool {
    let tokens = unit.tokens();
    let Some(function) = unit.function_at(tokens[index].start) else { return false };
    let ends_operand =
        |token: &Token| token.kind == TokenKind::Identifier || token.is_punct(b']') || token.is_punct(b')');
    let is_lambda = |at: usize| tokens[at].is_punct(b'[') && !ends_operand(&tokens[at - 1]);
    let is_class = |at: usize| matches!(unit.text(&tokens[at]), b"class" | b"struct");
    function.space == Space::Kernel
        && !tokens[index].is(Token::DIRECTIVE)
        && !function.body.clone().any(|at| at > 0 && (is_lambda(at) || is_class(at)))
}

/// The text for a statement without an effect: none, except where C++ needs a statement or an expression.
fn nothing(unit: &Unit, statement: &AsmStatement, has_semicolon: bool) -> Vec<Piece> {
    let in_macro = unit.tokens()[statement.index].is(Token::DIRECTIVE);
    let text = match has_semicolon {
        true if is_surely_plain(unit, statement) => return Vec::new(),
        true if !in_macro => "{}",
        true => "((void)0);",
        false => "((void)0)",
    };
    vec![Piece::Text(text.into())]
}

/// The whole line around `span`, if there is nothing else on the line; else `span` with the blanks before it.
fn line_around(unit: &Unit, span: Span) -> Span {
    let bytes = &unit.source.bytes;
    let is_blank = |byte: &u8| matches!(byte, b' ' | b'\t' | b'\r');
    let before = bytes[..span.start as usize].iter().rev().take_while(|byte| is_blank(byte)).count();
    let behind = bytes[span.end as usize..].iter().take_while(|byte| is_blank(byte)).count();
    let (start, end) = (span.start as usize - before, span.end as usize + behind);
    let starts_line = start == 0 || bytes[start - 1] == b'\n';
    if starts_line && bytes.get(end) == Some(&b'\n') {
        return Span::new(start as u32, end as u32 + 1);
    }
    if starts_line || behind == 0 { span } else { Span::new(start as u32, span.end) }
}

/// The refusal of the table for the first instruction that it leaves to a person. Such an instruction may have operands
/// that cannot be read.
fn left_to_a_person(pass: &Pass, statement: &AsmStatement) -> Option<Refusal> {
    let instructions = foreign::instructions(pass, statement)?;
    instructions.iter().find_map(|name| {
        let (row, _) = pass.context.rules.ptx(name)?;
        (!row.refuse.is_empty()).then(|| Refusal { what: format!("`{name}`"), todo: row.refuse.to_owned() })
    })
}

/// Removes `volatile` from an instruction.
fn make_plain(statement: &mut ptx::Statement) {
    if let ptx::Statement::Instruction(instruction) = statement {
        instruction.name = instruction.name.replacen(".volatile", "", 1);
    }
}

/// A refusal that shows the text that cannot be read.
fn unreadable(unit: &Unit, statement: &AsmStatement, span: Span) -> Refusal {
    let place = statement.template.place(span);
    let text = unit.slice(Span::new(place.start, place.end.min(place.start + 40)));
    let shown = text.split_whitespace().collect::<Vec<_>>().join(" ");
    Refusal::new(match shown.as_str() {
        "" => "the end of the block, which cannot be read".to_owned(),
        shown => format!("`{shown}`, which cannot be read"),
    })
}

/// The names in the expressions of the operands.
fn names(unit: &Unit, statement: &AsmStatement) -> BTreeSet<String> {
    let tokens = &unit.tokens()[statement.index..=statement.close];
    let names = tokens.iter().filter(|token| token.kind == TokenKind::Identifier);
    names.map(|token| unit.slice(token.span()).into_owned()).collect()
}

/// The span of the statement, and of the semicolon behind it if there is one.
fn covered(unit: &Unit, statement: &AsmStatement) -> (Span, bool) {
    let span = unit.span_of(statement.index..statement.close + 1);
    let tokens = unit.tokens();
    let same_part =
        |token: &&Token| token.is(Token::DIRECTIVE) == tokens[statement.index].is(Token::DIRECTIVE);
    match tokens.get(statement.close + 1).filter(same_part) {
        Some(token) if token.is_punct(b';') => (span.to(token.span()), true),
        _ => (span, false),
    }
}

/// The line end of the line around `offset`.
fn line_end(unit: &Unit, offset: u32) -> &'static str {
    let behind = &unit.source.bytes[offset as usize..];
    let end = memchr::memchr(b'\n', behind).unwrap_or(0);
    if end > 0 && behind[end - 1] == b'\r' { "\r\n" } else { "\n" }
}

/// The white space at the start of the line around `offset`.
fn indent(unit: &Unit, offset: u32) -> String {
    let before = &unit.source.bytes[..offset as usize];
    let line = before.iter().rposition(|&byte| byte == b'\n').map_or(0, |at| at + 1);
    before[line..]
        .iter()
        .take_while(|byte| matches!(byte, b' ' | b'\t'))
        .map(|&byte| char::from(byte))
        .collect()
}

fn listed(words: &[String]) -> String {
    const MOST: usize = 6;
    let shown: Vec<_> = words.iter().take(MOST).map(|word| format!("`{word}`")).collect();
    let rest = words.len().saturating_sub(MOST);
    let tail = if rest == 0 { String::new() } else { format!(" and {rest} more") };
    format!("{}{tail}", shown.join(", "))
}
