//! The figures of kernels in the output of a compiler: remarks about resources, and the assembly. It runs no compiler.

use std::collections::BTreeMap;

use tranship_rules::Architecture;

use super::assembly::{self, Place, Signs, signs};

/// What one kernel needs on one architecture. A number is `None` where the compiler does not know it, as in a kernel that
/// calls a function of another file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Figures {
    /// Vector registers of a lane, without accumulation registers.
    pub vgprs: Option<u32>,
    /// Accumulation registers of a lane.
    pub agprs: Option<u32>,
    /// Scalar registers of a wave.
    pub sgprs: Option<u32>,
    /// Static shared memory of a block in bytes.
    pub lds: Option<u32>,
    /// Scratch memory of a lane in bytes.
    pub scratch: Option<u32>,
    /// Vector registers that were spilled.
    pub vgpr_spills: Option<u32>,
    /// Scalar registers that were spilled.
    pub sgpr_spills: Option<u32>,
    /// Waves that a SIMD unit can hold at once.
    pub occupancy: Option<u32>,
    /// The most threads of a block for which the kernel is compiled.
    pub most_threads: u32,
}

impl Figures {
    /// All vector registers of a lane.
    pub fn registers(&self) -> Option<u32> {
        Some(self.vgprs? + self.agprs.unwrap_or(0))
    }

    /// Whether registers are spilled, or values are in scratch memory.
    pub fn uses_scratch(&self) -> bool {
        [self.scratch, self.vgpr_spills].iter().any(|value| value.is_some_and(|value| value > 0))
    }

    /// Whether these figures are better than `before` in one respect and worse in none.
    pub fn is_better_than(&self, before: &Self) -> bool {
        let pairs = [
            (before.scratch, self.scratch),
            (before.vgpr_spills, self.vgpr_spills),
            // More waves are better, so the order of the two is exchanged.
            (self.occupancy, before.occupancy),
        ];
        let known = || pairs.iter().filter_map(|&(old, new)| Some((old?, new?)));
        known().count() == pairs.len()
            && known().all(|(old, new)| new <= old)
            && known().any(|(old, new)| new < old)
    }

    /// Whether these figures are worth a change from `before`: better in one respect and worse in none, or without the scratch
    /// memory of `before` for at most a quarter of its waves.
    pub fn is_worth_more_than(&self, before: &Self) -> bool {
        let waves = self.occupancy.zip(before.occupancy);
        let keeps_waves = waves.is_some_and(|(after, before)| after * 4 >= before * 3);
        self.is_better_than(before)
            || (before.uses_scratch()
                && self.scratch == Some(0)
                && self.vgpr_spills == Some(0)
                && keeps_waves)
    }

    /// What keeps the kernel from `architecture.waves` waves; `None` where nothing does or the compiler does not know.
    pub fn limit(&self, architecture: &Architecture) -> Option<&'static str> {
        let waves = self.occupancy.filter(|&waves| waves < architecture.waves)?;
        let by_registers = match (architecture.wave, architecture.vgprs) {
            (64, file @ 512) => file / self.registers()?.max(1).next_multiple_of(8),
            (64, file) => file / self.vgprs.max(self.agprs)?.max(1).next_multiple_of(4),
            // The register files of RDNA hold 1,024 or 1,536 registers of a lane in 16 or 20 waves.
            _ if self.registers()? > 48 => waves,
            _ => architecture.waves,
        };
        Some(if by_registers <= waves || self.lds == Some(0) { "registers" } else { "shared memory" })
    }
}

/// One kernel in the output of a compiler.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Compiled {
    /// The mangled name.
    pub symbol: String,
    /// Where it is defined.
    pub place: Place,
    /// What it needs.
    pub figures: Figures,
    /// What its instructions show.
    pub signs: Signs,
}

const REMARK: &str = "[-Rpass-analysis=kernel-resource-usage]";

