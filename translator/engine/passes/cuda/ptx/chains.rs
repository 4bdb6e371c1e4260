//! Finds asm statements of one function that are one piece of PTX: a carry goes from one statement to the next, or one
//! statement opens a scope of registers that another one closes.
//!
//! A chain is refused if its carry could come from elsewhere: from a statement in a branch, from another branch of an
//! `#if`, or from a function that is called between its statements.

use std::collections::BTreeSet;
use std::ops::Range;

use rustc_hash::FxHashMap;

use super::foreign;
use super::lower::Refusal;
use super::statement::{self, AsmStatement, is_plain};
use super::types::declared;
use crate::cpp::{DirectiveKind, Token, TokenKind, Unit};
use crate::pass::Pass;
use crate::readers::ptx::{self, Statement};

/// The most statements of one chain.
const MOST: usize = 256;
/// The most tokens between a statement and the beginning of its function, where the function is not in the list.
const FAR: usize = 4096;
/// How many calls deep a function is searched for asm statements.
const DEEPEST: usize = 3;

/// The advice for a carry that goes from function to function.
pub(super) const WRITE_WHOLE: &str = "hand the carry on as a parameter `unsigned &carry`, which starts as 0: \
     `__builtin_addc(a, b, carry, &carry)` does what `addc.cc` does, and `__builtin_subc` what `subc.cc` does (for 64 bits \
     `__builtin_addcll` and `__builtin_subcll`); or write the whole chain in one function";

/// One asm statement, read.
pub(super) struct Member {
    pub(super) statement: AsmStatement,
    pub(super) ptx: Vec<Statement>,
    /// The instructions; empty for a statement with only braces and registers.
    pub(super) instructions: Vec<String>,
    /// Whether the statement starts a new chain, so that its carry needs a variable of its own.
    pub(super) starts: bool,
    use_of: Use,
}

impl Member {
    /// Whether the last instruction with a carry sets it.
    fn ends_open(&self) -> bool {
        let names = self.ptx.iter().rev().filter_map(|part| match part {
            Statement::Instruction(instruction) => Some(instruction.name.as_str()),
            _ => None,
        });
        let mut carries = names.filter(|name| name.contains(".cc") || is_taking(name));
        carries.next().is_some_and(|name| name.contains(".cc"))
    }
}

fn is_taking(name: &str) -> bool {
    matches!(name.split('.').next(), Some("addc" | "subc" | "madc"))
}

/// Statements that are translated together or not at all.
pub(super) struct Chain {
    pub(super) members: Vec<Member>,
    /// The names in the function, which variables of the chain must not have.
    pub(super) function: Range<usize>,
    /// Why the chain cannot be translated.
    pub(super) refusal: Option<Refusal>,
}

/// How a statement uses the carry and scopes of the statements around it.
#[derive(Clone, Copy, Default)]
struct Use {
    takes_carry: bool,
    sets_carry: bool,
    is_conditional: bool,
    opens: usize,
    closes: usize,
}

