//! Rows of the table that are C++ templates.

use super::{Case, Lowered, Lowering};
use crate::passes::cuda::ptx::types::Type;
use crate::passes::cuda::ptx::value::{Code, Part, Shape, Value, shape};
use crate::readers::ptx::Operand;

/// Instructions without a result operand, by the first part of their name.
const WITHOUT_RESULT: &[&str] =
    &["bar", "barrier", "nanosleep", "trap", "brkpt", "pmevent", "membar", "fence", "cp"];

/// The letters of the operands after the result, in order.
const LETTERS: &[char] = &['a', 'b', 'c', 'e', 'f'];

impl Case<'_> {
    /// Whether the first operand is the result.
    fn has_result(&self) -> bool {
        let name = &self.instruction.name;
        let root = name.split('.').next().unwrap_or_default();
        !WITHOUT_RESULT.contains(&root) || name.contains(".red.")
    }

    /// The type that the row gives the operand `letter`.
    pub(super) fn type_of(&self, letter: char) -> Lowered<Type> {
        let spelled = self.row.types.split(' ').find_map(|part| part.strip_prefix(letter)?.strip_prefix('='));
        match spelled {
            Some(spelled) => self.named_type(spelled),
            None => self.kind('T'),
        }
    }

    /// The type with the name `spelled`, which is `T`, `uT`, `sT`, `2T` or a type of PTX.
    fn named_type(&self, spelled: &str) -> Lowered<Type> {
        let mut letters = spelled.chars();
        let (first, second, rest) = (letters.next(), letters.next(), letters.next());
        match (first, second, rest) {
            (Some(variable), None, None) if variable.is_ascii_uppercase() => self.kind(variable),
            (Some('u'), Some(variable), None) if variable.is_ascii_uppercase() => {
                Ok(self.kind(variable)?.unsigned())
            }
            (Some('s'), Some(variable), None) if variable.is_ascii_uppercase() => {
                Ok(self.kind(variable)?.signed())
            }
            (Some('2'), Some(variable), None) if variable.is_ascii_uppercase() => {
                Ok(self.kind(variable)?.doubled())
            }
            _ => Type::of(spelled).ok_or_else(|| self.refusal()),
        }
    }
}

impl Lowering<'_> {
    /// Lowers an instruction by the template of its row.
    pub(super) fn template(&mut self, case: &Case) -> Lowered<()> {
        let with_result = case.has_result();
        let sources =
            &case.instruction.operands[usize::from(with_result).min(case.instruction.operands.len())..];
        let code = self.fill(case, case.row.cpp, sources)?;
        if !with_result {
            self.emit(code, Vec::new());
            return Ok(());
        }
        let target = case.operand(0)?.clone();
        let kind = case.type_of('d')?;
        let shape = shape_of(&code, case.row.cpp);
        self.write(&target, Value { code, kind, shape })
    }

    /// `text` with the operands and types in place of `$a`, `$ua`, `$T` and similar variables.
    pub(super) fn fill(&mut self, case: &Case, text: &str, sources: &[Operand]) -> Lowered<Code> {
        let mut code = Code::default();
        let mut rest = text;
        while let Some(at) = rest.find('$') {
            let (before, behind) = rest.split_at(at);
            code.text(before.to_owned());
            let behind = &behind[1..];
            let length = behind.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(behind.len());
            let (name, behind) = behind.split_at(length);
            let last = name.chars().last().ok_or_else(|| case.refusal())?;
            if last.is_ascii_uppercase() {
                code.text(case.named_type(name)?.cpp());
            } else {
                let at = LETTERS.iter().position(|&letter| letter == last).ok_or_else(|| case.refusal())?;
                let operand = sources.get(at).ok_or_else(|| case.refusal())?;
                let kind = match &name[..name.len() - 1] {
                    "u" => case.type_of(last)?.unsigned(),
                    "s" => case.type_of(last)?.signed(),
                    _ => case.type_of(last)?,
                };
                // The declared type decides whether a part of a word has a sign.
                let value = match operand {
                    Operand::Part(..) => self.read(operand, case.type_of(last)?)?.to(kind),
                    _ => Some(self.read(operand, kind)?),
                };
                let value = value.ok_or_else(|| case.refusal())?;
                let opens = before.ends_with('(') || before.ends_with(", ");
                let alone = opens && behind.starts_with([',', ')']);
                code.code(if alone { value.code } else { value.operand() });
            }
            rest = behind;
        }
        code.text(rest.to_owned());
        code.parts.retain(|part| !matches!(part, Part::Text(text) if text.is_empty()));
        Ok(code)
    }
}

/// The shape of the code that a template gives.
fn shape_of(code: &Code, template: &str) -> Shape {
    match code.parts.as_slice() {
        [Part::Argument(..)] => Shape::Open,
        _ => shape(template),
    }
}
