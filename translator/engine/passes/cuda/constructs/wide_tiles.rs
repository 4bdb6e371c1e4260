//! Tiles of more threads than a warp. HIP has none, so they become a class of the support header.
//!
//! It does not follow a size through templates: in a file with memory for such tiles, a size that is not known may be large.

use tranship_rules::{Level, Rule};

use super::groups::start_of_name;
use crate::cpp::Unit;
use crate::cpp::call_site as site;
use crate::cpp::constants::{Constant, evaluate};
use crate::finding::{Finding, Fix};
use crate::pass::Pass;
use crate::text::Edit;

/// Under which condition the barriers of such a tile are right.
const ASSUMPTION: &str = "no lane waits for a lane of its own wave that has not arrived yet";

/// Whether the file has memory for tiles of more than a warp.
pub(super) fn has_memory(unit: &Unit) -> bool {
    !unit.places(b"block_tile_memory", 0..unit.tokens().len()).is_empty()
}

/// Rewrites the name `tiled_partition` at token `index`.
pub(super) fn partition(pass: &mut Pass, index: usize, finding: Finding) {
    let unit = pass.unit;
    let edit =
        Edit::replace(unit.span_of(start_of_name(unit, index)..index + 1), "tranship::partition_block");
    let what = "a tile may have more threads than a warp, which HIP's tiles do not have";
    let finding = finding.at(Level::Review).saying(what).assuming(ASSUMPTION);
    pass.report(finding.with(Fix::One(edit)));
}

/// Rewrites the name of the memory, of the type of such a tile, or of the function that takes the memory, at token `index`.
pub(super) fn name(pass: &mut Pass, index: usize, rule: &'static Rule) {
    let unit = pass.unit;
    if unit.is_member(index) || unit.places(b"cooperative_groups", 0..unit.tokens().len()).is_empty() {
        return;
    }
    let start = start_of_name(unit, index);
    let edit = match unit.text(&unit.tokens()[index]) {
        b"block_tile_memory" if start == index => {
            Some(Edit::replace(unit.tokens()[index].span(), "tranship::block_tile_memory"))
        }
        b"thread_block_tile" => tile_type(pass, start, index),
        b"this_thread_block" => memory_argument(unit, index),
        _ => None,
    };
    let Some(edit) = edit else { return };
    let what = "HIP has no tiles of more threads than a warp";
    pass.report(
        Finding::of(rule, unit.tokens()[index].span()).at(Level::Safe).saying(what).with(Fix::One(edit)),
    );
}

/// The edit of a type `thread_block_tile<size, parent>` with a size of more than a warp.
fn tile_type(pass: &Pass, start: usize, index: usize) -> Option<Edit> {
    let unit = pass.unit;
    let tokens = unit.tokens();
    let open = tokens.get(index + 1).filter(|t| t.is_punct(b'<')).map(|_| index + 1)?;
    let close = unit.lexed.angle_close(open, tokens.len())?;
    let end = (open..close).find(|&at| tokens[at].is_punct(b',')).unwrap_or(close);
    let size = evaluate(unit, open + 1..end, &|word| pass.constant(word)).map(Constant::low)?;
    (size > 32)
        .then(|| Edit::replace(unit.span_of(start..close + 1), format!("tranship::block_tile<{size}>")))
}

/// The edit that removes the memory from the arguments of `this_thread_block`.
fn memory_argument(unit: &Unit, index: usize) -> Option<Edit> {
    let [memory] = site::arguments(unit, index)?.try_into().ok()?;
    (!memory.is_empty()).then(|| Edit::remove(unit.span_of(memory)))
}