/// The chains of a file, in order, from the tokens `asm` at `places`, and the statements that were read and are in no chain.
pub(super) fn chains(pass: &Pass, places: &[usize]) -> (Vec<Chain>, Vec<Member>) {
    let unit = pass.unit;
    let mut members: Vec<Option<(Range<usize>, Member)>> =
        places.iter().map(|&index| member(pass, index)).collect();
    let spans = groups(&members);
    let calls = if spans.is_empty() { None } else { Some(Calls::of(unit, places)) };
    let mut found = Vec::new();
    for (range, scope_refusal) in spans {
        let taken: Vec<(Range<usize>, Member)> = members[range].iter_mut().filter_map(Option::take).collect();
        let Some((function, _)) = taken.first() else { continue };
        let function = function.clone();
        let mut members: Vec<Member> = taken.into_iter().map(|(_, member)| member).collect();
        let is_long = members.len() > MOST;
        let mut refusal = scope_refusal.or_else(|| is_long.then(|| Refusal::new("a chain that is too long")));
        if let Some(calls) = calls.as_ref().filter(|_| refusal.is_none()) {
            refusal = check(unit, calls, &function, &mut members);
        }
        found.push(Chain { members, function, refusal });
    }
    // The statements that are in no chain are left in `members`.
    let mut takers: Vec<usize> = Vec::new();
    let taking = |member: &Member| member.use_of.takes_carry.then_some(member.statement.index);
    takers.extend(members.iter().flatten().filter_map(|(_, member)| taking(member)));
    let is_foreign =
        |chain: &&Chain| chain.refusal.as_ref().is_some_and(|refusal| refusal.todo == WRITE_WHOLE);
    takers.extend(found.iter().filter(is_foreign).flat_map(|chain| chain.members.iter().filter_map(taking)));
    if !takers.is_empty() {
        refuse_used_elsewhere(unit, &takers, &mut found);
    }
    (found, members.into_iter().flatten().map(|(_, member)| member).collect())
}

/// Refuses each chain whose last carry may be the one that a statement of `takers` takes from another function: a
/// function with such a statement calls the function of the chain, or is called behind the chain.
fn refuse_used_elsewhere(unit: &Unit, takers: &[usize], chains: &mut [Chain]) {
    let functions = unit.functions();
    let name = |at: usize| unit.text(&unit.tokens()[functions[at].name]);
    let mut taking: BTreeSet<&[u8]> = BTreeSet::new();
    let mut called: BTreeSet<&[u8]> = BTreeSet::new();
    for &taker in takers {
        taking.extend((0..functions.len()).filter(|&at| functions[at].body.contains(&taker)).map(name));
        if let Some(body) = body_around(unit, taker) {
            called.extend(called_names(unit, body));
        }
    }
    for chain in chains.iter_mut().filter(|chain| chain.refusal.is_none() && ends_open(chain)) {
        let own = (0..functions.len()).find(|&at| functions[at].body == chain.function).map(name);
        let last = chain.members.last().map_or(chain.function.end, |member| member.statement.close);
        let is_used = own.is_some_and(|own| called.contains(own))
            || called_names(unit, last..chain.function.end).any(|name| taking.contains(name));
        if is_used {
            chain.refusal = Some(Refusal {
                what: "a carry that another function may use".to_owned(),
                todo: WRITE_WHOLE.to_owned(),
            });
        }
    }
}

/// The names before opening parentheses in `tokens`.
fn called_names<'a>(unit: &'a Unit, tokens: Range<usize>) -> impl Iterator<Item = &'a [u8]> {
    let all = unit.tokens();
    tokens
        .filter(|&at| {
            all[at].kind == TokenKind::Identifier && all.get(at + 1).is_some_and(|next| next.is_punct(b'('))
        })
        .map(|at| unit.text(&all[at]))
}

/// Whether the last carry of the chain is not used in the chain.
fn ends_open(chain: &Chain) -> bool {
    let carries = |member: &&Member| member.use_of.sets_carry || member.use_of.takes_carry;
    chain.members.iter().rev().find(carries).is_some_and(Member::ends_open)
}

/// Reads the statement at token `index` with the body of its function; `None` where it cannot be a part of a chain.
fn member(pass: &Pass, index: usize) -> Option<(Range<usize>, Member)> {
    let unit = pass.unit;
    if unit.tokens()[index].is(Token::DIRECTIVE) {
        return None;
    }
    let statement = statement::read(unit, index, 0)?;
    if statement.is_partial || statement.alternatives > 1 || !statement.pasted.is_empty() {
        return None;
    }
    let body = body_around(unit, index)?;
    let text = std::str::from_utf8(&statement.template.text).ok()?;
    let ptx = ptx::read(text, &[]).ok()?;
    let use_of = use_of(&ptx);
    let instructions = foreign::instructions(pass, &statement).unwrap_or_default();
    if instructions.is_empty() && ptx.iter().any(|part| matches!(part, Statement::Instruction(_))) {
        return None;
    }
    Some((body, Member { statement, ptx, instructions, starts: false, use_of }))
}

