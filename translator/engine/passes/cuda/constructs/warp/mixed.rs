//! Functions whose shuffles and votes keep 32 lanes while code for HIP gives the width of a warp another value.
//!
//! It reports only functions that use both. The branches for HIP stay as they are.

use rustc_hash::FxHashSet;
use tranship_rules::{Level, rule};

use crate::cpp::{TokenKind, Unit};
use crate::index::lanes::keeps_32_lanes_in_hip;
use crate::pass::Pass;

/// Reports, once for each name in a function, a width at the tokens `widths` beside warp functions at the tokens `calls`.
pub(crate) fn check(pass: &mut Pass, widths: &[usize], calls: &[usize]) {
    if pass.context.target.wave() == Some(32) {
        return;
    }
    let unit = pass.unit;
    let mut seen: FxHashSet<(usize, &[u8])> = FxHashSet::default();
    for &at in widths {
        let Some(function) = unit.function_at(unit.tokens()[at].start) else { continue };
        let inside = calls.partition_point(|&call| call < function.body.start)
            ..calls.partition_point(|&call| call < function.body.end);
        let word = unit.text(&unit.tokens()[at]);
        let inside: Vec<usize> =
            calls[inside].iter().copied().filter(|&call| keeps_32_lanes(pass, call)).collect();
        if inside.is_empty() || !seen.insert((function.name, word)) {
            continue;
        }
        if inside.iter().all(|&call| needs_no_values(unit, call)) {
            continue;
        }
        let Some(place) = place_for_hip(pass, word) else { continue };
        let name = unit.slice(unit.tokens()[function.name].span());
        let width = String::from_utf8_lossy(word);
        let what = format!(
            "`{name}` uses `{width}`, which HIP gives the width of the wave{place}, and warps keep 32 lanes"
        );
        let todo = "define the width as 32 for HIP too, or convert with `--warp native`";
        let finding = pass.finding(rule::MIXED_WIDTH, unit.tokens()[at].span());
        pass.report_all(finding.map(|finding| finding.at(Level::Manual).saying(what).advising(todo)));
    }
}

/// Whether the warp function at token `call` works on 32 lanes. In code that is HIP already, a helper or a width of 32 shows it.
fn keeps_32_lanes(pass: &Pass, call: usize) -> bool {
    !pass.unit.is_hip() || keeps_32_lanes_in_hip(pass.unit, &pass.context.rules, call)
}

/// Whether the warp function at token `call` takes no values of other lanes.
fn needs_no_values(unit: &Unit, call: usize) -> bool {
    let word = unit.text(&unit.tokens()[call]);
    matches!(word, b"__syncwarp" | b"__activemask" | b"syncwarp" | b"activemask")
}

/// Where `word` becomes the width of the wave for HIP, for a message; `None` where it does not.
fn place_for_hip(pass: &Pass, word: &[u8]) -> Option<String> {
    if word == b"warpSize" {
        return Some(String::new());
    }
    let index = &pass.context.index;
    let in_unit = |path: &std::path::Path| {
        pass.unit.source.path == path || pass.shares_unit_with(&|other| other == path)
    };
    let (path, line) = index.hip_widths(word).iter().find(|(path, _)| in_unit(path))?;
    Some(format!(" ({}:{line})", path.display()))
}

/// Whether the word at token `index` uses the width of a warp, and does not define it.
pub(crate) fn is_use(unit: &Unit, index: usize) -> bool {
    unit.tokens()[index].kind == TokenKind::Identifier
        && !unit.is_member(index)
        && unit.directive_of(index).is_none()
        && unit.function_at(unit.tokens()[index].start).is_some()
}
