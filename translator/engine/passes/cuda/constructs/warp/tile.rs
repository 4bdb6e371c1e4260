//! Functions of tiles of at most 32 threads that not every release has, or that return 64 bits where CUDA returns 32.
//!
//! It does not guess the type of a variable: without a declaration that shows the size of a tile, nothing is rewritten.

use std::ops::Range;

use tranship_rules::{Level, Release, Rule};

use super::super::groups::made_by_call;
use crate::cpp::Unit;
use crate::cpp::call_site as site;
use crate::cpp::constants::{Constant, evaluate};
use crate::cpp::declared::{declared, member};
use crate::finding::{Finding, Fix};
use crate::pass::Pass;
use crate::text::{Edit, Piece};

/// Handles the call of a member function of a tile at token `index`. Returns `false` if the call is not on such a tile.
pub(crate) fn tile(pass: &mut Pass, index: usize, rule: &'static Rule) -> bool {
    let unit = pass.unit;
    let tokens = unit.tokens();
    let name = unit.slice(tokens[index].span()).into_owned();
    let Some(receiver) =
        index.checked_sub(2).filter(|&at| tokens[at + 1].is_punct(b'.') && !unit.is_member(at))
    else {
        return false;
    };
    let Some(arguments) = site::arguments(unit, index) else { return false };
    let made = made_by_call(unit, receiver).filter(|&(made, _)| unit.is_word(made, "tiled_partition"));
    let start = made.map_or(receiver, |(_, start)| start);
    if matches!(Group::of(unit, receiver, index), Some(Group::Coalesced)) {
        // The helper that replaces such a group has all of these functions.
        return true;
    }
    let is_tile = match made {
        Some((made, _)) => size(pass, made + 1, receiver).is_some_and(|size| size <= 32),
        None => is_tile_of_a_warp(pass, receiver, index),
    };
    if !is_tile {
        return false;
    }
    if name.starts_with("shfl") && !needs_words(unit, index, arguments.first()) {
        return true;
    }
    if has(pass.context.target.rocm, &name) {
        return true;
    }
    let call = unit.span_of(start..index + 2);
    let given = if arguments.iter().any(|argument| !argument.is_empty()) { ", " } else { "" };
    let pieces = vec![
        Piece::Text(format!("tranship::tile_{name}(").into()),
        Piece::Span(unit.span_of(start..receiver + 1)),
        Piece::Text(given.into()),
    ];
    let fix = Fix::One(Edit::pieces(call, pieces));
    pass.report(Finding::of(rule, tokens[index].span()).at(Level::Safe).with(fix));
    true
}

/// Whether a shuffle of `value` needs the helper. HIP's tiles shuffle numbers only (`static_assert` in HIP 5.2.3 and 6.4).
fn needs_words(unit: &Unit, index: usize, value: Option<&Range<usize>>) -> bool {
    const NUMBERS: &[&[u8]] = &[
        b"auto",
        b"bool",
        b"char",
        b"double",
        b"float",
        b"int",
        b"int32_t",
        b"int64_t",
        b"int8_t",
        b"int16_t",
        b"long",
        b"short",
        b"signed",
        b"size_t",
        b"uint",
        b"uint32_t",
        b"uint64_t",
        b"uint8_t",
        b"uint16_t",
        b"unsigned",
    ];
    let tokens = unit.tokens();
    let Some(value) = value else { return false };
    let name = value.start;
    let Some(function) = unit.function_at(tokens[index].start) else { return false };
    let Some(kind) = declared(unit, function, unit.text(&tokens[name]), name) else { return false };
    let kind = match &tokens[value.clone()] {
        [_] => Some(kind),
        [_, dot, part] if dot.is_punct(b'.') => {
            kind.rev().find_map(|at| member(unit, unit.text(&tokens[at]), unit.text(part)))
        }
        _ => None,
    };
    let Some(kind) = kind else { return false };
    let is_mark = kind.clone().any(|at| tokens[at].is_punct(b'*'));
    !is_mark && !kind.into_iter().any(|at| NUMBERS.contains(&unit.text(&tokens[at])))
}

/// Whether tiles of this release have the function with CUDA's result (HIP headers 5.2.3, 6.4 and 7.1). Before 7.0
/// votes are declared only under a macro, and from 7.0 on they return 64 bits.
fn has(rocm: Release, name: &str) -> bool {
    name.starts_with("meta_group") && rocm >= Release::new(6, 0)
}

/// Whether the variable at token `receiver` is declared as a tile of at most 32 threads, or of a size that is not known. The
/// functions of the support header take larger tiles too.
fn is_tile_of_a_warp(pass: &Pass, receiver: usize, index: usize) -> bool {
    let kind = Group::of(pass.unit, receiver, index);
    let Some(Group::Tile(place)) = kind else { return false };
    size(pass, place.start, place.end).is_none_or(|size| size <= 32)
}

/// The declared type of a variable that is a group of threads of one warp.
pub(crate) enum Group {
    /// A tile. The tokens begin with the list of template arguments that contains its size.
    Tile(Range<usize>),
    /// A group of the active threads.
    Coalesced,
}

impl Group {
    /// The declared type of the variable at token `name`, which the call at `index` uses.
    pub(crate) fn of(unit: &Unit, name: usize, index: usize) -> Option<Self> {
        const COALESCED: &[&str] =
            &["coalesced_group", "coalesced_threads", "binary_partition", "labeled_partition"];
        let tokens = unit.tokens();
        let function = unit.function_at(tokens[index].start)?;
        let kind = declared(unit, function, unit.text(&tokens[name]), name)?;
        let is_auto = kind.clone().any(|at| unit.is_word(at, "auto"));
        let end = (kind.end..index).find(|&at| tokens[at].is_punct(b';')).unwrap_or(index);
        let (word, mut place) =
            if is_auto { ("tiled_partition", kind.end..end) } else { ("thread_block_tile", kind) };
        if place.clone().any(|at| COALESCED.iter().any(|word| unit.is_word(at, word))) {
            return Some(Self::Coalesced);
        }
        let limit = place.end;
        let at = place.find(|&at| unit.is_word(at, word))?;
        tokens.get(at + 1).is_some_and(|t| t.is_punct(b'<')).then_some(Self::Tile(at + 1..limit))
    }
}

/// The first template argument of the list that opens at token `open`.
fn size(pass: &Pass, open: usize, limit: usize) -> Option<u32> {
    let unit = pass.unit;
    let tokens = unit.tokens();
    let end = (open + 1..limit.min(tokens.len()))
        .find(|&at| tokens[at].is_punct(b'>') || tokens[at].is_punct(b','))?;
    evaluate(unit, open + 1..end, &|word| pass.constant(word)).map(Constant::low)
}
