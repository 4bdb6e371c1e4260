//! Translates one block of PTX into C++ statements: operands, registers, and the row of the table for each instruction.
//!
//! Each instruction must be in the table. The first one that is missing refuses the block.

mod arithmetic;
mod atomics;
mod convert;
mod logic;
mod matrices;
mod memory;
mod moves;
mod operands;
mod template;
mod warps;

use std::collections::BTreeSet;

use tranship_rules::{Level, PtxBindings, PtxInstruction, Rules};

pub(super) use self::arithmetic::Carry;
use super::arguments::Argument;
use super::types::Type;
use super::value::{Code, Part, Shape, Value, integer};
use crate::pass::Warp;
use crate::readers::ptx::{Instruction, Operand, Statement};

/// The reason why a block stays as it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Refusal {
    /// The instruction, or another part of the block, that cannot be translated.
    pub(super) what: String,
    /// What to do about it.
    pub(super) todo: String,
}

impl Refusal {
    /// A refusal because of `what`, with the general advice of the rule.
    pub(super) fn new(what: impl Into<String>) -> Self {
        Self { what: what.into(), todo: String::new() }
    }
}

pub(super) type Lowered<T> = Result<T, Refusal>;

/// How the expression of an operand is used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Plan {
    /// Directly, at each place where the block reads or writes it.
    Inline,
    /// Through a variable of this name.
    Variable(String),
}

/// A register or another variable of the block.
#[derive(Clone, Debug)]
struct Local {
    ptx: String,
    cpp: String,
    kind: Type,
    is_declared: bool,
}

/// One statement of the result.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Line {
    /// The condition of a predicated instruction.
    pub(super) guard: Option<Code>,
    /// The statement without its semicolon.
    pub(super) code: Code,
    /// The operands that it writes.
    pub(super) writes: Vec<usize>,
}

/// The state of the lowering of one block.
#[expect(clippy::struct_excessive_bools, reason = "the facts are independent of each other")]
pub(super) struct Lowering<'a> {
    pub(super) rules: &'a Rules,
    pub(super) warp: Warp,
    pub(super) arguments: &'a [Argument],
    /// For each macro parameter in the text, its place in the file.
    pub(super) pasted: &'a [crate::text::Span],
    pub(super) plans: &'a [Plan],
    /// Whether every GPU of the target has one instruction for any function of three bits.
    pub(super) has_bitop3: bool,
    pub(super) is_volatile: bool,
    pub(super) clobbers_memory: bool,
    /// Whether names of the block get an ending, so that they differ from names in a macro's arguments.
    pub(super) in_macro: bool,
    /// Whether the block is in the body of a kernel, and in no lambda of it.
    pub(super) in_kernel: bool,
    /// Names that variables of the block must not have.
    pub(super) taken: BTreeSet<String>,
    /// Declarations of variables that later blocks of a chain use too.
    pub(super) shared: Vec<Code>,
    /// In a chain the variable of a carry is such a variable.
    pub(super) sharing: Option<Sharing>,
    scopes: Vec<Vec<Local>>,
    /// Declarations of variables that must be before all statements, because a branch may skip their first assignment.
    pub(super) declarations: Vec<Code>,
    pub(super) lines: Vec<Line>,
    pub(super) bounds: BTreeSet<&'static str>,
    /// The inputs that the block writes.
    pub(super) changed_inputs: BTreeSet<usize>,
    pub(super) carry: arithmetic::Carry,
    /// The number of branches and loops around the current statement.
    pub(super) depth: usize,
    guard: Option<Code>,
    count: usize,
}

/// What a block of a chain shares with later blocks besides its carry.
#[derive(Copy, Clone)]
pub(super) struct Sharing {
    /// The number of scopes in which the registers are shared.
    pub(super) scope: Option<usize>,
}

/// What the blocks of a chain hand on: registers, the carry, and the names of variables.
#[derive(Clone, Default)]
pub(super) struct Handed {
    scopes: Vec<Vec<Local>>,
    pub(super) carry: arithmetic::Carry,
    pub(super) taken: BTreeSet<String>,
}

/// One instruction, its row of the table, and the words that the row's variables match.
pub(super) struct Case<'a> {
    pub(super) row: &'static PtxInstruction,
    pub(super) bindings: PtxBindings,
    pub(super) instruction: &'a Instruction,
}