/// The body of the function around token `index`. Operators and constructors have no entry in the list of functions, so
/// their body is the outermost block behind parentheses.
fn body_around(unit: &Unit, index: usize) -> Option<Range<usize>> {
    let tokens = unit.tokens();
    if let Some(function) = unit.function_at(tokens[index].start) {
        return Some(function.body.clone());
    }
    let floor = index.saturating_sub(FAR);
    let mut found = None;
    let mut at = index;
    while at > floor {
        at -= 1;
        let token = &tokens[at];
        if token.is(Token::DIRECTIVE) {
            continue;
        }
        if token.is_punct(b'}') || token.is_punct(b')') {
            at = unit.lexed.open_of(at, floor)?;
        } else if token.is_punct(b'{') {
            let before = &tokens[at.checked_sub(1)?];
            let word = unit.text(before);
            if before.is_punct(b')') || matches!(word, b"const" | b"noexcept" | b"else" | b"do") {
                found = Some(at + 1..unit.lexed.close_of(at, tokens.len())?);
            } else if !matches!(word, b";" | b"{" | b"}") {
                break;
            }
        }
    }
    found
}

fn use_of(ptx: &[Statement]) -> Use {
    let mut found = Use::default();
    let mut has_carry = false;
    for statement in ptx {
        match statement {
            Statement::Open => found.opens += 1,
            Statement::Close if found.opens > 0 => found.opens -= 1,
            Statement::Close => found.closes += 1,
            Statement::Instruction(instruction) => {
                let takes = is_taking(&instruction.name);
                let sets = instruction.name.split('.').any(|part| part == "cc");
                if (takes || sets) && !has_carry {
                    found.takes_carry = takes;
                    found.is_conditional = instruction.predicate.is_some();
                    has_carry = true;
                }
                if sets {
                    found.sets_carry = true;
                }
            }
            _ => {}
        }
    }
    found
}

/// The ranges of members that belong together, and the reason where their scopes do not fit.
fn groups(members: &[Option<(Range<usize>, Member)>]) -> Vec<(Range<usize>, Option<Refusal>)> {
    let mut found: Vec<(Range<usize>, Option<Refusal>)> = Vec::new();
    let mut at = 0;
    while at < members.len() {
        let Some((body, _)) = &members[at] else {
            at += 1;
            continue;
        };
        let same = |next: &Option<(Range<usize>, Member)>| {
            next.as_ref().is_none_or(|(other, _)| other.start == body.start)
        };
        let count = members[at..].iter().take_while(|next| same(next)).count();
        found.extend(groups_of_function(members, at..at + count));
        at += count;
    }
    found
}

fn groups_of_function(
    members: &[Option<(Range<usize>, Member)>],
    range: Range<usize>,
) -> Vec<(Range<usize>, Option<Refusal>)> {
    let mut found: Vec<(Range<usize>, Option<Refusal>)> = Vec::new();
    let mut depth = 0_usize;
    let mut opened = 0;
    let mut setter: Option<usize> = None;
    let mut join = |from: usize, to: usize| {
        let start = found.iter().position(|(old, _)| old.end > from).unwrap_or(found.len());
        let from = found.get(start).map_or(from, |(old, _)| old.start.min(from));
        found.truncate(start);
        found.push((from..to + 1, None));
    };
    for at in range.clone() {
        let Some((_, member)) = &members[at] else { continue };
        let uses = member.use_of;
        if uses.takes_carry || (uses.is_conditional && uses.sets_carry && setter.is_some()) {
            if let Some(from) = setter {
                join(from, at);
            }
        } else if uses.sets_carry {
            setter = Some(at);
        }
        if depth == 0 && uses.opens > 0 {
            opened = at;
        }
        if depth > 0 {
            join(opened, at);
        }
        depth = (depth + uses.opens).saturating_sub(uses.closes);
    }
    if depth > 0 {
        join(opened, range.end - 1);
        if let Some(last) = found.last_mut() {
            last.1 = Some(Refusal::new("a `{` that no other block of the function closes"));
        }
    }
    found
}

