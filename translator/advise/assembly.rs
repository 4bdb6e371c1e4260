//! Signs of lost efficiency in the assembly that a compiler writes, each with the lines that it comes from. It runs no compiler.

use std::collections::{BTreeMap, BTreeSet};

/// A place in a file: its path as the compiler writes it, and the line, counted from 1.
pub type Place = (String, u32);

/// The place of an instruction, from the innermost function outwards; empty for an instruction without a line.
pub type Chain = Vec<Place>;

/// The least number of loads at successive addresses that one load could replace.
const LEAST_LOADS: usize = 4;

/// What the instructions of one function show.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Signs {
    /// Loops of compare-and-swap, each place once.
    pub loops: Vec<Chain>,
    /// Instructions of double precision.
    pub doubles: Vec<Chain>,
    /// Accesses of scratch memory.
    pub scratch: Vec<Chain>,
    /// Divisions in loops.
    pub divisions: Vec<Chain>,
    /// Loads in loops from successive addresses: the place of the first, their number and the bytes of one.
    pub loads: Vec<(Chain, usize, u32)>,
    /// Whether there are instructions of the matrix unit.
    pub has_matrix: bool,
    /// Bytes of code.
    pub bytes: u32,
}

/// The signs in `assembly` by the symbol of the function.
pub fn signs(assembly: &str) -> BTreeMap<&str, Signs> {
    let mut found: BTreeMap<&str, Signs> = BTreeMap::new();
    let mut reader = Reader::default();
    for line in assembly.lines() {
        reader.line(line, &mut found);
    }
    for signs in found.values_mut() {
        let mut seen = BTreeSet::new();
        signs.loops.retain(|chain| !chain.is_empty() && seen.insert(chain.clone()));
    }
    found
}

#[derive(Default)]
struct Reader<'a> {
    symbol: &'a str,
    /// The place of the last `.loc`, as the compiler writes it.
    at: &'a str,
    is_in_loop: bool,
    /// Whether the comment lines behind a label can still say that the block is in a loop.
    is_at_label: bool,
    /// The loads of the block by mnemonic and address, without their offsets.
    loads: BTreeMap<(&'a str, &'a str), Vec<(i64, &'a str)>>,
}

impl<'a> Reader<'a> {
    fn line(&mut self, line: &'a str, found: &mut BTreeMap<&'a str, Signs>) {
        let text = line.trim_start();
        let is_block = line.starts_with(".LBB") || line.starts_with("; %bb.");
        if !line.starts_with(['\t', ' ', '.', ';', '#']) || is_block {
            self.end_block(found);
            (self.is_in_loop, self.is_at_label) = (line.contains("Depth="), true);
            if !is_block {
                let label = line.split(';').next().unwrap_or(line).trim_end();
                self.symbol = label.strip_suffix(':').unwrap_or(self.symbol);
            }
        } else if text.starts_with(';') {
            self.is_in_loop |= self.is_at_label && text.contains("Depth=");
            if let Some(bytes) = text.strip_prefix("; codeLenInByte = ") {
                found.entry(self.symbol).or_default().bytes = bytes.trim().parse().unwrap_or(0);
            }
        } else if text.starts_with(".loc") {
            // Line 0 has no place of its own, so the place before it stays.
            let place = line.split_once("; ").map(|(_, chain)| chain);
            self.at = place.filter(|chain| !chain.contains(":0:")).unwrap_or(self.at);
        } else if text.starts_with("s_endpgm") {
            self.end_block(found);
        } else if !text.starts_with('.')
            && let Some((word, rest)) = text.split_once([' ', '\t'])
        {
            self.is_at_label = false;
            self.instruction(word, rest, found.entry(self.symbol).or_default());
        }
    }

    fn instruction(&mut self, word: &'a str, rest: &'a str, signs: &mut Signs) {
        if word.contains("cmpswap") || word.starts_with("ds_cmpst") {
            signs.loops.push(chain(self.at));
        }
        if word.starts_with("v_") && word.contains("f64") {
            signs.doubles.push(chain(self.at));
        }
        let is_buffer =
            (word.starts_with("buffer_load") || word.starts_with("buffer_store")) && !rest.contains("lds");
        if word.starts_with("scratch_load") || word.starts_with("scratch_store") || is_buffer {
            signs.scratch.push(chain(self.at));
        }
        if self.is_in_loop && (word.starts_with("v_div_fixup_f") || word.starts_with("v_rcp_iflag_f32")) {
            signs.divisions.push(chain(self.at));
        }
        signs.has_matrix |=
            ["v_mfma", "v_smfma", "v_wmma", "v_swmma"].iter().any(|unit| word.starts_with(unit));
        let mut operands = rest.split(';').next().unwrap_or(rest).split(", ");
        let target = operands.next().unwrap_or("");
        let is_load = size(word).is_some() && self.is_in_loop;
        let address = if is_load { address(rest) } else { None };
        if let Some((address, offset)) = address {
            self.loads.entry((word, address)).or_default().push((offset, self.at));
        }
        // A register that changes is another address.
        if !word.contains("store") {
            let changed = registers(target);
            self.flush(signs, |address| changed.iter().any(|register| registers(address).contains(register)));
        }
    }

