//! Advice that needs the launches or the files of the whole project, and no compiler.

use memchr::memmem;
use tranship_engine::advice::{constant_at, finding, shared_bytes};
use tranship_engine::cpp::blocks::block_of;
use tranship_engine::cpp::call_site::is_free;
use tranship_engine::cpp::functions::{Function, Space};
use tranship_engine::cpp::include_guard::include_guard;
use tranship_engine::cpp::launches::Launch;
use tranship_engine::cpp::{DirectiveKind, TokenKind, Unit};
use tranship_engine::finding::Finding;
use tranship_engine::pass::Context;
use tranship_rules::{Architecture, architecture, list, rule};

use super::launches::{Launches, launch_by_macro, name};
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

/// The launches in `unit` with more threads in a block than the bound of the kernel.
pub(super) fn exceeded_bounds(unit: &Unit, launches: &Launches, context: &Context) -> Vec<Finding> {
    let mut all = unit.all_launches().to_vec();
    all.extend((0..unit.tokens().len()).filter_map(|at| launch_by_macro(unit, at)));
    let one = |launch: &Launch| {
        let name = name(unit, launch)?;
        let bound = launches.bound(&name)?;
        let lookup = |word: &[u8]| constant_at(unit, context, launch.callee.start, word);
        let block = block_of(unit, launch, &lookup)?;
        let threads = block.iter().try_fold(1_u32, |all, &size| all.checked_mul(size))?;
        let what = format!("a block has {threads} threads, and `{name}` has `__launch_bounds__({bound})`");
        (threads > bound)
            .then(|| finding(rule::BOUNDS_EXCEEDED, unit.span_of(launch.config.get(1)?.clone()), context))
            .flatten()
            .map(|finding| finding.saying(what))
    };
    all.iter().filter_map(one).collect()
}

/// Parts of names that show that the GPU shares memory with the host or with another GPU.
const SHARED_WITH_OTHERS: [&str; 10] = [
    "Managed",
    "HostAlloc",
    "MallocHost",
    "HostMalloc",
    "HostRegister",
    "PeerAccess",
    "IpcOpenMemHandle",
    "shmem",
    "Mapped",
    "MemAllocHost",
];

/// The facts about the files of a project that advice depends on.
pub(super) struct Facts {
    /// Whether a file moves managed memory, or states where it belongs.
    pub(super) moves_managed: bool,
    /// Whether a file shares memory of the GPU with the host or with another GPU.
    pub(super) shares_memory: bool,
    /// Whether textures have a use other than a fetch by an index.
    pub(super) filters_textures: bool,
}

impl Facts {
    /// The facts about the files of `tree`.
    pub(super) fn of(tree: &Tree) -> Self {
        let has = |words: &[&str]| {
            tree.contents()
                .any(|bytes| words.iter().any(|word| memmem::find(bytes, word.as_bytes()).is_some()))
        };
        Self {
            moves_managed: has(&MOVES),
            shares_memory: has(&SHARED_WITH_OTHERS),
            filters_textures: has(&[
                "ReadModeNormalizedFloat",
                "tex2D",
                "tex3D",
                "tex1D(",
                "tex1D<",
                "texCube",
            ]),
        }
    }
}

/// The functions of the GPU in `unit` with operations of system scope, one finding for each.
pub(super) fn system_scopes(unit: &Unit, context: &Context) -> Vec<Finding> {
    let tokens = unit.tokens();
    let one = |function: &Function| {
        let is_system = |&at: &usize| {
            let word = unit.text(&tokens[at]);
            (word == b"__threadfence_system" || (word.starts_with(b"atomic") && word.ends_with(b"_system")))
                && is_free(unit, at)
        };
        let first = function.body.clone().find(is_system)?;
        let what = format!(
            "`{}` is of system scope, and the project shares no memory with the host or another GPU",
            unit.slice(tokens[first].span())
        );
        finding(rule::SYSTEM_SCOPE, tokens[first].span(), context).map(|finding| finding.saying(what))
    };
    unit.functions().iter().filter(|function| function.space != Space::Host).filter_map(one).collect()
}

/// The first fetch by an index from a texture in `unit`, for projects that use textures for nothing else.
pub(super) fn texture_fetch(unit: &Unit, context: &Context) -> Option<Finding> {
    let is_fetch = |&at: &usize| unit.is_word(at, "tex1Dfetch") && is_free(unit, at);
    let all: Vec<usize> = (0..unit.tokens().len()).filter(is_fetch).collect();
    let &first = all.first()?;
    let software: Vec<&str> = context
        .target
        .archs
        .iter()
        .filter(|arch| architecture(arch).is_some_and(|known| !known.images))
        .map(String::as_str)
        .collect();
    let times = if all.len() == 1 { String::new() } else { format!(" ({} times in the file)", all.len()) };
    let why = if software.is_empty() {
        String::new()
    } else {
        let archs = software.join(", ");
        format!(", and {archs} has no texture units, so each fetch takes several instructions")
    };
    let what = format!("the project reads textures only by index{times}{why}");
    finding(rule::TEXTURE_FETCH, unit.tokens()[first].span(), context).map(|finding| finding.saying(what))
}