impl Case<'_> {
    /// The word that a variable of the pattern matches.
    pub(super) fn word(&self, variable: char) -> &str {
        self.bindings.get(variable).unwrap_or_default()
    }

    /// Whether the instruction has the optional part `variable` of the pattern.
    pub(super) fn has(&self, variable: char) -> bool {
        self.bindings.get(variable).is_some()
    }

    /// The type that a variable of the pattern matches, such as `T`.
    pub(super) fn kind(&self, variable: char) -> Lowered<Type> {
        Type::of(self.word(variable)).ok_or_else(|| self.refusal())
    }

    /// The operand with the number `at`.
    pub(super) fn operand(&self, at: usize) -> Lowered<&Operand> {
        self.instruction.operands.get(at).ok_or_else(|| self.refusal())
    }

    /// A refusal of this instruction.
    pub(super) fn refusal(&self) -> Refusal {
        Refusal::new(format!("`{}`", self.instruction.name))
    }

    /// A refusal of this instruction with its reason.
    pub(super) fn refusal_because(&self, todo: &str) -> Refusal {
        Refusal { todo: todo.to_owned(), ..self.refusal() }
    }
}

impl<'a> Lowering<'a> {
    pub(super) fn new(
        rules: &'a Rules,
        warp: Warp,
        arguments: &'a [Argument],
        pasted: &'a [crate::text::Span],
        plans: &'a [Plan],
    ) -> Self {
        Self {
            rules,
            warp,
            arguments,
            pasted,
            plans,
            has_bitop3: false,
            is_volatile: false,
            clobbers_memory: false,
            in_macro: false,
            in_kernel: false,
            taken: BTreeSet::new(),
            shared: Vec::new(),
            sharing: None,
            scopes: vec![Vec::new()],
            declarations: Vec::new(),
            lines: Vec::new(),
            bounds: BTreeSet::new(),
            changed_inputs: BTreeSet::new(),
            carry: arithmetic::Carry::default(),
            depth: 0,
            guard: None,
            count: 0,
        }
    }

    /// Continues with the state after the block before.
    pub(super) fn resume(&mut self, handed: &Handed) {
        if !handed.scopes.is_empty() {
            self.scopes.clone_from(&handed.scopes);
        }
        self.carry = handed.carry.clone();
        self.taken.extend(handed.taken.iter().cloned());
    }

    /// The state for the next block.
    pub(super) fn hand_on(&self) -> Handed {
        Handed { scopes: self.scopes.clone(), carry: self.carry.clone(), taken: self.taken.clone() }
    }

    /// The number of scopes inside of the scope that the block opens and does not close.
    pub(super) fn unclosed(&self, statements: &[Statement]) -> Option<usize> {
        let opens = statements.iter().filter(|found| matches!(found, Statement::Open)).count();
        let closes = statements.iter().filter(|found| matches!(found, Statement::Close)).count();
        let begins = matches!(statements.first(), Some(Statement::Open));
        (begins && opens == closes + 1).then_some(self.scopes.len() + 1)
    }

    /// Opens a scope of registers.
    pub(super) fn open(&mut self) {
        self.scopes.push(Vec::new());
    }

    /// Closes the innermost scope.
    pub(super) fn close(&mut self) {
        if self.scopes.len() > 1 {
            self.scopes.pop();
        }
    }

    /// Declares registers.
    pub(super) fn declare(&mut self, kind: &str, names: &[String]) -> Lowered<()> {
        let kind = Type::of(kind).ok_or_else(|| Refusal::new(format!("a register of type `.{kind}`")))?;
        let is_declared = self.sharing.is_some_and(|sharing| sharing.scope == Some(self.scopes.len()));
        for name in names {
            let cpp = self.fresh(name);
            if is_declared {
                self.shared.push(Code::of(format!("{} {cpp}", kind.cpp())));
            }
            let local = Local { ptx: name.clone(), cpp, kind, is_declared };
            self.scopes.last_mut().expect("there is always a scope").push(local);
        }
        Ok(())
    }

    /// A new name for a variable, derived from `wish`.
    pub(super) fn fresh(&mut self, wish: &str) -> String {
        let plain: String = wish.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect();
        let plain = if plain.starts_with(|c: char| c.is_ascii_digit()) { format!("r{plain}") } else { plain };
        let plain = if self.in_macro { format!("{plain}_ptx") } else { plain };
        let mut name = plain.clone();
        while is_reserved(&name) || !self.taken.insert(name.clone()) {
            self.count += 1;
            name = format!("{plain}_{}", self.count);
        }
        name
    }

    fn local(&mut self, name: &str) -> Option<&mut Local> {
        self.scopes.iter_mut().rev().flat_map(|scope| scope.iter_mut().rev()).find(|local| local.ptx == name)
    }