/// Checks that the carry of each chain comes from the statement before, and marks the first statement of each chain.
fn check(unit: &Unit, calls: &Calls, function: &Range<usize>, members: &mut [Member]) -> Option<Refusal> {
    let mut start: Option<usize> = None;
    let mut scope: Option<usize> = None;
    let mut depth = 0_usize;
    for at in 0..members.len() {
        let uses = members[at].use_of;
        let continues = uses.takes_carry || (uses.is_conditional && start.is_some());
        let begins = uses.sets_carry && !continues || uses.opens > 0 && depth == 0;
        if begins && !is_plain(unit, &members[at].statement) {
            return Some(Refusal::new("a chain of blocks that begins in a branch"));
        }
        if uses.sets_carry && !continues {
            members[at].starts = true;
            start = Some(at);
        } else if uses.takes_carry {
            let Some(first) = start else {
                return Some(Refusal {
                    what: "a carry that comes from another function".to_owned(),
                    todo: WRITE_WHOLE.to_owned(),
                });
            };
            let (from, to) = (&members[first].statement, &members[at].statement);
            if let Some(refusal) = between(unit, from, to) {
                return Some(refusal);
            }
            let last = loop_end(unit, function, from.close, to);
            if let Some(name) = calls.first_unsafe(unit, from.index..last) {
                return Some(Refusal {
                    what: format!("a carry over a call of `{name}`"),
                    todo: WRITE_WHOLE.to_owned(),
                });
            }
        }
        if uses.opens > 0 && depth == 0 {
            scope = Some(at);
        }
        depth = (depth + uses.opens).saturating_sub(uses.closes);
        if let Some(first) = scope.filter(|&first| first != at) {
            if let Some(refusal) = between(unit, &members[first].statement, &members[at].statement) {
                return Some(refusal);
            }
            if depth == 0 {
                if !is_plain(unit, &members[at].statement) {
                    return Some(Refusal::new("a scope that ends in a branch"));
                }
                scope = None;
            }
        }
    }
    None
}

/// The reason why a variable that is declared at `from` is not visible at `to`.
fn between(unit: &Unit, from: &AsmStatement, to: &AsmStatement) -> Option<Refusal> {
    let tokens = unit.tokens();
    let mut depth = 0_i32;
    for token in tokens[from.close + 1..to.index].iter().filter(|token| !token.is(Token::DIRECTIVE)) {
        depth += i32::from(token.is_punct(b'{')) - i32::from(token.is_punct(b'}'));
        if depth < 0 {
            return Some(Refusal::new("a chain of blocks that begins in a branch"));
        }
    }
    let (start, end) = (tokens[from.close].end, tokens[to.index].start);
    let directives = &unit.lexed.directives;
    let first = directives.partition_point(|directive| directive.span.start < start);
    let mut branches = 0_i32;
    for directive in directives[first..].iter().take_while(|directive| directive.span.start < end) {
        use DirectiveKind::{Elif, Elifdef, Elifndef, Else, Endif, If, Ifdef, Ifndef};
        match directive.kind {
            If | Ifdef | Ifndef => branches += 1,
            Endif => branches -= 1,
            Elif | Elifdef | Elifndef | Else if branches == 0 => branches = -1,
            _ => {}
        }
        if branches < 0 {
            return Some(Refusal::new("a chain of blocks that begins in a branch of an `#if`"));
        }
    }
    None
}

