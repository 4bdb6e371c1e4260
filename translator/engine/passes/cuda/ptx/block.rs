//! Translates a whole block: its branches in order, the operands that need a variable, and the text of the result.
//!
//! A branch must skip code that follows, or repeat code before it. Any other branch refuses the block.

use std::collections::BTreeSet;
use std::ops::Range;

use super::arguments::Argument;
use super::given::Given;
use super::lower::{Handed, Line, Lowered, Lowering, Plan, Refusal, Sharing, variable_type};
use super::statement::Access;
use super::types::Type;
use super::value::{Code, Part};
use crate::readers::ptx::{Instruction, Statement};
use crate::text::Piece;

/// The assumption for a loop that reads memory.
const SPIN: &str =
    "no lane of a wave waits in the loop for a lane of the same wave that continues only after the loop";

/// A block as C++ statements.
pub(super) struct Translated {
    /// The declarations of variables that later blocks use too.
    pub(super) shared: Vec<Code>,
    /// The state for the next block of a chain.
    pub(super) handed: Handed,
    /// The statements without their semicolons, each with the depth of its indentation. Braces are separate lines.
    pub(super) lines: Vec<(usize, Code)>,
    /// Whether it is one statement.
    pub(super) is_single: bool,
    /// The possible differences of the result.
    pub(super) bounds: BTreeSet<&'static str>,
}

impl Translated {
    /// Whether the block has no effect.
    pub(super) fn is_empty(&self) -> bool {
        self.shared.is_empty() && self.lines.is_empty()
    }
}

/// Lowers a block twice. The first time shows how operands are used; the second time uses variables for the operands
/// that need them.
pub(super) fn translate(given: &Given) -> Lowered<Translated> {
    refused(given)?;
    let count = |mark: &Statement| given.statements.iter().filter(|found| *found == mark).count();
    if given.link.is_none() && count(&Statement::Open) != count(&Statement::Close) {
        return Err(Refusal::new("a `{` that another block closes"));
    }
    let plans = vec![Plan::Inline; given.arguments.len()];
    let mut first = lowering(given, &plans);
    body(&mut first, given)?;
    let plans = plan(given, &first);
    let mut second = lowering(given, &plans);
    let before = prologue(&mut second, given, &plans, &first.changed_inputs)?;
    body(&mut second, given)?;
    if second.carry.is_open && given.link.is_none() {
        return Err(Refusal {
            what: "a carry that the block does not use".to_owned(),
            todo: super::chains::WRITE_WHOLE.to_owned(),
        });
    }
    let after = epilogue(given, &plans);
    let bounds = std::mem::take(&mut second.bounds);
    let lines: Vec<Line> = std::mem::take(&mut second.lines);
    let declarations = std::mem::take(&mut second.declarations);
    let count = declarations.len() + before.len() + lines.len() + after.len();
    // An `if` without braces could take the `else` of the `if` around it.
    let is_single = count == 1 && (given.is_plain || lines.iter().all(|line| line.guard.is_none()));
    let mut written: Vec<(usize, Code)> =
        declarations.into_iter().chain(before).map(|code| (0, code)).collect();
    written.extend(guarded(&lines));
    written.extend(after.into_iter().map(|code| (0, code)));
    let handed = second.hand_on();
    let shared = std::mem::take(&mut second.shared);
    Ok(Translated { shared, handed, lines: written, is_single, bounds })
}

/// Refuses the block if the table leaves one of its instructions to a person. This check comes before all others, so
/// that the finding has the reason of the table.
fn refused(given: &Given) -> Lowered<()> {
    for statement in given.statements {
        let Statement::Instruction(instruction) = statement else { continue };
        if let Some((row, _)) = given.rules.ptx(&instruction.name)
            && !row.refuse.is_empty()
        {
            return Err(Refusal { what: format!("`{}`", instruction.name), todo: row.refuse.to_owned() });
        }
    }
    Ok(())
}