/// The first product of matrix fragments of each function of the GPU in `unit` that some GPU of the run computes without its
/// matrix unit. A file of HIP calls a library for them.
pub(super) fn matrix_products(unit: &Unit, context: &Context) -> Vec<Finding> {
    if unit.is_hip() {
        return Vec::new();
    }
    let one = |function: &Function| {
        let of_product = |at: usize| Some((at, archs_without_unit(unit, at, context)?));
        let (first, archs) =
            function.body.clone().filter_map(of_product).find(|(_, archs)| !archs.is_empty())?;
        let what = format!(
            "products of matrix fragments are computed without the matrix unit ({})",
            archs.join(", ")
        );
        finding(rule::MATRIX_UNIT, unit.tokens()[first].span(), context).map(|finding| finding.saying(what))
    };
    unit.functions().iter().filter(|function| function.space != Space::Host).filter_map(one).collect()
}

/// The GPUs with a matrix unit that the product of matrix fragments at token `at` does not use; `None` if there is no product.
fn archs_without_unit(unit: &Unit, at: usize, context: &Context) -> Option<Vec<String>> {
    let token = &unit.tokens()[at];
    let text = unit.text(token);
    let by_unit = match token.kind {
        TokenKind::Identifier if text == b"mma_sync" => fragments_are_by_unit(unit, at)?,
        TokenKind::String | TokenKind::RawString => {
            let start = memmem::find(text, b"mma.sync")?;
            is_by_unit(&text[start..], context)?
        }
        _ => return None,
    };
    let one = |arch: &String| {
        let known = architecture(arch).filter(|known| !known.matrix.is_empty())?;
        let is_used = by_unit && list::MMA_BY_UNIT_GPUS.contains(&arch.as_str());
        (!is_used).then(|| format!("{} on {arch}", known.matrix))
    };
    Some(context.target.archs.iter().filter_map(one).collect())
}

/// Whether products of the fragments in the function around token `at`, or in the whole file if the function declares none, can
/// use the matrix unit; `None` if a type is not known.
fn fragments_are_by_unit(unit: &Unit, at: usize) -> Option<bool> {
    let all = unit.tokens();
    let body = unit.function_at(all[at].start).map_or(0..all.len(), |function| function.body.clone());
    let own: Vec<u32> = unit.places(b"matrix_a", body).to_vec();
    let places = if own.is_empty() { unit.places(b"matrix_a", 0..all.len()).to_vec() } else { own };
    let by_type = |&place: &u32| {
        let arguments =
            all[place as usize..].iter().take_while(|token| !token.is_punct(b'>') && !token.is_punct(b';'));
        arguments.map(|token| unit.text(token)).find_map(|word| match word {
            b"half" | b"__half" | b"__nv_bfloat16" | b"nv_bfloat16" | b"signed" | b"int8_t" | b"unsigned"
            | b"uint8_t" => Some(true),
            b"tf32" | b"double" => Some(false),
            _ => None,
        })
    };
    let known: Option<Vec<bool>> = places.iter().map(by_type).collect();
    known.filter(|known| !known.is_empty()).map(|known| !known.contains(&false))
}

/// Whether the translation of the PTX instruction at the beginning of `text` can use the matrix unit; `None` if the instruction
/// is not complete, because a macro pastes it together.
fn is_by_unit(text: &[u8], context: &Context) -> Option<bool> {
    let is_part = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b':');
    let end = text.iter().position(|byte| !is_part(byte)).unwrap_or(text.len());
    let name = std::str::from_utf8(&text[..end]).ok()?;
    let (row, _) = context.rules.ptx(name)?;
    let is_whole = !row.pattern.ends_with('*');
    is_whole.then(|| row.cpp.contains("_by_unit"))
}

const MOVES: [&str; 4] = ["MemPrefetchAsync", "MemAdvise", "MemPrefetch", "mem_prefetch"];

/// Whether token `at` is in a branch of `#if`, other than the include guard of the file.
fn is_conditional(unit: &Unit, at: usize) -> bool {
    let start = unit.tokens()[at].start;
    let guard = include_guard(unit).map(|region| unit.regions[region].directive);
    let mut depth = 0_i32;
    for (index, directive) in
        unit.lexed.directives.iter().enumerate().take_while(|(_, one)| one.span.start < start)
    {
        match directive.kind {
            DirectiveKind::If | DirectiveKind::Ifdef | DirectiveKind::Ifndef if Some(index) != guard => {
                depth += 1;
            }
            DirectiveKind::Endif => depth -= 1,
            _ => {}
        }
    }
    depth > 0
}

/// The first allocation of managed memory in `unit`.
pub(super) fn managed_memory(unit: &Unit, context: &Context) -> Option<Finding> {
    let calls = ["cudaMallocManaged", "hipMallocManaged"];
    // An allocation that a macro selects is not certain.
    let is_call = |&at: &usize| {
        calls.iter().any(|call| unit.is_word(at, call)) && is_free(unit, at) && !is_conditional(unit, at)
    };
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
