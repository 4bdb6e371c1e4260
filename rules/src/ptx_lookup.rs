//! Look-ups in the table of PTX instructions.

use crate::builtin::{PTX_GROUPS, PTX_INSTRUCTIONS, PTX_REGISTERS, PTX_SETS};
use crate::lookup::Rules;
use crate::ptx::{self, PtxBindings, PtxGroup, PtxInstruction, PtxRegister};

impl Rules {
    /// The first pattern that matches the PTX instruction `name`, and the words that its variables match.
    pub fn ptx(&self, name: &str) -> Option<(&'static PtxInstruction, PtxBindings)> {
        let root = name.split('.').next().unwrap_or_default();
        self.ptx_instructions()
            .iter()
            .filter(|row| row.pattern.split(['.', '[']).next() == Some(root))
            .find_map(|row| Some((row, ptx::bindings(row.pattern, name, &PTX_SETS)?)))
    }

    /// The special register `name`, without its `%`.
    pub fn ptx_register(&self, name: &str) -> Option<&'static PtxRegister> {
        self.ptx_registers().iter().find(|register| register.name == name)
    }

    /// All patterns, in the order of the table.
    pub fn ptx_instructions(&self) -> &'static [PtxInstruction] {
        if self.has_builtin() { &PTX_INSTRUCTIONS } else { &[] }
    }

    /// All special registers.
    pub fn ptx_registers(&self) -> &'static [PtxRegister] {
        if self.has_builtin() { &PTX_REGISTERS } else { &[] }
    }

    /// The groups of the patterns, by number.
    pub fn ptx_groups(&self) -> &'static [PtxGroup] {
        &PTX_GROUPS
    }

    /// The words of each named set of the patterns.
    pub fn ptx_sets(&self) -> &'static [(&'static str, &'static str)] {
        &PTX_SETS
    }
}
