//! Translates one block of PTX into C++ statements: operands, registers, and the row of the table for each instruction.
//!
//! Each instruction must be in the table. The first one that is missing refuses the block.

mod arithmetic;
mod atomics;
mod convert;
mod logic;
mod memory;
mod moves;
mod template;
mod warps;

use std::collections::BTreeSet;

use tranship_rules::{Level, PtxBindings, PtxInstruction, Rules};

use super::arguments::Argument;
use super::statement::Access;
use super::types::Type;
use super::value::{Code, Part, Shape, Value, double, float, integer};
use crate::pass::Warp;
use crate::readers::ptx::{Instruction, Operand};

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
pub(super) struct Lowering<'a> {
    pub(super) rules: &'a Rules,
    pub(super) warp: Warp,
    pub(super) arguments: &'a [Argument],
    /// For each macro parameter in the text, its place in the file.
    pub(super) pasted: &'a [crate::text::Span],
    pub(super) plans: &'a [Plan],
    pub(super) is_volatile: bool,
    pub(super) clobbers_memory: bool,
    /// Whether names of the block get an ending, so that they differ from names in a macro's arguments.
    pub(super) in_macro: bool,
    /// Names that variables of the block must not have.
    pub(super) taken: BTreeSet<String>,
    scopes: Vec<Vec<Local>>,
    /// Declarations of variables that must be before all statements, because a branch may skip their first assignment.
    pub(super) declarations: Vec<Code>,
    pub(super) lines: Vec<Line>,
    pub(super) bounds: BTreeSet<&'static str>,
    pub(super) carry: arithmetic::Carry,
    /// The number of branches and loops around the current statement.
    pub(super) depth: usize,
    guard: Option<Code>,
    count: usize,
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
            is_volatile: false,
            clobbers_memory: false,
            in_macro: false,
            taken: BTreeSet::new(),
            scopes: vec![Vec::new()],
            declarations: Vec::new(),
            lines: Vec::new(),
            bounds: BTreeSet::new(),
            carry: arithmetic::Carry::default(),
            depth: 0,
            guard: None,
            count: 0,
        }
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
        for name in names {
            let cpp = self.fresh(name);
            let local = Local { ptx: name.clone(), cpp, kind, is_declared: false };
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
        if matches!(root, "vote" | "match" | "redux" | "activemask") {
            self.needs_32_lanes(case)?;
        }
        match case.row.by {
            "" => self.template(case),
            "move" => self.move_(case),
            "compare" => self.compare(case),
            "shift" => self.shift(case),
            "lop3" => self.lop3(case),
            "carry" => self.carry(case),
            "bitfield" => self.bit_field(case),
            "convert" => self.convert(case),
            "load" => self.load(case),
            "store" => self.store(case),
            "atomic" => self.atomic(case, true),
            "reduction" => self.atomic(case, false),
            "fence" => self.fence(case),
            "copy" => self.copy(case),
            "shuffle" => self.shuffle(case),
            "match_all" => self.match_all(case),
            "elect" => self.elect(case),
            "barrier" => self.barrier(case),
            "nothing" => {
                self.emit(Code::of("((void)0)"), Vec::new());
                Ok(())
            }
            _ => Err(case.refusal()),
        }
    }

    /// The condition in the register `name`, inverted if `negated`.
    pub(super) fn predicate(&mut self, name: &str, negated: bool) -> Lowered<Value> {
        let value = self.name(name)?;
        if value.kind != Type::Predicate {
            return Err(Refusal::new(format!("`{name}`, which is not a predicate")));
        }
        Ok(if negated { not(value) } else { value })
    }

    /// The value of `operand`, converted to the type `to`.
    pub(super) fn read(&mut self, operand: &Operand, to: Type) -> Lowered<Value> {
        let value = match operand {
            Operand::Integer(number) if matches!(to, Type::Integer { .. }) => {
                return Ok(integer(*number, to));
            }
            Operand::Integer(number) if to == Type::Predicate => {
                return Ok(Value::of(if *number == 0 { "false" } else { "true" }, to));
            }
            Operand::Integer(number) => integer(*number, to.unsigned()),
            Operand::Double(bits) if to == Type::Float => float((f64::from_bits(*bits) as f32).to_bits()),
            Operand::Negative(inner) => {
                let inner = self.read(inner, to)?;
                let code = inner.operand().between("-", "");
                Value { code, kind: to, shape: Shape::Prefix }
            }
            other => self.bits(other)?,
        };
        value.to(to).ok_or_else(|| Refusal::new("an operand of another size"))
    }

    /// The value of `operand` in its own type.
    pub(super) fn bits(&mut self, operand: &Operand) -> Lowered<Value> {
        Ok(match operand {
            Operand::Argument(at) => self.argument(*at)?,
            Operand::Name(name) => self.name(name)?,
            Operand::Float(bits) => float(*bits),
            Operand::Double(bits) => double(*bits),
            Operand::Integer(number) => integer(*number, Type::S32),
            Operand::Not(inner) => not(self.read(inner, Type::Predicate)?),
            Operand::Pasted(at) => {
                let span = *self.pasted.get(*at).ok_or_else(|| Refusal::new("a macro parameter"))?;
                let code = Code {
                    parts: vec![
                        Part::Text("(".into()),
                        Part::Argument(usize::MAX, span),
                        Part::Text(")".into()),
                    ],
                };
                Value { code, kind: Type::Unknown { bits: 32 }, shape: Shape::Simple }
            }
            _ => return Err(Refusal::new("an operand of an unusual form")),
        })
    }

    fn argument(&mut self, at: usize) -> Lowered<Value> {
        let Some(argument) = self.arguments.get(at) else {
            return Err(Refusal::new(format!("the operand `%{at}`, which the statement does not have")));
        };
        if let Some(Plan::Variable(name)) = self.plans.get(at) {
            let is_pointer = argument.access == Access::Read && argument.pointee.is_some();
            let kind = if is_pointer { argument.kind } else { variable_type(argument) };
            return Ok(Value::of(name.clone(), kind));
        }
        let parts = vec![Part::Argument(at, argument.span)];
        Ok(Value { code: Code { parts }, kind: argument.kind, shape: argument.shape })
    }

    fn name(&mut self, name: &str) -> Lowered<Value> {
        if let Some(local) = self.local(name) {
            let value = Value::of(local.cpp.clone(), local.kind);
            if !local.is_declared {
                local.is_declared = true;
                let declaration = format!("{} {}", local.kind.cpp(), local.cpp);
                self.declarations.push(Code::of(declaration));
            }
            return Ok(value);
        }
        if name == "WARP_SZ" && self.warp == Warp::Logical32 {
            return Ok(Value::of("32u", Type::U32));
        }
        let Some(register) = self.rules.ptx_register(name) else {
            return Err(Refusal::new(format!("the name `{name}`, which the block does not declare")));
        };
        if !register.bound.is_empty() {
            self.bounds.insert(register.bound);
        }
        let text = if self.warp == Warp::Native { register.native } else { register.cpp };
        if text.is_empty() {
            return Err(Refusal::new(format!("the register `%{name}`")));
        }
        Ok(Value::of(text, Type::of(register.kind).unwrap_or(Type::U32)))
    }

    /// Writes `value` to `target`.
    pub(super) fn write(&mut self, target: &Operand, value: Value) -> Lowered<()> {
        match target {
            Operand::Argument(at) => self.write_argument(*at, value),
            Operand::Name(name) => self.write_local(name, value),
            Operand::Sink => Ok(()),
            _ => Err(Refusal::new("a result of an unusual form")),
        }
    }

    fn write_argument(&mut self, at: usize, value: Value) -> Lowered<()> {
        let argument = self.arguments.get(at).filter(|argument| argument.access != Access::Read);
        let argument =
            argument.ok_or_else(|| Refusal::new(format!("a write to `%{at}`, which is no output")))?;
        let is_pointer = argument.pointee.as_deref();
        let target = self.argument(at)?;
        let value = fitted(value, target.kind).ok_or_else(|| Refusal::new("a result of another size"))?;
        let value = match is_pointer {
            Some(pointee) if matches!(self.plans.get(at), Some(Plan::Inline)) => {
                value.operand().between(format!("({pointee} *)"), "")
            }
            _ => value.code,
        };
        let target = if target.shape == Shape::Open { target.code.between("(", ")") } else { target.code };
        let mut code = target;
        code.text(" = ").code(value);
        self.emit(code, vec![at]);
        Ok(())
    }

    fn write_local(&mut self, name: &str, value: Value) -> Lowered<()> {
        let declares_here = self.guard.is_none() && self.depth == 0;
        let Some(local) = self.local(name) else {
            return Err(Refusal::new(format!("the register `{name}`, which the block does not declare")));
        };
        let (cpp, kind, was_declared) = (local.cpp.clone(), local.kind, local.is_declared);
        local.is_declared = true;
        let value = fitted(value, kind).ok_or_else(|| Refusal::new("a result of another size"))?;
        let mut code = match (was_declared, declares_here) {
            (false, true) => Code::of(format!("{} {cpp}", kind.cpp())),
            (false, false) => {
                self.declarations.push(Code::of(format!("{} {cpp}", kind.cpp())));
                Code::of(cpp)
            }
            (true, _) => Code::of(cpp),
        };
        code.text(" = ").code(value.code);
        self.emit(code, Vec::new());
        Ok(())
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

/// `value` for an assignment to a variable of type `kind`; `None` if its size is too large. C++ converts integers in
/// the assignment and extends smaller ones, as PTX does.
fn fitted(value: Value, kind: Type) -> Option<Value> {
    match (value.kind, kind) {
        (
            Type::Integer { bits: from, .. } | Type::Unknown { bits: from },
            Type::Integer { bits, .. } | Type::Unknown { bits },
        ) if from <= bits => Some(value),
        (from, to) if from.bits() > to.bits() => None,
        _ => value.to(kind),
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