    fn end_block(&mut self, found: &mut BTreeMap<&'a str, Signs>) {
        if !self.loads.is_empty() {
            self.flush(found.entry(self.symbol).or_default(), |_| true);
        }
    }

    /// Notes the loads of the addresses that are `done`, if they are successive.
    fn flush(&mut self, signs: &mut Signs, done: impl Fn(&str) -> bool) {
        self.loads.retain(|&(word, address), loads| {
            if !done(address) {
                return true;
            }
            let step = size(word).unwrap_or(0);
            loads.sort_unstable_by_key(|&(offset, _)| offset);
            let mut start = 0;
            for end in 1..=loads.len() {
                if end < loads.len() && loads[end].0 - loads[end - 1].0 == i64::from(step) {
                    continue;
                }
                if end - start >= LEAST_LOADS {
                    signs.loads.push((chain(loads[start].1), end - start, step));
                }
                start = end;
            }
            false
        });
    }
}

/// Bytes that a lane loads with the instruction `word` from global memory, if one instruction could load more.
fn size(word: &str) -> Option<u32> {
    let name = word.strip_prefix("global_load_").or_else(|| word.strip_prefix("flat_load_"))?;
    match name {
        "ubyte" | "sbyte" | "u8" | "i8" => Some(1),
        "ushort" | "sshort" | "u16" | "i16" => Some(2),
        "dword" | "b32" => Some(4),
        _ => None,
    }
}

/// The address registers of a load with the operands `rest`, as one text, and its offset in bytes.
fn address(rest: &str) -> Option<(&str, i64)> {
    let (_, behind) = rest.split_once(", ")?;
    let (address, offset) = behind.split_once(" offset:").unwrap_or((behind, "0"));
    let offset = offset.split_whitespace().next()?.parse().ok()?;
    Some((address.split(" glc").next().unwrap_or(address).trim_end(), offset))
}

/// The registers that `text` names, such as `v3` of `v[2:3]`.
fn registers(text: &str) -> BTreeSet<(char, u32)> {
    let mut found = BTreeSet::new();
    for word in text.split([',', ' ']).map(str::trim) {
        let mut letters = word.chars();
        let Some(kind) = letters.next().filter(|kind| matches!(kind, 'v' | 's' | 'a')) else { continue };
        let rest = letters.as_str().trim_start_matches('[').trim_end_matches(']');
        let (first, last) = rest.split_once(':').unwrap_or((rest, rest));
        if let (Ok(first), Ok(last)) = (first.parse::<u32>(), last.parse::<u32>()) {
            found.extend((first..=last.min(first + 32)).map(|number| (kind, number)));
        }
    }
    found
}

fn chain(at: &str) -> Chain {
    at.split("@[").filter_map(|one| place(one.trim_end_matches([']', ' ']))).collect()
}

/// `path:line:column` without the column.
pub(super) fn place(text: &str) -> Option<Place> {
    let mut parts = text.trim().rsplitn(3, ':');
    let (_, line, path) = (parts.next()?, parts.next()?, parts.next()?);
    Some((path.to_owned(), line.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    const ASSEMBLY: &str = "\
_Z1kPf:                                 ; @_Z1kPf
; %bb.0:
\t.loc\t1 2 12                        ; /p/k.hip:2:12
\tv_div_fixup_f32 v2, v3, s10, v2
\tglobal_load_ubyte v8, v[4:5], off
\tglobal_load_ubyte v9, v[4:5], off offset:1
\tglobal_load_ubyte v10, v[4:5], off offset:2
\tglobal_load_ubyte v11, v[4:5], off offset:3
.LBB0_2:                                ; =>This Inner Loop Header: Depth=1
\t.loc\t1 3 12                        ; /p/k.hip:3:12
\tv_div_fixup_f32 v2, v3, s10, v2
\tglobal_load_ubyte v8, v[4:5], off
\tglobal_store_dword v[6:7], v8, off
\tglobal_load_ubyte v9, v[4:5], off offset:1
\tglobal_load_ubyte v10, v[4:5], off offset:2
\tglobal_load_ubyte v11, v[4:5], off offset:3
\tglobal_load_dword v12, v[12:13], off
\tglobal_load_dword v14, v[12:13], off offset:4
\tv_add_u32_e32 v4, 1, v4
\tglobal_load_ubyte v11, v[4:5], off offset:4
\tv_mfma_f32_16x16x16_f16 v[0:3], v[4:5], v[6:7], v[0:3]
\tscratch_load_dword v1, off, s0
; %bb.3:
\ts_endpgm
\t.section\t.AMDGPU.csdata
; codeLenInByte = 312
";

    #[test]
    fn signs_of_one_kernel() {
        let found = signs(ASSEMBLY);
        let signs = &found["_Z1kPf"];
        let line = |line| vec![("/p/k.hip".to_owned(), line)];
        assert_eq!(signs.divisions, [line(3)], "a division outside of loops does not count");
        assert_eq!(signs.loads, [(line(3), 4, 1)]);
        assert_eq!((signs.scratch.len(), signs.has_matrix, signs.bytes), (1, true, 312));
    }

    #[test]
    fn registers_in_operands() {
        assert_eq!(registers("v[4:5], off"), [('v', 4), ('v', 5)].into());
        assert_eq!(registers("s12"), [('s', 12)].into());
        assert_eq!(registers("off, vcc, exec"), BTreeSet::new());
    }
}
