//! The way back: code of HIP becomes CUDA, where the tables are one to one. Everything else is a finding.
//!
//! Only names, headers and launches change. Branches that only HIP compiles stay as they are, because CUDA skips them.

mod includes;
mod names;
mod project;
mod roc;
mod run_time;

use tranship_rules::{Level, RuleName, list, rule};

pub use names::{Counterpart, Inverse, is_hip_word};
pub use project::{FileFacts, Project};

use crate::cpp::call_site::{Call, call};
use crate::cpp::conditions::Branch;
use crate::cpp::token::DirectiveKind;
use crate::cpp::{Token, TokenKind, Unit};
use crate::finding::{self, Finding, Fix, Message};
use crate::ignores;
use crate::pass::Context;
use crate::text::{Edit, Edits, Piece, Span};
use crate::translate::Translation;

/// The function-like macros of HIP that stand for their argument.
const TRANSPARENT: [&[u8]; 2] = [b"HIP_KERNEL_NAME", b"HIP_SYMBOL"];

/// Translates `unit` of `project` to CUDA.
pub fn to_cuda(unit: &Unit, inverse: &Inverse, project: &Project, context: &Context) -> Translation {
    let reverse = Reverse { unit, inverse, project, context };
    let branches = branches_for_hip(unit);
    let is_compiled = |token: &Token| !branches.iter().any(|branch| branch.contains(token.span()));
    let tokens = unit.tokens().iter().enumerate();
    let words = tokens.filter(|(_, token)| token.kind == TokenKind::Identifier && is_compiled(token));
    let includes = unit.includes().filter(|(_, token)| is_compiled(token));
    let mut findings: Vec<Finding> = includes.filter_map(|(_, token)| reverse.header(token)).collect();
    findings.extend(words.filter_map(|(index, _)| reverse.identifier(index)));
    let mut findings = roc::one_for_each_library(findings);
    findings.extend(reverse.options_at_run_time(is_compiled));
    findings.retain(|finding| context.selection.keeps(finding.rule, finding.level, &unit.source.path));
    let mut findings = ignores::apply(findings, unit.source, &|at| unit.is_token(at), context);
    findings.sort_by_key(|finding| (finding.span, finding.rule));
    finding::locate(unit, &mut findings, Finding::needs_a_person);
    let (edits, _) = Edits::compose(findings.iter().map(|finding| finding.fix.edits()));
    let mut translation = Translation::default();
    (translation.findings, translation.edits) = (findings, edits);
    translation
}

/// The outermost branches that only HIP compiles.
fn branches_for_hip(unit: &Unit) -> Vec<Span> {
    let mut branches: Vec<Span> = Vec::new();
    for region in unit.regions.iter().filter(|region| region.branch == Branch::HipOnly) {
        if branches.last().is_none_or(|last| last.end <= region.body.start) {
            branches.push(region.body);
        }
    }
    branches
}

struct Reverse<'a> {
    unit: &'a Unit<'a>,
    inverse: &'a Inverse,
    project: &'a Project,
    context: &'a Context,
}

