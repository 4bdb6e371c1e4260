//! Advice that needs the launches or the files of the whole project, and no compiler.

use memchr::memmem;
use tranship_engine::advice::{finding, shared_bytes};
use tranship_engine::cpp::Unit;
use tranship_engine::cpp::call_site::is_free;
use tranship_engine::cpp::functions::{Function, Space};
use tranship_engine::finding::Finding;
use tranship_engine::pass::Context;
use tranship_rules::{Architecture, architecture, rule};

use super::launches::Launches;
use crate::compile::tree::Tree;

/// The kernels of `unit` whose blocks need more shared memory than a target has, or so much that one block fills a unit.
pub(super) fn shared_sizes(unit: &Unit, launches: &Launches, context: &Context) -> Vec<Finding> {
    let kernels = unit.functions().iter().filter(|function| function.space == Space::Kernel);
    kernels.filter_map(|kernel| shared_size(unit, kernel, launches, context)).collect()
}

fn shared_size(unit: &Unit, kernel: &Function, launches: &Launches, context: &Context) -> Option<Finding> {
    let token = unit.tokens()[kernel.name];
    let name = unit.slice(token.span()).into_owned();
    let (threads, added) = (launches.largest(&name)?, launches.added_memory(&name)?);
    let bytes = shared_bytes(unit, kernel, context)? + added;
    let one = |arch: &String| {
        let known = architecture(arch)?;
        let memory = u64::from(known.lds) * 1024;
        if bytes > memory {
            return Some(format!("{arch} has {memory} for a block, so the kernel cannot run"));
        }
        // Two compute units of RDNA, whose waves have 32 lanes, share the memory.
        (bytes * 2 > memory && waves_of(threads, known) <= known.simds && known.wave == 64).then(|| {
            format!(
                "on {arch} only one block of {threads} threads fits a compute unit, with {} for {} SIMD units",
                if threads <= known.wave { "1 wave".to_owned() } else { format!("{} waves", waves_of(threads, known)) },
                known.simds
            )
        })
    };
    let texts: Vec<String> = context.target.archs.iter().filter_map(one).collect();
    if texts.is_empty() {
        return None;
    }
    let what = format!("a block of `{name}` needs {bytes} bytes of shared memory; {}", texts.join("; "));
    finding(rule::SHARED_SIZE, token.span(), context).map(|finding| finding.saying(what))
}

/// The waves of a block.
fn waves_of(threads: u32, known: &Architecture) -> u32 {
    threads.div_ceil(known.wave)
}

const MOVES: [&str; 4] = ["MemPrefetchAsync", "MemAdvise", "MemPrefetch", "mem_prefetch"];

/// Whether a file of the project moves managed memory, or states where it belongs.
pub(super) fn moves_managed_memory(tree: &Tree) -> bool {
    tree.contents().any(|bytes| MOVES.iter().any(|word| memmem::find(bytes, word.as_bytes()).is_some()))
}

/// The first allocation of managed memory in `unit`.
pub(super) fn managed_memory(unit: &Unit, context: &Context) -> Option<Finding> {
    let calls = ["cudaMallocManaged", "hipMallocManaged"];
    let is_call = |&at: &usize| calls.iter().any(|call| unit.is_word(at, call)) && is_free(unit, at);
    let all: Vec<usize> = (0..unit.tokens().len()).filter(is_call).collect();
    let &first = all.first()?;
    let what = match all.len() {
        1 => "the project has managed memory, and nowhere prefetches it or gives advice about it".to_owned(),
        count => {
            format!(
                "the file allocates managed memory {count} times, and the project nowhere prefetches it or gives advice about it"
            )
        }
    };
    finding(rule::MANAGED_MEMORY, unit.tokens()[first].span(), context).map(|finding| finding.saying(what))
}
