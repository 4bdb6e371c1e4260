//! Members of cooperative groups that HIP's classes lack, or that have another meaning there.
//!
//! It does not guess the type of a variable. Without a declaration that shows the kind of a group, nothing is rewritten.

use std::ops::Range;

use tranship_rules::{Level, Release, Rule};

use super::wide_tiles;
use crate::cpp::call_site as site;
use crate::cpp::constants::{Constant, evaluate};
use crate::cpp::declared::declared;
use crate::cpp::{TokenKind, Unit};
use crate::finding::{Finding, Fix};
use crate::pass::{Pass, Warp};
use crate::text::{Edit, Piece};

/// The kinds of groups, as far as their members differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Block,
    Grid,
    Tile,
    Coalesced,
    /// A group of any kind at run time, or the group of several grids.
    Other,
    /// The type is a parameter of a template.
    Parameter,
}

/// The object in front of the `.` of a member.
struct Receiver {
    /// Its tokens.
    tokens: Range<usize>,
    kind: Kind,
    is_const: bool,
}

/// Checks the name of a member at token `index`, or `tiled_partition`.
pub(crate) fn member(pass: &mut Pass, index: usize, rule: &'static Rule) {
    let unit = pass.unit;
    let name = unit.text(&unit.tokens()[index]);
    match name {
        b"tiled_partition" => return partition(pass, index, rule),
        b"this_thread_block" | b"thread_block_tile" | b"block_tile_memory" => {
            return wide_tiles::name(pass, index, rule);
        }
        _ => {}
    }
    let Some(open) = site::call_open(unit, index).filter(|_| index >= 2) else { return };
    let Some(close) = unit.lexed.close_of(open, unit.tokens().len()) else { return };
    if unit.tokens()[index - 1].is_double(b':') {
        return of_class(pass, index, close, rule);
    }
    let Some(receiver) = receiver(unit, index) else { return };
    of_object(pass, index, close, &receiver, rule);
}

/// Handles a member of an object. The member is at token `index`, and its call ends at token `close`.
fn of_object(pass: &mut Pass, index: usize, close: usize, receiver: &Receiver, rule: &'static Rule) {
    let unit = pass.unit;
    let name = unit.slice(unit.tokens()[index].span()).into_owned();
    let call = unit.span_of(receiver.tokens.start..close + 1);
    let finding = Finding::of(rule, unit.tokens()[index].span());
    let has_helper = receiver.kind == Kind::Coalesced && pass.context.warp == Warp::Logical32;
    if name == "num_threads" && !has_helper {
        let finding = finding.with(Fix::One(Edit::replace(unit.tokens()[index].span(), "size")));
        let finding = match receiver.kind {
            Kind::Parameter => {
                finding.at(Level::Review).assuming("the template is used with cooperative groups only")
            }
            _ => finding.at(Level::Safe),
        };
        return pass.report(
            finding.saying("not every release has `num_threads` of a group; `size` is the same number"),
        );
    }
    if !matches!(receiver.kind, Kind::Block | Kind::Grid) {
        if name == "get_type" && receiver.kind != Kind::Parameter {
            pass.report(finding.at(Level::Manual).saying("`get_type` is internal to CUDA's groups"));
        }
        return;
    }
    if matches!(name.as_str(), "barrier_arrive" | "barrier_wait") {
        return split_barrier(pass, index, receiver, rule);
    }
    if is_right(receiver, &name, pass.context.target.rocm) {
        return;
    }
    match expression(receiver.kind, &name) {
        Some(text) => {
            let what = format!("`{name}` of {} needs another spelling in HIP", shown(receiver.kind));
            pass.report(finding.at(Level::Safe).saying(what).with(Fix::One(Edit::replace(call, text))));
        }
        None if !matches!(name.as_str(), "size" | "thread_rank" | "sync") => {
            let what = format!("HIP has no `{name}` of {}", shown(receiver.kind));
            pass.report(finding.at(Level::Manual).saying(what));
        }
        None => {}
    }
}