fn lowering<'a>(given: &'a Given, plans: &'a [Plan]) -> Lowering<'a> {
    let mut lowering = Lowering::new(given.rules, given.warp, given.arguments, given.pasted, plans);
    lowering.has_bitop3 = given.has_bitop3;
    lowering.is_volatile = given.is_volatile;
    lowering.clobbers_memory = given.clobbers_memory;
    lowering.in_macro = given.in_macro;
    lowering.in_kernel = given.in_kernel;
    lowering.taken.clone_from(&given.names);
    if let Some(link) = given.link {
        lowering.resume(link.handed);
        if link.starts {
            lowering.carry = super::lower::Carry::default();
        }
        lowering.sharing = Some(Sharing { scope: lowering.unclosed(given.statements) });
    }
    lowering
}

fn body(lowering: &mut Lowering, given: &Given) -> Lowered<()> {
    statements(lowering, given.statements, 0..given.statements.len())
}

/// Lowers the statements in `range`.
fn statements(lowering: &mut Lowering, all: &[Statement], range: Range<usize>) -> Lowered<()> {
    let mut at = range.start;
    while at < range.end {
        match &all[at] {
            Statement::Open => lowering.open(),
            Statement::Close => lowering.close(),
            Statement::Registers { kind, names } => lowering.declare(kind, names)?,
            Statement::Label(name) => {
                if let Some(end) = loop_end(all, name, at + 1..range.end) {
                    repeat(lowering, all, at, end)?;
                    at = end;
                } else if is_used(all, name, 0..all.len()) {
                    return Err(Refusal::new(format!("the label `{name}`, which another branch uses")));
                }
            }
            Statement::Instruction(instruction) if instruction.name.split('.').next() == Some("bra") => {
                let end = skipped(all, instruction, at + 1..range.end)?;
                skip(lowering, all, instruction, at + 1..end)?;
                at = end;
            }
            Statement::Instruction(instruction) => lowering.instruction(instruction)?,
        }
        at += 1;
    }
    Ok(())
}

fn target(instruction: &Instruction) -> Option<&str> {
    match instruction.operands.as_slice() {
        [crate::readers::ptx::Operand::Name(name)] => Some(name),
        _ => None,
    }
}

fn is_used(all: &[Statement], label: &str, range: Range<usize>) -> bool {
    uses(all, label, range) > 0
}

fn uses(all: &[Statement], label: &str, range: Range<usize>) -> usize {
    let is_branch = |statement: &&Statement| matches!(statement, Statement::Instruction(found) if found.name.split('.').next() == Some("bra") && target(found) == Some(label));
    all[range].iter().filter(is_branch).count()
}

/// The only conditional branch to `label`, if it is in `range`, behind the label.
fn loop_end(all: &[Statement], label: &str, range: Range<usize>) -> Option<usize> {
    if uses(all, label, 0..all.len()) != 1 {
        return None;
    }
    range.clone().find(|&at| {
        matches!(&all[at], Statement::Instruction(found) if found.predicate.is_some() && found.name.split('.').next() == Some("bra") && target(found) == Some(label))
    })
}

/// The label in `range` to which a conditional branch goes, if no other branch goes there.
fn skipped(all: &[Statement], branch: &Instruction, range: Range<usize>) -> Lowered<usize> {
    let refusal =
        || Refusal::new(format!("`{}`, which neither skips nor repeats a part of the block", branch.name));
    let label = target(branch).filter(|_| branch.predicate.is_some()).ok_or_else(refusal)?;
    let is_label = |at: &usize| matches!(&all[*at], Statement::Label(name) if name == label);
    let end = range.into_iter().find(is_label).ok_or_else(refusal)?;
    if uses(all, label, 0..all.len()) == 1 { Ok(end) } else { Err(refusal()) }
}