/// The kernels in the `remarks` of a compiler and in its `assembly`, in the order of the remarks.
pub fn read(remarks: &str, assembly: &str) -> Vec<Compiled> {
    let bounds = bounds(assembly);
    let mut all = signs(assembly);
    let mut kernels: Vec<Compiled> = Vec::new();
    let mut is_kernel = false;
    for line in remarks.lines().filter_map(|line| line.strip_suffix(REMARK)) {
        let Some((place, text)) = line.split_once(": remark: ") else { continue };
        let Some((name, value)) = text.split_once(": ") else { continue };
        let value = value.trim();
        if name.trim() == "Function Name" {
            let Some(place) = assembly::place(place) else { continue };
            is_kernel = bounds.contains_key(value);
            if let Some(&most_threads) = bounds.get(value) {
                let figures = Figures { most_threads, ..Figures::default() };
                let signs = all.remove(value).unwrap_or_default();
                kernels.push(Compiled { symbol: value.to_owned(), place, figures, signs });
            }
        } else if let Some(kernel) = kernels.last_mut().filter(|_| is_kernel) {
            set(&mut kernel.figures, name.trim(), value.parse().ok());
        }
    }
    kernels
}

fn set(figures: &mut Figures, name: &str, value: Option<u32>) {
    // The unit in brackets behind a name differs between releases.
    let name = name.split(" [").next().unwrap_or(name);
    let field = match name {
        "TotalSGPRs" | "SGPRs" => &mut figures.sgprs,
        "VGPRs" => &mut figures.vgprs,
        "AGPRs" => &mut figures.agprs,
        "ScratchSize" => &mut figures.scratch,
        "Occupancy" => &mut figures.occupancy,
        "SGPRs Spill" => &mut figures.sgpr_spills,
        "VGPRs Spill" => &mut figures.vgpr_spills,
        "LDS Size" => &mut figures.lds,
        _ => return,
    };
    *field = value;
}

/// The most threads of a block of each kernel, by its symbol, from the metadata at the end of the assembly.
fn bounds(assembly: &str) -> BTreeMap<&str, u32> {
    let mut bounds = BTreeMap::new();
    let mut most = 0;
    for line in assembly.lines() {
        if let Some(value) = line.trim_start().strip_prefix(".max_flat_workgroup_size:") {
            most = value.trim().parse().unwrap_or(0);
        } else if let Some(value) = line.trim_start().strip_prefix(".symbol:") {
            let symbol = value.trim().trim_matches('\'');
            bounds.insert(symbol.strip_suffix(".kd").unwrap_or(symbol), most);
        }
    }
    bounds
}

#[cfg(test)]
mod tests {
    use super::*;

    const ASSEMBLY: &str = "\
_Z3addPf:                               ; @_Z3addPf
; %bb.0:
\t.loc\t2 264 12                        ; /hip/amd_hip_atomic.h:264:12 @[ /p/k.hip:5:3 ]
.LBB0_1:
\tglobal_atomic_cmpswap v0, v41, v[0:1], s[36:37] glc
\t.loc\t2 0 12 is_stmt 0                ; /hip/amd_hip_atomic.h:0:12
\tglobal_atomic_cmpswap v0, v41, v[0:1], s[36:37] glc
\ts_endpgm
_Z4fillPf:                              ; @_Z4fillPf
\t.loc\t1 9 3                           ; /p/k.hip:9:3
\tv_mul_f64 v[0:1], v[0:1], s[0:1]
\tv_cvt_f32_f64_e32 v0, v[0:1]
\tglobal_store_dword v0, v1, s[0:1]
\t.amdgpu_metadata
amdhsa.kernels:
  - .agpr_count:     0
    .max_flat_workgroup_size: 1024
    .name:           _Z3addPf
    .symbol:         _Z3addPf.kd
  - .agpr_count:     0
    .max_flat_workgroup_size: 256
    .symbol:         '_Z4fillPf.kd'
";

    fn remarks(symbol: &str, lines: &[&str]) -> String {
        let first = format!("Function Name: {symbol}");
        let all = std::iter::once(first.as_str()).chain(lines.iter().copied());
        all.map(|line| format!("/p/k.hip:3:1: remark: {line} {REMARK}\n")).collect::<Vec<_>>().concat()
    }

