//! `lop3`: any function of three bits, as the shortest expression with the operators of C++. If every GPU of the target has one
//! instruction for such a function, the expressions that clang compiles to several become a call of the support header.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use super::{Case, Lowered, Lowering};
use crate::passes::cuda::ptx::types::Type;
use crate::passes::cuda::ptx::value::{Code, Shape, Value};

/// An expression over `a`, `b` and `c`.
#[derive(Clone, Debug)]
enum Term {
    Operand(usize),
    Not(u8),
    Binary(u8, &'static str, u8),
}

/// The shortest expression for each table of eight bits.
type Shortest = BTreeMap<u8, (u32, Term)>;

/// The shortest expressions, computed at the first `lop3`.
static SHORTEST: LazyLock<Shortest> = LazyLock::new(shortest);

/// The tables of the three operands, as in the manual of PTX.
const OPERANDS: [u8; 3] = [0xf0, 0xcc, 0xaa];

/// The tables whose shortest expression becomes several instructions for gfx950 with clang 22.1. A test of the ptx tier counts the
/// instructions: `functions_of_three_bits_are_one_instruction`.
const NEEDS_BUILTIN: [u8; 40] = [
    0x16, 0x19, 0x24, 0x25, 0x29, 0x2b, 0x2c, 0x2e, 0x46, 0x49, 0x4d, 0x52, 0x61, 0x64, 0x67, 0x68, 0x6b,
    0x6d, 0x74, 0x79, 0x86, 0x8b, 0x8e, 0x92, 0x94, 0x96, 0x97, 0x98, 0x9e, 0xa4, 0xb2, 0xb6, 0xbc, 0xca,
    0xd3, 0xd4, 0xd6, 0xdb, 0xe2, 0xe9,
];

/// Finds the shortest expressions: each round joins all known expressions, until no round finds a shorter one.
fn shortest() -> Shortest {
    let mut known: Shortest =
        OPERANDS.iter().enumerate().map(|(at, &table)| (table, (0, Term::Operand(at)))).collect();
    loop {
        let before = known.clone();
        let offer = |known: &mut Shortest, table: u8, cost: u32, term: Term| {
            if known.get(&table).is_none_or(|(old, _)| cost < *old) {
                known.insert(table, (cost, term));
            }
        };
        for (&a, (cost_a, _)) in &before {
            offer(&mut known, !a, cost_a + 1, Term::Not(a));
            for (&b, (cost_b, _)) in before.range(a..) {
                let cost = cost_a + cost_b + 2;
                for (operator, table) in [(" & ", a & b), (" | ", a | b), (" ^ ", a ^ b)] {
                    offer(&mut known, table, cost, Term::Binary(a, operator, b));
                }
            }
        }
        let costs = |known: &Shortest| known.values().map(|(cost, _)| *cost).sum::<u32>();
        if known.len() == before.len() && costs(&known) == costs(&before) {
            return known;
        }
    }
}

/// The expression for `table`. Each of `operands` can be an operand of an operator without parentheses.
fn written(known: &Shortest, table: u8, operands: &[Code; 3], is_inner: bool) -> Code {
    match known.get(&table).map(|(_, term)| term.clone()) {
        Some(Term::Operand(at)) => operands[at].clone(),
        Some(Term::Not(inner)) => written(known, inner, operands, true).between("~", ""),
        Some(Term::Binary(_, operator, _)) => {
            let mut code = Code::default();
            for (at, part) in parts(known, table, operator).into_iter().enumerate() {
                code.text(if at == 0 { "" } else { operator }).code(written(known, part, operands, true));
            }
            if is_inner { code.between("(", ")") } else { code }
        }
        None => Code::of("0u"),
    }
}

/// The expressions that `operator` joins in the expression for `table`: operands first, in order.
fn parts(known: &Shortest, table: u8, operator: &str) -> Vec<u8> {
    let mut found = match &known[&table].1 {
        Term::Binary(a, joined, b) if *joined == operator => {
            [parts(known, *a, operator), parts(known, *b, operator)].concat()
        }
        _ => vec![table],
    };
    found.sort_by_key(|part| OPERANDS.iter().position(|operand| operand == part).unwrap_or(OPERANDS.len()));
    found
}

/// The call of `function` with `arguments`.
fn called<const COUNT: usize>(function: &str, arguments: [Code; COUNT]) -> Code {
    let mut code = Code::of(format!("{function}("));
    for (at, argument) in arguments.into_iter().enumerate() {
        code.text(if at == 0 { "" } else { ", " }).code(argument);
    }
    code.text(")");
    code
}

impl Lowering<'_> {
    /// `lop3.b32 d, a, b, c, table`
    pub(super) fn lop3(&mut self, case: &Case) -> Lowered<()> {
        let target = case.operand(0)?.clone();
        let mut operands = [Code::default(), Code::default(), Code::default()];
        let mut plain = operands.clone();
        for (at, slot) in operands.iter_mut().enumerate() {
            let value = self.read(case.operand(at + 1)?, Type::U32)?;
            plain[at] = value.code.clone();
            *slot = value.operand();
        }
        let table = case.operand(4)?.clone();
        let code = match self.constant(&table) {
            Some(0) => Code::of("0u"),
            Some(0xff) => Code::of("0xffffffffu"),
            Some(table) => {
                let table = (table & 0xff) as u8;
                if self.has_bitop3 && NEEDS_BUILTIN.contains(&table) {
                    called(&format!("tranship::lop3<{table:#04x}>"), plain)
                } else {
                    written(&SHORTEST, table, &operands, false)
                }
            }
            None => {
                let table = self.read(&table, Type::U32)?;
                let [a, b, c] = plain;
                called("tranship::lop3", [a, b, c, table.code])
            }
        };
        self.write(&target, Value { code, kind: Type::U32, shape: Shape::Open })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::passes::cuda::ptx::value::Part;

    #[test]
    fn usual_tables() {
        assert_eq!(shown(0x96), "a ^ b ^ c");
        assert_eq!(shown(0xea), "c | (a & b)");
        assert_eq!(shown(0x80), "a & b & c");
        assert_eq!(shown(0x0f), "~a");
    }

    fn shown(table: u8) -> String {
        let code = written(&SHORTEST, table, &["a", "b", "c"].map(Code::of), false);
        code.parts
            .iter()
            .map(|part| match part {
                Part::Text(text) => text.to_string(),
                Part::Argument(..) => String::new(),
            })
            .collect()
    }

    #[test]
    fn every_table_has_an_expression() {
        for table in 1..255_u8 {
            let value = evaluate(&SHORTEST, table);
            assert_eq!(value, table);
        }
    }

    fn evaluate(known: &Shortest, table: u8) -> u8 {
        match &known[&table].1 {
            Term::Operand(at) => OPERANDS[*at],
            Term::Not(a) => !evaluate(known, *a),
            Term::Binary(a, operator, b) => {
                let (a, b) = (evaluate(known, *a), evaluate(known, *b));
                match *operator {
                    " & " => a & b,
                    " | " => a | b,
                    _ => a ^ b,
                }
            }
        }
    }
}