/// `if (!condition) { ... }`
fn skip(
    lowering: &mut Lowering,
    all: &[Statement],
    branch: &Instruction,
    range: Range<usize>,
) -> Lowered<()> {
    let (name, negated) = branch.predicate.as_ref().ok_or_else(|| Refusal::new("a branch"))?;
    let condition = lowering.predicate(name, !negated)?;
    lowering.emit(condition.code.between("if (", ") {"), Vec::new());
    lowering.depth += 1;
    statements(lowering, all, range)?;
    lowering.depth -= 1;
    lowering.emit(Code::of("}"), Vec::new());
    Ok(())
}

/// `do { ... } while (condition)`
fn repeat(lowering: &mut Lowering, all: &[Statement], label: usize, end: usize) -> Lowered<()> {
    let waits = |statement: &Statement| matches!(statement, Statement::Instruction(found) if matches!(found.name.split('.').next(), Some("atom" | "ld")));
    if all[label..end].iter().any(waits) {
        lowering.bounds.insert(SPIN);
    }
    lowering.emit(Code::of("do {"), Vec::new());
    lowering.depth += 1;
    statements(lowering, all, label + 1..end)?;
    let Statement::Instruction(Instruction { predicate: Some((name, negated)), .. }) = &all[end] else {
        return Err(Refusal::new("a branch"));
    };
    let condition = lowering.predicate(name, *negated)?;
    lowering.depth -= 1;
    lowering.emit(condition.code.between("} while (", ")"), Vec::new());
    Ok(())
}

/// Which operands need a variable, after a first lowering without variables.
fn plan(given: &Given, first: &Lowering) -> Vec<Plan> {
    let lines = &first.lines;
    let first_write = lines.iter().position(|line| !line.writes.is_empty()).unwrap_or(lines.len());
    let has_loop = lines.iter().any(|line| is_text(&line.code, "do {"));
    let arguments = given.arguments;
    let plain = outputs_are_plain(arguments);
    let mut taken: BTreeSet<String> = given.names.clone();
    arguments
        .iter()
        .enumerate()
        .map(|(at, argument)| {
            let uses: usize = lines.iter().map(|line| count(line, at)).sum();
            let is_late = lines.iter().skip(first_write + 1).any(|line| count(line, at) > 0);
            let needs = match argument.access {
                Access::Read => {
                    let is_safe = argument.is_constant
                        || (plain && argument.variable.is_some() && !is_output(arguments, argument));
                    let repeats = argument.has_effect && uses > 1;
                    first.changed_inputs.contains(&at)
                        || repeats
                        || (!is_safe && (is_late || (has_loop && uses > 0)))
                }
                // Memory and references must not get a value that only a part of the block uses.
                _ => {
                    (argument.has_effect && uses > 1) || !(plain || uses <= 1 || arguments_are_few(arguments))
                }
            };
            if !needs {
                return Plan::Inline;
            }
            let mut name = format!("{}{at}", if argument.access == Access::Read { "in" } else { "out" });
            if given.in_macro {
                name.push_str("_ptx");
            }
            while !taken.insert(name.clone()) {
                name.push('_');
            }
            Plan::Variable(name)
        })
        .collect()
}

/// Whether the block has one output, so that a write cannot change the expression of another output.
fn arguments_are_few(arguments: &[Argument]) -> bool {
    arguments.iter().filter(|argument| argument.access != Access::Read).count() == 1
}

/// Whether each output is a variable of the function and not a reference.
fn outputs_are_plain(arguments: &[Argument]) -> bool {
    arguments
        .iter()
        .filter(|argument| argument.access != Access::Read)
        .all(|argument| argument.variable.is_some())
}

fn is_output(arguments: &[Argument], argument: &Argument) -> bool {
    arguments.iter().any(|other| other.access != Access::Read && other.variable == argument.variable)
}

fn count(line: &Line, argument: usize) -> usize {
    line.code.count(argument) + line.guard.as_ref().map_or(0, |guard| guard.count(argument))
}