    #[test]
    fn remarks_and_assembly_give_the_figures_of_each_kernel() {
        let helper = remarks("_Z6helperf", &["    VGPRs: 99"]);
        let add = remarks(
            "_Z3addPf",
            &[
                "    TotalSGPRs: 12",
                "    VGPRs: 3",
                "    AGPRs: 4",
                "    ScratchSize [bytes/lane]: 16",
                "    Dynamic Stack: False",
                "    Occupancy [waves/SIMD]: 8",
                "    SGPRs Spill: 0",
                "    VGPRs Spill: 2",
                "    LDS Size [bytes/block]: 1024",
            ],
        );
        let fill = remarks("_Z4fillPf", &["    VGPRs: _Z4fillPf.num_vgpr", "    LDS Size [bytes/block]: 0"]);
        let found = read(&format!("{add}{helper}{fill}"), ASSEMBLY);
        assert_eq!(found.len(), 2, "a function that is no kernel is left out: {found:?}");
        let wanted = Figures {
            vgprs: Some(3),
            agprs: Some(4),
            sgprs: Some(12),
            lds: Some(1024),
            scratch: Some(16),
            vgpr_spills: Some(2),
            sgpr_spills: Some(0),
            occupancy: Some(8),
            most_threads: 1024,
        };
        assert_eq!((&found[0].figures, &found[0].place), (&wanted, &("/p/k.hip".to_owned(), 3)));
        let place = |path: &str, line| (path.to_owned(), line);
        assert_eq!(found[0].signs.loops, [vec![place("/hip/amd_hip_atomic.h", 264), place("/p/k.hip", 5)]]);
        assert_eq!(
            (found[1].figures.vgprs, found[1].figures.lds),
            (None, Some(0)),
            "a symbolic value is unknown"
        );
        assert_eq!((found[1].figures.most_threads, found[1].signs.loops.len()), (256, 0));
        assert_eq!(
            (found[0].signs.doubles.len(), &found[1].signs.doubles[..]),
            (0, &vec![vec![place("/p/k.hip", 9)]; 2][..])
        );
    }

    #[test]
    fn better_figures_are_worse_in_nothing() {
        let of = |scratch, spills, waves| Figures {
            scratch: Some(scratch),
            vgpr_spills: Some(spills),
            occupancy: Some(waves),
            ..Figures::default()
        };
        assert!(of(0, 0, 4).is_better_than(&of(8, 2, 4)));
        assert!(of(8, 2, 5).is_better_than(&of(8, 2, 4)));
        assert!(!of(8, 2, 4).is_better_than(&of(8, 2, 4)), "equal figures are not better");
        assert!(!of(0, 0, 1).is_better_than(&of(8, 2, 4)), "fewer waves are worse");
        assert!(!Figures::default().is_better_than(&of(8, 2, 4)), "unknown figures are not better");
    }

    #[test]
    fn a_quarter_of_the_waves_is_the_price_of_all_scratch_memory() {
        let of = |scratch, waves| Figures {
            scratch: Some(scratch),
            vgpr_spills: Some(0),
            occupancy: Some(waves),
            ..Figures::default()
        };
        assert!(of(0, 3).is_worth_more_than(&of(156, 4)));
        assert!(!of(0, 2).is_worth_more_than(&of(156, 4)), "half of the waves is too much");
        assert!(!of(16, 3).is_worth_more_than(&of(156, 4)), "scratch memory is left");
        assert!(!of(0, 3).is_worth_more_than(&of(0, 4)));
    }

    #[test]
    fn a_limit_is_named_below_the_waves_of_the_architecture() {
        let on = |name: &str| tranship_rules::architecture(name).unwrap();
        let of = |vgprs, agprs, lds, waves| Figures {
            vgprs: Some(vgprs),
            agprs: Some(agprs),
            lds: Some(lds),
            occupancy: Some(waves),
            ..Figures::default()
        };
        assert_eq!(of(20, 0, 0, 8).limit(on("gfx942")), None);
        assert_eq!(of(128, 0, 0, 4).limit(on("gfx942")), Some("registers"));
        assert_eq!(of(120, 8, 4096, 4).limit(on("gfx942")), Some("registers"));
        assert_eq!(of(20, 0, 40_000, 4).limit(on("gfx942")), Some("shared memory"));
        assert_eq!(of(40, 0, 40_000, 8).limit(on("gfx1100")), Some("shared memory"));
    }
}