/// Whether HIP's member has the meaning of CUDA's. In HIP 5.2.3 a block has no `group_dim`. In HIP 6.4 `group_dim` of a
/// grid is the size of a block. The members of a block with a dimension as result are not `const` in HIP 5.2.3 and 6.4.
fn is_right(receiver: &Receiver, name: &str, rocm: Release) -> bool {
    match (receiver.kind, name) {
        (_, "size" | "thread_rank" | "sync") => true,
        (Kind::Block, "group_index" | "thread_index") => !receiver.is_const,
        (Kind::Block, "group_dim") => !receiver.is_const && rocm >= Release::new(6, 0),
        _ => false,
    }
}

/// Rewrites a barrier in two parts: the first part does nothing, and the second part is the whole barrier.
fn split_barrier(pass: &mut Pass, index: usize, receiver: &Receiver, rule: &'static Rule) {
    let unit = pass.unit;
    let name = unit.slice(unit.tokens()[index].span()).into_owned();
    let finding = Finding::of(rule, unit.tokens()[index].span());
    if !unit.places(b"arrival_token", 0..unit.tokens().len()).is_empty() {
        let what = format!(
            "HIP has no `{name}` of {}, and the code names the type of its token",
            shown(receiver.kind)
        );
        return pass.report(finding.at(Level::Manual).saying(what));
    }
    let given = if name == "barrier_wait" { ", " } else { "" };
    let pieces = vec![
        Piece::Text(format!("tranship::{name}(").into()),
        Piece::Span(unit.span_of(receiver.tokens.clone())),
        Piece::Text(given.into()),
    ];
    let edit = Edit::pieces(unit.span_of(receiver.tokens.start..index + 2), pieces);
    let what = format!("HIP has no `{name}` of {}", shown(receiver.kind));
    let assumption = "no thread waits between the two parts for a thread that has passed the second part";
    pass.report(finding.at(Level::Review).saying(what).assuming(assumption).with(Fix::One(edit)));
}

/// Handles a static member, as in `cg::thread_block::sync()`. Members of HIP's classes are not static in every release.
fn of_class(pass: &mut Pass, index: usize, close: usize, rule: &'static Rule) {
    let unit = pass.unit;
    let tokens = unit.tokens();
    let name = unit.slice(tokens[index].span()).into_owned();
    let before = index - 2;
    let (class, argument) = if tokens[before].is_punct(b'>') {
        let Some(open) = (before.saturating_sub(40)..before)
            .rev()
            .find(|&at| unit.lexed.angle_close(at, before + 1) == Some(before))
        else {
            return;
        };
        let Some(class) = open.checked_sub(1) else { return };
        let comma = (open..before).find(|&at| tokens[at].is_punct(b','));
        (class, Some(open + 1..comma.unwrap_or(before)))
    } else {
        (before, None)
    };
    let Some(kind) = kind_of_class(unit.text(&tokens[class])) else { return };
    if unit.places(b"cooperative_groups", 0..tokens.len()).is_empty() {
        return;
    }
    let whole = unit.span_of(start_of_name(unit, class)..close + 1);
    let finding = Finding::of(rule, tokens[index].span());
    let edit = match (kind, argument) {
        (Kind::Tile, Some(argument)) if matches!(name.as_str(), "size" | "num_threads") => {
            let pieces = vec![
                Piece::Text("static_cast<unsigned>(".into()),
                Piece::Span(unit.span_of(argument)),
                Piece::Text(")".into()),
            ];
            Some(Edit::pieces(whole, pieces))
        }
        (Kind::Block | Kind::Grid, None) => expression(kind, &name).map(|text| Edit::replace(whole, text)),
        _ => None,
    };
    let what = format!("`{name}` of {} is not static in HIP", shown(kind));
    match edit {
        Some(edit) => pass.report(finding.at(Level::Safe).saying(what).with(Fix::One(edit))),
        None => pass.report(finding.at(Level::Manual).saying(what)),
    }
}