    /// Lowers one instruction.
    pub(super) fn instruction(&mut self, instruction: &Instruction) -> Lowered<()> {
        let found = self.rules.ptx(&instruction.name);
        let (row, bindings) = found.ok_or_else(|| Refusal::new(format!("`{}`", instruction.name)))?;
        if row.level == Level::Manual {
            return Err(Refusal { what: format!("`{}`", instruction.name), todo: row.refuse.to_owned() });
        }
        self.guard = match &instruction.predicate {
            Some((name, negated)) => Some(self.predicate(name, *negated)?.code),
            None => None,
        };
        if !row.bound.is_empty() {
            self.bounds.insert(row.bound);
        }
        if instruction.name.contains(".ftz") {
            self.bounds.insert("subnormal operands and results stay, and PTX replaces them by zero");
        }
        let case = Case { row, bindings, instruction };
        self.dispatch(&case)?;
        self.guard = None;
        Ok(())
    }

    fn dispatch(&mut self, case: &Case) -> Lowered<()> {
        let root = case.instruction.name.split('.').next().unwrap_or_default();
        if matches!(
            root,
            "vote" | "match" | "redux" | "activemask" | "mma" | "ldmatrix" | "stmatrix" | "movmatrix"
        ) {
            self.needs_32_lanes(case)?;
        }
        match case.row.by {
            "" if root == "mma" => self.multiply(case),
            "" => self.template(case),
            "move" => self.move_(case),
            "compare" => self.compare(case),
            "shift" => self.shift(case),
            "lop3" => self.lop3(case),
            "carry" => self.carry(case),
            "bitfield" => self.bit_field(case),
            "convert" => self.convert(case),
            "directed" => self.directed(case),
            "load" => self.load(case),
            "store" => self.store(case),
            "atomic" => self.atomic(case, true),
            "reduction" => self.atomic(case, false),
            "fence" => self.fence(case),
            "copy" => self.copy(case),
            "shuffle" => self.shuffle(case),
            "match_all" => self.match_all(case),
            "elect" => self.elect(case),
            "load_matrices" => self.load_matrices(case),
            "store_matrices" => self.store_matrices(case),
            "barrier" => self.barrier(case),
            "barrier_vote" => self.barrier_vote(case),
            "exit" => self.exit(case),
            "nothing" => Ok(()),
            _ => Err(case.refusal()),
        }
    }

    /// Adds a statement with the condition of the current instruction.
    pub(super) fn emit(&mut self, code: Code, writes: Vec<usize>) {
        self.lines.push(Line { guard: self.guard.clone(), code, writes });
    }

    /// Assigns `value` to a new variable, and returns the variable as a value.
    pub(super) fn keep(&mut self, wish: &str, value: Value) -> Value {
        let name = self.fresh(wish);
        let kind = value.kind;
        if self.guard.is_some() || self.depth > 0 {
            self.declarations.push(Code::of(format!("{} {name}", kind.cpp())));
            let mut code = Code::of(name.clone());
            code.text(" = ").code(value.code);
            self.emit(code, Vec::new());
        } else {
            let code = value.code.between(format!("const {} {name} = ", kind.cpp()), "");
            self.emit(code, Vec::new());
        }
        Value::of(name, kind)
    }
}

/// The type of the variable that replaces an operand.
pub(super) fn variable_type(argument: &Argument) -> Type {
    match argument.kind {
        Type::Unknown { bits } => Type::Integer { bits, signed: false },
        kind => kind,
    }
}

/// The opposite of a condition.
pub(super) fn not(value: Value) -> Value {
    Value { code: value.operand().between("!", ""), kind: Type::Predicate, shape: Shape::Prefix }
}

/// Names that C++ or HIP's headers define.
fn is_reserved(name: &str) -> bool {
    matches!(
        name,
        "and"
            | "or"
            | "xor"
            | "not"
            | "min"
            | "max"
            | "abs"
            | "int"
            | "float"
            | "double"
            | "char"
            | "short"
            | "long"
            | "bool"
            | "unsigned"
            | "signed"
            | "const"
            | "if"
            | "else"
            | "do"
            | "while"
            | "for"
            | "auto"
            | "void"
            | "true"
            | "false"
            | "this"
            | "new"
            | "delete"
            | "class"
            | "struct"
            | "union"
            | "half"
            | "uint"
            | "dim3"
            | "sin"
            | "cos"
            | "exp"
            | "log"
            | "_"
    )
}

#[cfg(test)]
mod tests {
    use tranship_rules::Rules;

    #[test]
    fn every_row_has_a_function_that_exists() {
        let code = include_str!("mod.rs");
        let by = |name: &str| code.contains(&format!("{name:?} => ")) || name == "branch";
        for row in Rules::builtin().ptx_instructions() {
            assert!(row.by.is_empty() || by(row.by), "`{}` needs `{}`", row.pattern, row.by);
        }
    }
}