impl Reverse<'_> {
    fn identifier(&self, index: usize) -> Option<Finding> {
        let unit = self.unit;
        let token = &unit.tokens()[index];
        let (word, span) = (unit.text(token), token.span());
        if self.project.own.contains(word) {
            // The project may define it as a shim, or as a function of its own.
            self.inverse.name(word)?;
            return self.manual(rule::HIP_OWN_NAME, span, |name| format!("the project defines `{name}`"));
        }
        if unit.is_member(index) {
            let of_hip = list::has(list::HIP_MEMBERS, word).then_some(span)?;
            return self.manual(rule::HIP_ONLY, of_hip, |name| format!("CUDA has no member `{name}`"));
        }
        if self.is_in_condition(index) {
            return self.condition(index);
        }
        if word == b"hipLaunchKernelGGL" || word == b"hipLaunchKernel" && self.is_old_launch(index) {
            return self.launch(index);
        }
        if word == b"HIP_DYNAMIC_SHARED" {
            return self.dynamic_shared(index);
        }
        if TRANSPARENT.contains(&word) {
            return self.argument_alone(index);
        }
        if list::has(list::UNMASKED_WARP_FUNCTIONS, word) {
            return self.manual(rule::HIP_WARP_FUNCTION, span, |name| format!("`{name}` has no mask"));
        }
        if list::has(list::HIP_INDEX_MACROS, word) {
            let [_, _, _, first, rest @ ..] = word else { return None };
            let member = String::from_utf8_lossy(rest).replace('_', ".");
            let text = format!("{}{member}", char::from(first.to_ascii_lowercase()));
            return Some(safe(rule::HIP_INDEX, span, Edit::replace(span, text)));
        }
        let is_namespace = list::has(list::HIP_NAMESPACES, word) && self.is_qualifier(index);
        // Plain words such as `int` are the HIP form of some types too.
        let has_hip = || word.windows(3).any(|part| part.eq_ignore_ascii_case(b"hip"));
        let is_of_hip = is_namespace || is_hip_word(word) || has_hip();
        match self.inverse.name(word).filter(|_| is_of_hip) {
            Some(Counterpart::One(cuda)) => Some(Finding::rename(cuda, span, cuda.cuda)),
            Some(Counterpart::Several(names)) => {
                let names: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
                self.manual(rule::HIP_SEVERAL_NAMES, span, |name| {
                    format!("`{name}` is {} in CUDA", names.join(" or "))
                })
            }
            Some(Counterpart::Driver(cuda)) => self.manual(rule::HIP_DRIVER_API, span, |name| {
                format!("`{name}` is `{cuda}` of CUDA's driver API")
            }),
            Some(Counterpart::Different(cuda)) => {
                self.manual(rule::HIP_ARGUMENTS, span, |name| format!("`{name}` is not the same as `{cuda}`"))
            }
            None if roc::library(word).is_some() => self.of_roc_library(word, span),
            None if is_namespace || is_hip_word(word) => {
                let finding =
                    self.manual(rule::HIP_ONLY, span, |name| format!("`{name}` has no counterpart in CUDA"));
                match self.of_cusolver(word) {
                    Some(name) => finding.map(|finding| finding.advising(name)),
                    None => finding,
                }
            }
            None => None,
        }
    }

    /// The advice for `word`, a name of hipSOLVER that has other arguments than cuSOLVER's: hipSOLVER has the latter's too, as
    /// `hipsolverDn...` (`hipsolver-dense.h` of ROCm 6.4).
    fn of_cusolver(&self, word: &[u8]) -> Option<String> {
        let rest = word.strip_prefix(b"hipsolver")?;
        let dense = [b"hipsolverDn".as_slice(), rest].concat();
        let Some(Counterpart::One(cuda)) = self.inverse.name(&dense) else { return None };
        let dense = String::from_utf8_lossy(&dense);
        Some(format!(
            "call `{dense}`, which has the arguments of `{}`, and convert again, or write it for CUDA by hand",
            cuda.cuda
        ))
    }

    /// Whether the word at token `index` is before or behind `::`, or the name of a namespace.
    fn is_qualifier(&self, index: usize) -> bool {
        let tokens = self.unit.tokens();
        let before = index.checked_sub(1).map(|at| &tokens[at]);
        let is_named = before.is_some_and(|token| self.unit.text(token) == b"namespace");
        is_named
            || before.is_some_and(|token| token.is_double(b':') || token.is_punct(b':'))
            || tokens.get(index + 1).is_some_and(|token| token.is_punct(b':') || token.is_double(b':'))
    }

    /// Whether the token is in the condition of a branch.
    fn is_in_condition(&self, index: usize) -> bool {
        use DirectiveKind::{Elif, Elifdef, Elifndef, If, Ifdef, Ifndef};
        let directive = self.unit.directive_of(index);
        directive.is_some_and(|one| matches!(one.kind, If | Ifdef | Ifndef | Elif | Elifdef | Elifndef))
    }

    /// The finding for a word of HIP in a condition. A switch between the vendors has its meaning for CUDA too.
    fn condition(&self, index: usize) -> Option<Finding> {
        let token = &self.unit.tokens()[index];
        let word = self.unit.text(token);
        let of_nvcc = |text: &str| text.contains("__CUDACC__") || text.contains("__NVCC__");
        let has_both = || {
            self.unit.directive_of(index).is_some_and(|directive| of_nvcc(&self.unit.slice(directive.span)))
        };
        let is_switch = list::has(list::HIP_VENDOR_MACROS, word) || word == b"__HIPCC__" && has_both();
        if is_switch || !is_hip_word(word) {
            return None;
        }
        self.manual(rule::HIP_CONDITION, token.span(), |name| format!("a condition tests `{name}`"))
    }

    fn manual(&self, name: RuleName, span: Span, what: impl Fn(&str) -> String) -> Option<Finding> {
        let rule = self.context.rules.named(name)?;
        let word = self.unit.slice(span);
        Some(Finding::of(rule, span).saying(what(&word)))
    }

    /// Whether `hipLaunchKernel` is the macro of old releases, whose first argument is a kernel and not its address.
    fn is_old_launch(&self, index: usize) -> bool {
        call(self.unit, index).is_some_and(|call| {
            call.arguments.first().is_some_and(|first| self.unit.slice(*first).starts_with("HIP_KERNEL_NAME"))
        })
    }

    /// `hipLaunchKernelGGL(kernel, grid, block, shared, stream, arguments)` becomes a launch with chevrons. In the body of a macro, an
    /// argument may stand for several.
    fn launch(&self, index: usize) -> Option<Finding> {
        let unit = self.unit;
        let token = &unit.tokens()[index];
        let kept = || self.manual(rule::HIP_LAUNCH, token.span(), |name| format!("`{name}` stays as it is"));
        let found =
            call(unit, index).filter(|call| call.arguments_are_certain() && call.arguments.len() >= 5);
        let Some(call) = found.filter(|_| !token.is(Token::DIRECTIVE)) else { return kept() };
        let [kernel, grid, block, shared, stream, arguments @ ..] = call.arguments.as_slice() else {
            return kept();
        };
        if self.has_comments(token, &call) || call.arguments.iter().take(5).any(|one| one.is_empty()) {
            return kept();
        }
        let is_zero = |span: &Span| matches!(&*unit.slice(*span), "0" | "nullptr" | "NULL");
        // CUDA's defaults are left out, as people write launches.
        let configuration = match (is_zero(shared), is_zero(stream)) {
            (true, true) => vec![grid, block],
            (_, true) => vec![grid, block, shared],
            _ => vec![grid, block, shared, stream],
        };
        let mut pieces = vec![Piece::Span(*kernel), Piece::Text("<<<".into())];
        for (number, part) in configuration.into_iter().enumerate() {
            if number > 0 {
                pieces.push(Piece::Text(", ".into()));
            }
            pieces.push(Piece::Span(*part));
        }
        pieces.push(Piece::Text(">>>(".into()));
        if let (Some(first), Some(last)) = (arguments.first(), arguments.last()) {
            pieces.push(Piece::Span(first.to(*last)));
        }
        pieces.push(Piece::Text(")".into()));
        Some(safe(rule::HIP_LAUNCH, call.call, Edit::pieces(call.call, pieces)))
    }

    /// Whether there is a comment between the arguments of the call of `name`. An edit of the call would lose it.
    fn has_comments(&self, name: &Token, call: &Call) -> bool {
        let begins = [name.end].into_iter().chain(call.arguments.iter().map(|argument| argument.end));
        let ends = call.arguments.iter().map(|argument| argument.start).chain([call.call.end]);
        begins.zip(ends).any(|(start, end)| self.unit.slice(Span::new(start, end)).contains('/'))
    }

    /// `HIP_DYNAMIC_SHARED(type, name)` becomes `extern __shared__ type name[];`. The macro has the semicolon, and most code writes another.
    fn dynamic_shared(&self, index: usize) -> Option<Finding> {
        let tokens = self.unit.tokens();
        let token = &tokens[index];
        let found = call(self.unit, index)
            .filter(|call| call.arguments_are_certain() && !self.has_comments(token, call));
        let certain = found.as_ref().and_then(|call| match call.arguments.as_slice() {
            [kind, name] if !kind.is_empty() && !name.is_empty() => Some((call.call, *kind, *name)),
            _ => None,
        });
        let Some((span, kind, name)) = certain else {
            return self
                .manual(rule::HIP_ONLY, token.span(), |name| format!("`{name}` has no counterpart in CUDA"));
        };
        let next = tokens[index..].iter().find(|token| token.start >= span.end);
        let end = if next.is_some_and(|next| next.is_punct(b';')) { "[]" } else { "[];" };
        let pieces = vec![
            Piece::Text("extern __shared__ ".into()),
            Piece::Span(kind),
            Piece::Text(" ".into()),
            Piece::Span(name),
            Piece::Text(end.into()),
        ];
        Some(safe(rule::HIP_SHARED_MEMORY, span, Edit::pieces(span, pieces)))
    }

    /// `HIP_KERNEL_NAME(kernel<T>)` becomes `kernel<T>`. Commas of template arguments split nothing here.
    fn argument_alone(&self, index: usize) -> Option<Finding> {
        let call = call(self.unit, index);
        let inside = call.as_ref().and_then(|call| Some(call.arguments.first()?.to(*call.arguments.last()?)));
        match (call, inside) {
            (Some(call), Some(inside)) => {
                let edit = Edit::pieces(call.call, vec![Piece::Span(inside)]);
                Some(safe(rule::HIP_LAUNCH, call.call, edit))
            }
            _ => self.manual(rule::HIP_ONLY, self.unit.tokens()[index].span(), |name| {
                format!("`{name}` has no counterpart in CUDA")
            }),
        }
    }
}

fn safe(name: RuleName, span: Span, edit: Edit) -> Finding {
    let message = Message::Own(Box::default());
    Finding::new(name.as_str(), Level::Safe, span, Fix::One(edit), message)
}