/// Checks a partition into tiles: tiles of more threads than a warp, and tiles of a tile.
fn partition(pass: &mut Pass, index: usize, rule: &'static Rule) {
    let unit = pass.unit;
    let tokens = unit.tokens();
    let Some(open) = tokens.get(index + 1).filter(|t| t.is_punct(b'<')).map(|_| index + 1) else { return };
    let Some(angle) = unit.lexed.angle_close(open, tokens.len()) else { return };
    if !tokens.get(angle + 1).is_some_and(|t| t.is_punct(b'('))
        || unit.places(b"cooperative_groups", 0..tokens.len()).is_empty()
    {
        return;
    }
    let finding = Finding::of(rule, tokens[index].span());
    let size = evaluate(unit, open + 1..angle, &|word| pass.constant(word)).map(Constant::low);
    let warp =
        if pass.context.warp == Warp::Logical32 { 32 } else { pass.context.target.wave().unwrap_or(64) };
    if size.map_or_else(|| wide_tiles::has_memory(unit), |size| size > warp) {
        return wide_tiles::partition(pass, index, finding);
    }
    let Some(close) = unit.lexed.close_of(angle + 1, tokens.len()) else { return };
    let argument = angle + 2..close;
    let is_tile = argument.len() == 1
        && kind_of(unit, argument.start, index).is_some_and(|(kind, _)| kind == Kind::Tile);
    if !is_tile {
        return;
    }
    let what = "HIP cannot partition a tile";
    let counts_parents = [&b"meta_group_rank"[..], b"meta_group_size"]
        .iter()
        .any(|word| !unit.places(word, 0..tokens.len()).is_empty());
    if counts_parents {
        let todo =
            "partition the block, and compute the number of the tile in its parent from `thread_rank()`";
        return pass.report(finding.at(Level::Manual).saying(what).advising(todo));
    }
    // Tiles are aligned, so the smaller tiles of the block have the same threads.
    let start = start_of_name(unit, index);
    let qualifier =
        if start == index { String::new() } else { site::shown(unit, start..index).replace(' ', "") };
    let edit = Edit::replace(unit.span_of(argument), format!("{qualifier}this_thread_block()"));
    pass.report(finding.at(Level::Safe).saying(what).with(Fix::One(edit)));
}

/// The object whose member is at token `index`: a variable, or a call that makes a group.
fn receiver(unit: &Unit, index: usize) -> Option<Receiver> {
    let tokens = unit.tokens();
    let last = index.checked_sub(2).filter(|_| tokens[index - 1].is_punct(b'.'))?;
    if tokens[last].kind == TokenKind::Identifier && !unit.is_member(last) {
        let (kind, is_const) = kind_of(unit, last, index)?;
        return Some(Receiver { tokens: last..last + 1, kind, is_const });
    }
    let (name, start) = made_by_call(unit, last)?;
    let kind = kind_of_call(unit.text(&tokens[name]))?;
    Some(Receiver { tokens: start..last + 1, kind, is_const: false })
}

/// The name of the function whose call ends at token `last`, and the beginning of its qualified name.
pub(super) fn made_by_call(unit: &Unit, last: usize) -> Option<(usize, usize)> {
    let tokens = unit.tokens();
    let open = tokens[last].is_punct(b')').then(|| unit.lexed.open_of(last, 0)).flatten()?;
    let mut name = open.checked_sub(1)?;
    if tokens[name].is_punct(b'>') {
        let close = name;
        name = (close.saturating_sub(40)..close)
            .rev()
            .find(|&at| unit.lexed.angle_close(at, close + 1) == Some(close))?
            .checked_sub(1)?;
    }
    (tokens[name].kind == TokenKind::Identifier && !unit.is_member(name))
        .then(|| (name, start_of_name(unit, name)))
}

/// The beginning of the qualified name that ends at token `index`.
pub(super) fn start_of_name(unit: &Unit, index: usize) -> usize {
    let tokens = unit.tokens();
    let mut start = index;
    while start >= 2 && tokens[start - 1].is_double(b':') && tokens[start - 2].kind == TokenKind::Identifier {
        start -= 2;
    }
    start
}