/// The end of the outermost loop behind token `from` that contains `statement`; the end of the statement if there is none.
fn loop_end(unit: &Unit, function: &Range<usize>, from: usize, statement: &AsmStatement) -> usize {
    let tokens = unit.tokens();
    let mut at = from + 1;
    while at < statement.index {
        let word = unit.text(&tokens[at]);
        let body = match word {
            b"for" | b"while" if tokens.get(at + 1).is_some_and(|next| next.is_punct(b'(')) => {
                unit.lexed.close_of(at + 1, function.end).map(|close| close + 1)
            }
            b"do" => Some(at + 1),
            _ => None,
        };
        if let Some(open) = body {
            let close = match tokens.get(open) {
                Some(token) if token.is_punct(b'{') => unit.lexed.close_of(open, function.end),
                // The body is one statement.
                _ => (statement.close + 1..function.end).find(|&at| tokens[at].is_punct(b';')).filter(|_| {
                    !(open..statement.index)
                        .any(|at| tokens[at].is_punct(b';') && !in_brackets(unit, open, at))
                }),
            };
            match close {
                Some(close) if close > statement.index => return close,
                _ => {}
            }
        }
        at += 1;
    }
    statement.close + 1
}

/// Whether token `at` is inside of brackets that open behind token `from`.
fn in_brackets(unit: &Unit, from: usize, at: usize) -> bool {
    let mut depth = 0_i32;
    for token in &unit.tokens()[from..at] {
        let opens = [b'(', b'{', b'['].iter().any(|&mark| token.is_punct(mark));
        let closes = [b')', b'}', b']'].iter().any(|&mark| token.is_punct(mark));
        depth += i32::from(opens) - i32::from(closes);
    }
    depth > 0
}

/// The functions of the file, for a search of asm statements in them.
struct Calls<'a> {
    bodies: FxHashMap<&'a [u8], Vec<Range<usize>>>,
    places: Vec<usize>,
}

impl<'a> Calls<'a> {
    fn of(unit: &Unit<'a>, places: &[usize]) -> Self {
        let mut bodies: FxHashMap<&[u8], Vec<Range<usize>>> = FxHashMap::default();
        for function in unit.functions() {
            bodies.entry(unit.text(&unit.tokens()[function.name])).or_default().push(function.body.clone());
        }
        Self { bodies, places: places.to_vec() }
    }

    /// The first function that `tokens` call and that may change the carry: it contains asm statements, or it is not
    /// defined in the file.
    fn first_unsafe(&self, unit: &Unit<'a>, tokens: Range<usize>) -> Option<String> {
        self.search(unit, tokens, DEEPEST, &mut BTreeSet::new())
    }

    fn search(
        &self,
        unit: &Unit<'a>,
        tokens: Range<usize>,
        depth: usize,
        seen: &mut BTreeSet<&'a [u8]>,
    ) -> Option<String> {
        for at in tokens {
            let token = &unit.tokens()[at];
            let is_call = token.kind == TokenKind::Identifier
                && !token.is(Token::DIRECTIVE)
                && unit.tokens().get(at + 1).is_some_and(|next| next.is_punct(b'('));
            let name = unit.text(token);
            if !is_call || is_harmless(name) || seen.contains(name) {
                continue;
            }
            let unsafe_name = || Some(String::from_utf8_lossy(name).into_owned());
            let Some(bodies) = self.bodies.get(name).filter(|_| depth > 0) else { return unsafe_name() };
            seen.insert(name);
            for body in bodies {
                let has_asm = self.places.partition_point(|&place| place < body.start)
                    < self.places.partition_point(|&place| place < body.end);
                if has_asm || self.search(unit, body.clone(), depth - 1, seen).is_some() {
                    return unsafe_name();
                }
            }
        }
        None
    }
}

/// Whether `name(` is no call of a function.
fn is_harmless(name: &[u8]) -> bool {
    const WORDS: &[&[u8]] = &[
        b"asm",
        b"__asm__",
        b"__asm",
        b"volatile",
        b"__volatile__",
        b"for",
        b"while",
        b"if",
        b"switch",
        b"return",
        b"sizeof",
        b"else",
        b"do",
    ];
    WORDS.contains(&name) || std::str::from_utf8(name).is_ok_and(|word| declared(&[word]).is_some())
}