fn is_text(code: &Code, text: &str) -> bool {
    matches!(code.parts.as_slice(), [Part::Text(found)] if found == text)
}

/// The declarations of the variables that replace operands.
fn prologue(
    lowering: &mut Lowering,
    given: &Given,
    plans: &[Plan],
    changed_inputs: &BTreeSet<usize>,
) -> Lowered<Vec<Code>> {
    let mut lines = Vec::new();
    for (at, (argument, plan)) in given.arguments.iter().zip(plans).enumerate() {
        if let Plan::Variable(name) = plan {
            lowering.taken.insert(name.clone());
            let kind = variable_type(argument);
            let value = || {
                let code = Code { parts: vec![Part::Argument(at, argument.span)] };
                let is_pointer = matches!(argument.kind, Type::Unknown { bits: 64 });
                if is_pointer { code.between(format!("({})(", kind.cpp()), ")") } else { code }
            };
            let code = match argument.access {
                Access::Read if argument.pointee.is_some() => {
                    let code = Code { parts: vec![Part::Argument(at, argument.span)] };
                    code.between(format!("const auto {name} = "), "")
                }
                Access::Read if changed_inputs.contains(&at) => {
                    value().between(format!("{} {name} = ", kind.cpp()), "")
                }
                Access::Read => value().between(format!("const {} {name} = ", kind.cpp()), ""),
                Access::ReadWrite => value().between(format!("{} {name} = ", kind.cpp()), ""),
                Access::Write => Code::of(format!("{} {name}", kind.cpp())),
            };
            lines.push(code);
        }
    }
    // An input that shares its register with an output is the first value of that output.
    for (at, argument) in given.arguments.iter().enumerate() {
        let Some(output) = argument.tied else { continue };
        let target = given.arguments.get(output).ok_or_else(|| Refusal::new("a tied operand"))?;
        if target.has_effect {
            return Err(Refusal::new("a tied operand"));
        }
        let mut code = match &plans[output] {
            Plan::Variable(name) => Code::of(name.clone()),
            Plan::Inline => Code { parts: vec![Part::Argument(output, target.span)] },
        };
        code.text(" = ").code(Code { parts: vec![Part::Argument(at, argument.span)] });
        lines.push(code);
    }
    Ok(lines)
}

/// The assignments from the variables to the outputs that they replace.
fn epilogue(given: &Given, plans: &[Plan]) -> Vec<Code> {
    let mut lines = Vec::new();
    for (at, (argument, plan)) in given.arguments.iter().zip(plans).enumerate() {
        if let Plan::Variable(name) = plan
            && argument.access != Access::Read
        {
            let mut code = Code { parts: vec![Part::Argument(at, argument.span)] };
            code.text(format!(" = {name}"));
            lines.push(code);
        }
    }
    lines
}

/// The statements with their conditions and braces. Consecutive statements with the same condition share one `if`.
fn guarded(lines: &[Line]) -> Vec<(usize, Code)> {
    let mut written = Vec::new();
    let mut depth = 0;
    let mut at = 0;
    while at < lines.len() {
        let line = &lines[at];
        let Some(guard) = &line.guard else {
            let closes = starts_with(&line.code, "}");
            depth -= usize::from(closes).min(depth);
            written.push((depth, line.code.clone()));
            depth += usize::from(ends_with(&line.code, "{"));
            at += 1;
            continue;
        };
        let same = lines[at..].iter().take_while(|next| next.guard.as_ref() == Some(guard)).count();
        let same = unchanged(&lines[at..at + same], guard);
        let condition = guard.clone().between("if (", ")");
        if same == 1 {
            let mut code = condition;
            code.text(" ").code(line.code.clone());
            written.push((depth, code));
        } else {
            written.push((depth, condition.between("", " {")));
            written.extend(lines[at..at + same].iter().map(|line| (depth + 1, line.code.clone())));
            written.push((depth, Code::of("}")));
        }
        at += same;
    }
    written
}