/// The kind of the variable at token `name`, which the code at token `index` uses, and whether it is `const`.
fn kind_of(unit: &Unit, name: usize, index: usize) -> Option<(Kind, bool)> {
    let tokens = unit.tokens();
    let function = unit.function_at(tokens[index].start)?;
    let kind = declared(unit, function, unit.text(&tokens[name]), name)?;
    let words = |range: Range<usize>| range.filter(|&at| tokens[at].kind == TokenKind::Identifier);
    let is_const = words(kind.start.saturating_sub(1)..kind.end).any(|at| unit.is_word(at, "const"));
    if words(kind.clone()).any(|at| unit.is_word(at, "auto")) {
        let end = (kind.end..index).find(|&at| tokens[at].is_punct(b';')).unwrap_or(index);
        let made = words(kind.end + 1..end).find_map(|at| kind_of_call(unit.text(&tokens[at])))?;
        return Some((made, is_const));
    }
    if let Some(found) = words(kind.clone()).find_map(|at| kind_of_class(unit.text(&tokens[at]))) {
        return Some((found, is_const));
    }
    let mut plain = words(kind).filter(|&at| !unit.is_word(at, "const"));
    let only = plain.next().filter(|_| plain.next().is_none())?;
    let word = unit.text(&tokens[only]);
    let is_parameter = |&at: &u32| {
        (at as usize)
            .checked_sub(1)
            .is_some_and(|at| unit.is_word(at, "class") || unit.is_word(at, "typename"))
    };
    let uses_groups = !unit.places(b"cooperative_groups", 0..tokens.len()).is_empty();
    let is_template = uses_groups && unit.places(word, 0..only).iter().any(is_parameter);
    is_template.then_some((Kind::Parameter, is_const))
}

fn kind_of_class(word: &[u8]) -> Option<Kind> {
    Some(match word {
        b"thread_block" => Kind::Block,
        b"grid_group" => Kind::Grid,
        b"thread_block_tile" => Kind::Tile,
        b"coalesced_group" => Kind::Coalesced,
        b"thread_group" | b"multi_grid_group" => Kind::Other,
        _ => return None,
    })
}

fn kind_of_call(word: &[u8]) -> Option<Kind> {
    Some(match word {
        b"this_thread_block" => Kind::Block,
        b"this_grid" => Kind::Grid,
        b"tiled_partition" => Kind::Tile,
        b"coalesced_threads" | b"binary_partition" | b"labeled_partition" => Kind::Coalesced,
        b"this_multi_grid" | b"this_thread" => Kind::Other,
        _ => return None,
    })
}

fn shown(kind: Kind) -> &'static str {
    match kind {
        Kind::Block => "a block",
        Kind::Grid => "a grid",
        Kind::Tile => "a tile",
        Kind::Coalesced => "the active threads",
        Kind::Other | Kind::Parameter => "a group",
    }
}

/// The member `name` without its object, by the variables that every kernel has (CUDA C++ Programming Guide 12.4,
/// cooperative groups).
fn expression(kind: Kind, name: &str) -> Option<&'static str> {
    const BLOCK_OF_GRID: &str = "dim3(blockIdx.x, blockIdx.y, blockIdx.z)";
    const BLOCK: &str = "dim3(blockDim.x, blockDim.y, blockDim.z)";
    const GRID: &str = "dim3(gridDim.x, gridDim.y, gridDim.z)";
    Some(match (kind, name) {
        (Kind::Block, "group_index") | (Kind::Grid, "block_index") => BLOCK_OF_GRID,
        (Kind::Block, "thread_index") => "dim3(threadIdx.x, threadIdx.y, threadIdx.z)",
        (Kind::Block, "group_dim" | "dim_threads") => BLOCK,
        (Kind::Block, "size" | "num_threads") => "(blockDim.x * blockDim.y * blockDim.z)",
        (Kind::Block, "thread_rank") => {
            "((threadIdx.z * blockDim.y + threadIdx.y) * blockDim.x + threadIdx.x)"
        }
        (Kind::Block, "sync") => "__syncthreads()",
        (Kind::Grid, "group_dim" | "dim_blocks") => GRID,
        (Kind::Grid, "num_blocks") => "(1ull * gridDim.x * gridDim.y * gridDim.z)",
        (Kind::Grid, "block_rank") => {
            "((1ull * blockIdx.z * gridDim.y + blockIdx.y) * gridDim.x + blockIdx.x)"
        }
        (Kind::Grid, "dim_threads") => {
            "dim3(gridDim.x * blockDim.x, gridDim.y * blockDim.y, gridDim.z * blockDim.z)"
        }
        (Kind::Grid, "thread_index") => {
            "dim3(blockIdx.x * blockDim.x + threadIdx.x, blockIdx.y * blockDim.y + threadIdx.y, blockIdx.z * blockDim.z + threadIdx.z)"
        }
        (Kind::Grid, "size" | "num_threads") => {
            "(1ull * gridDim.x * gridDim.y * gridDim.z * blockDim.x * blockDim.y * blockDim.z)"
        }
        _ => return None,
    })
}
