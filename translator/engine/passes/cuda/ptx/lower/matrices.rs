//! Instructions on fragments of matrices: each lane of a warp has a part of a matrix in its registers.
//!
//! The support header multiplies with ordinary instructions, or moves the fragments to the layout of the GPU's matrix unit.

use super::{Case, Lowered, Lowering};
use crate::passes::cuda::ptx::types::Type;
use crate::passes::cuda::ptx::value::{Code, Value};
use crate::readers::ptx::Operand;

impl Lowering<'_> {
    /// `mma.sync.aligned.SHAPE... {d}, {a}, {b}, {c}`
    pub(super) fn multiply(&mut self, case: &Case) -> Lowered<()> {
        let (rows, depth) = shape(case.word('S')).ok_or_else(|| case.refusal())?;
        let mut function = case.row.cpp.replace("$S", &format!("{rows}, {depth}"));
        for variable in ['A', 'B'] {
            function = function.replace(&format!("${variable}"), case.word(variable));
        }
        let mut code = Code::of(format!("{function}("));
        for (at, letter) in [(1, 'a'), (2, 'b'), (3, 'c')] {
            let kind = case.type_of(letter)?;
            code.text(if at == 1 { "" } else { ", " });
            code.code(self.fragment(case.operand(at)?, kind)?);
        }
        code.text(")");
        self.assign(case, "product", case.type_of('d')?, code)
    }

    /// `ldmatrix.sync.aligned.m8n8.xN[.trans][.shared].b16 {d}, [address]`
    pub(super) fn load_matrices(&mut self, case: &Case) -> Lowered<()> {
        let address = self.matrix_address(case, case.operand(1)?)?;
        let code = address.between(format!("tranship::load_matrices<{}>(", form(case)), ")");
        self.assign(case, "matrices", Type::U32, code)
    }

    /// `stmatrix.sync.aligned.m8n8.xN[.trans][.shared].b16 [address], {a}`
    pub(super) fn store_matrices(&mut self, case: &Case) -> Lowered<()> {
        let address = self.matrix_address(case, case.operand(0)?)?;
        let mut code = address.between(format!("tranship::store_matrices<{}>(", form(case)), ", ");
        code.code(self.fragment(case.operand(1)?, Type::U32)?).text(")");
        self.emit(code, Vec::new());
        Ok(())
    }

    /// The address in shared memory. Without `.shared` the operand is an address of any memory.
    fn matrix_address(&mut self, case: &Case, operand: &Operand) -> Lowered<Code> {
        if case.has('S') {
            return self.shared_address_of(case, operand);
        }
        let Operand::Address(..) = operand else { return Err(case.refusal()) };
        let pointer = self.pointer(case, operand, "void", "const ", 0)?;
        Ok(pointer.between("tranship::shared_address(", ")"))
    }

    /// `{a, b}`: the registers of a fragment, as C++ initializes them.
    fn fragment(&mut self, operand: &Operand, kind: Type) -> Lowered<Code> {
        let mut code = Code::of("{");
        for (at, part) in registers(operand).iter().enumerate() {
            code.text(if at == 0 { "" } else { ", " }).code(self.read(part, kind)?.code);
        }
        code.text("}");
        Ok(code)
    }

    /// Assigns the fragment `code` to a new variable, and its registers to the first operand.
    fn assign(&mut self, case: &Case, wish: &str, kind: Type, code: Code) -> Lowered<()> {
        let targets = registers(case.operand(0)?).to_vec();
        let name = self.fresh(wish);
        let variable = format!("tranship::registers<{}, {}> {name}", kind.cpp(), targets.len());
        if self.is_conditional() {
            self.declarations.push(Code::of(variable));
            self.emit(code.between(format!("{name} = "), ""), Vec::new());
        } else {
            self.emit(code.between(format!("const {variable} = "), ""), Vec::new());
        }
        for (at, target) in targets.iter().enumerate() {
            self.write(target, Value::of(format!("{name}.at[{at}]"), kind))?;
        }
        Ok(())
    }
}

/// The registers of an operand: a list in braces, or one register.
fn registers(operand: &Operand) -> &[Operand] {
    match operand {
        Operand::Vector(parts) => parts,
        one => std::slice::from_ref(one),
    }
}

/// The template arguments of `load_matrices` and `store_matrices`.
fn form(case: &Case) -> String {
    format!("{}, {}", case.word('N').trim_start_matches('x'), case.has('X'))
}

/// The numbers M and K of a shape `mMnNkK`.
fn shape(word: &str) -> Option<(u32, u32)> {
    let (rows, rest) = word.strip_prefix('m')?.split_once('n')?;
    let (_, depth) = rest.split_once('k')?;
    Some((rows.parse().ok()?, depth.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use tranship_rules::Rules;

    use super::shape;

    #[test]
    fn every_row_of_matrices_names_helpers_that_exist() {
        let rules = Rules::builtin();
        for row in rules.ptx_instructions().iter().filter(|row| row.pattern.starts_with("mma.")) {
            for name in row.cpp.split("tranship::").skip(1) {
                let end = name.find([',', '>', '<']).unwrap_or(name.len());
                let variable = name.strip_prefix('$').and_then(|rest| rest.chars().next());
                let words = variable.map_or(String::new(), |variable| words(row.pattern, variable));
                for word in words.split('|') {
                    let name = variable.map_or(name[..end].to_owned(), |letter| {
                        name[..end].replace(&format!("${letter}"), word)
                    });
                    assert!(rules.helper(&name).is_some(), "{}: {name}", row.pattern);
                }
            }
        }
    }

    /// The words that `variable` of `pattern` matches.
    fn words(pattern: &str, variable: char) -> String {
        let (_, rest) = pattern.split_once(&format!("<{variable}:")).expect("the variable is in the pattern");
        rest.split_once('>').expect("the set ends").0.to_owned()
    }

    #[test]
    fn shapes_have_rows_and_depth() {
        assert_eq!(shape("m16n8k256"), Some((16, 256)));
        assert_eq!(shape("m8n8"), None);
    }
}