/// The number of `lines` up to the first one that changes a variable of `guard`.
fn unchanged(lines: &[Line], guard: &Code) -> usize {
    let name: String = guard
        .parts
        .iter()
        .map(|part| match part {
            Part::Text(text) => text.trim_start_matches('!'),
            Part::Argument(..) => "",
        })
        .collect();
    let changes = |line: &Line| {
        starts_with(&line.code, &format!("{name} = ")) || starts_with(&line.code, &name) && name.is_empty()
    };
    match lines.iter().position(changes) {
        Some(at) => at + 1,
        None => lines.len(),
    }
}

fn starts_with(code: &Code, text: &str) -> bool {
    let mut written = String::new();
    for part in &code.parts {
        let Part::Text(found) = part else { break };
        written.push_str(found);
    }
    !text.is_empty() && written.starts_with(text)
}

fn ends_with(code: &Code, text: &str) -> bool {
    matches!(code.parts.last(), Some(Part::Text(found)) if found.ends_with(text))
}

/// The result as pieces of an edit. `indent` is the indentation of the line; if it is `None`, as in a macro, all
/// statements are on one line.
pub(super) fn pieces(
    translated: Translated,
    indent: Option<&str>,
    ending: &str,
    has_semicolon: bool,
    is_in_chain: bool,
) -> Vec<Piece> {
    let Translated { mut shared, lines, is_single, .. } = translated;
    let mut out = Vec::new();
    if let ([declared], [(_, line)]) = (shared.as_slice(), lines.as_slice())
        && is_single
        && let Some(kind) = type_of_first(declared, line)
    {
        out.push(Piece::Text(format!("{kind} ").into()));
        shared.clear();
    }
    let count = shared.len();
    for (at, code) in shared.into_iter().enumerate() {
        out.extend(code.into_pieces());
        let is_last = at + 1 == count && lines.is_empty();
        let space = indent.filter(|_| !is_last).map(|indent| format!("{ending}{indent}")).unwrap_or_default();
        out.push(Piece::Text(format!(";{space}").into()));
    }
    if lines.is_empty() && is_in_chain {
        return joined(out);
    }
    if is_single {
        for (_, code) in lines {
            out.extend(code.into_pieces());
        }
        if has_semicolon {
            out.push(Piece::Text(";".into()));
        }
        return joined(out);
    }
    let (open, close) = if has_semicolon { ("{", "}") } else { ("do {", "} while (0)") };
    out.push(Piece::Text(open.into()));
    for (depth, code) in lines {
        let space = match indent {
            Some(indent) => format!("{ending}{indent}{}", "    ".repeat(depth + 1)),
            None => " ".to_owned(),
        };
        let is_brace = ends_with(&code, "{") || is_text(&code, "}");
        out.push(Piece::Text(space.into()));
        out.extend(code.into_pieces());
        if !is_brace {
            out.push(Piece::Text(";".into()));
        }
    }
    out.push(Piece::Text(indent.map_or_else(|| " ".to_owned(), |indent| format!("{ending}{indent}")).into()));
    out.push(Piece::Text(close.into()));
    joined(out)
}

/// The type in the declaration `TYPE name`, if `line` is the first assignment to that variable.
fn type_of_first<'a>(declaration: &'a Code, line: &Code) -> Option<&'a str> {
    let [Part::Text(text)] = declaration.parts.as_slice() else { return None };
    let (kind, name) = text.rsplit_once(' ')?;
    (!text.contains('=') && starts_with(line, &format!("{name} = "))).then_some(kind)
}

/// Joins neighbouring texts into one piece.
fn joined(pieces: Vec<Piece>) -> Vec<Piece> {
    let mut out: Vec<Piece> = Vec::new();
    for piece in pieces {
        match (out.last_mut(), piece) {
            (Some(Piece::Text(before)), Piece::Text(text)) => before.to_mut().push_str(&text),
            (_, piece) => out.push(piece),
        }
    }
    out
}
