//! The way back: code of HIP becomes CUDA, where the tables are one to one. Everything else is a finding.
//!
//! Only names, headers and launches change. Branches that only one vendor compiles stay as they are.

mod names;

use rustc_hash::FxHashSet;
use tranship_rules::{RuleName, list, rule};

pub use names::{Counterpart, Inverse, is_hip_word};

use crate::cpp::call_site::call;
use crate::cpp::token::DirectiveKind;
use crate::cpp::{Token, TokenKind, Unit};
use crate::finding::{self, Finding, Fix, Message};
use crate::ignores;
use crate::pass::Context;
use crate::text::{Edit, Edits, Piece, Span};
use crate::translate::Translation;

/// The function-like macros of HIP that stand for their argument.
const TRANSPARENT: [&[u8]; 2] = [b"HIP_KERNEL_NAME", b"HIP_SYMBOL"];

/// The macros and functions that `unit` defines itself, which are no names of HIP whatever their form.
pub fn own_names(unit: &Unit) -> FxHashSet<Vec<u8>> {
    let tokens = unit.tokens();
    let functions = unit.functions().iter().map(|function| unit.text(&tokens[function.name]).to_owned());
    let defines = unit.lexed.directives.iter().filter(|directive| directive.kind == DirectiveKind::Define);
    let macros = defines.filter_map(|directive| Some(unit.text(tokens.get(directive.tokens.start)?).to_owned()));
    functions.chain(macros).filter(|name| is_hip_word(name)).collect()
}

/// Translates `unit` to CUDA. Names in `own` are the project's.
pub fn to_cuda(unit: &Unit, inverse: &Inverse, own: &FxHashSet<Vec<u8>>, context: &Context) -> Translation {
    let mut findings = Vec::new();
    let reverse = Reverse { unit, inverse, own, context };
    for index in 0..unit.tokens().len() {
        let token = &unit.tokens()[index];
        if token.kind == TokenKind::Identifier && !token.is(Token::FROZEN) {
            findings.extend(reverse.identifier(index));
        }
    }
    let includes = unit.includes().filter(|(_, token)| !token.is(Token::FROZEN));
    findings.extend(includes.filter_map(|(_, token)| reverse.header(token)));
    findings.retain(|finding| context.selection.keeps(finding.rule, finding.level, &unit.source.path));
    let mut findings = ignores::apply(findings, unit.source, &|at| unit.is_token(at), context);
    findings.sort_by_key(|finding| (finding.span, finding.rule));
    finding::locate(unit, &mut findings, Finding::needs_a_person);
    let (edits, _) = Edits::compose(findings.iter().map(|finding| finding.fix.edits()));
    let mut translation = Translation::default();
    (translation.findings, translation.edits) = (findings, edits);
    translation
}

struct Reverse<'a> {
    unit: &'a Unit<'a>,
    inverse: &'a Inverse,
    own: &'a FxHashSet<Vec<u8>>,
    context: &'a Context,
}

impl Reverse<'_> {
    fn identifier(&self, index: usize) -> Option<Finding> {
        let unit = self.unit;
        let token = &unit.tokens()[index];
        let (word, span) = (unit.text(token), token.span());
        if self.own.contains(word) || unit.is_member(index) {
            return None;
        }
        if word == b"hipLaunchKernelGGL" || word == b"hipLaunchKernel" && self.is_old_launch(index) {
            return Some(self.launch(index));
        }
        if TRANSPARENT.contains(&word) {
            return Some(self.argument_alone(index));
        }
        if list::has(list::UNMASKED_WARP_FUNCTIONS, word) {
            return self.manual(rule::HIP_WARP_FUNCTION, span, |name| format!("`{name}` has no mask"));
        }
        // Plain words such as `int` are the HIP form of some types too.
        let is_of_hip = is_hip_word(word) || word.starts_with(b"hip") || word.starts_with(b"HIP");
        match self.inverse.name(word).filter(|_| is_of_hip) {
            Some(Counterpart::One(cuda)) => self.rename(cuda, span),
            Some(Counterpart::Several(names)) => {
                let names: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
                self.manual(rule::HIP_SEVERAL_NAMES, span, |name| format!("`{name}` is {} in CUDA", names.join(" or ")))
            }
            Some(Counterpart::Different(cuda)) => self.manual(rule::HIP_ARGUMENTS, span, |name| {
                format!("`{name}` is not the same as `{cuda}`")
            }),
            None if is_hip_word(word) && !self.is_in_condition(index) => {
                self.manual(rule::HIP_ONLY, span, |name| format!("`{name}` has no counterpart in CUDA"))
            }
            None => None,
        }
    }

    /// Whether the token is in a condition: a macro of HIP that is tested there has its meaning for CUDA too.
    fn is_in_condition(&self, index: usize) -> bool {
        let directive = self.unit.directive_of(index);
        directive.is_some_and(|directive| {
            let text = self.unit.slice(directive.span);
            let word = text.trim_start_matches('#').trim_start();
            word.starts_with("if") || word.starts_with("elif")
        })
    }

    fn rename(&self, cuda: &'static str, span: Span) -> Option<Finding> {
        let row = self.context.rules.name(cuda.as_bytes())?;
        Some(Finding::rename(row, span, cuda))
    }

    fn manual(&self, name: RuleName, span: Span, what: impl Fn(&str) -> String) -> Option<Finding> {
        let rule = self.context.rules.named(name)?;
        let word = self.unit.slice(span);
        Some(Finding::of(rule, span).saying(what(&word)))
    }

    fn header(&self, token: &Token) -> Option<Finding> {
        let inside = Span::new(token.start + 1, token.end - 1);
        let name = self.unit.slice(inside);
        match self.inverse.header(&name) {
            Some(Counterpart::One(cuda)) if cuda == name => None,
            Some(Counterpart::One(cuda)) => {
                let rule = self.context.rules.named(rule::HIP_ONLY)?;
                let fix = Fix::One(Edit::replace(inside, cuda));
                let level = tranship_rules::Level::Safe;
                Some(Finding::new(rule.name, level, inside, fix, Message::Rule(rule)))
            }
            Some(Counterpart::Several(names)) => self.manual(rule::HIP_SEVERAL_NAMES, inside, |name| {
                format!("the header `{name}` is {} in CUDA", names.join(" or "))
            }),
            _ if ["hip/", "hip", "roc", "miopen/"].iter().any(|start| name.starts_with(start)) => {
                self.manual(rule::HIP_ONLY, inside, |name| format!("the header `{name}` has no counterpart in CUDA"))
            }
            _ => None,
        }
    }

    /// Whether `hipLaunchKernel` is the macro of old releases, whose first argument is a kernel and not its address.
    fn is_old_launch(&self, index: usize) -> bool {
        call(self.unit, index).is_some_and(|call| {
            call.arguments.first().is_some_and(|first| self.unit.slice(*first).starts_with("HIP_KERNEL_NAME"))
        })
    }

    fn launch(&self, index: usize) -> Finding {
        let span = self.unit.tokens()[index].span();
        let found = call(self.unit, index).filter(|call| call.arguments_are_certain() && call.arguments.len() >= 5);
        let Some(call) = found else { return self.kept_launch(span) };
        let [kernel, grid, block, shared, stream, arguments @ ..] = call.arguments.as_slice() else {
            return self.kept_launch(span);
        };
        let mut pieces = vec![Piece::Span(*kernel), Piece::Text("<<<".into())];
        // CUDA's defaults are left out, as people write launches.
        let is_zero = |span: &Span| matches!(&*self.unit.slice(*span), "0" | "nullptr");
        let mut configuration = vec![grid, block];
        if !is_zero(shared) || !is_zero(stream) {
            configuration.push(shared);
        }
        if !is_zero(stream) {
            configuration.push(stream);
        }
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
        self.safe(call.call, Edit::pieces(call.call, pieces))
    }

    fn kept_launch(&self, span: Span) -> Finding {
        let rule = self.context.rules.named(rule::HIP_LAUNCH);
        rule.map_or_else(|| self.safe(span, Edit::replace(span, "")), |rule| Finding::of(rule, span))
    }

    /// `HIP_KERNEL_NAME(kernel<T>)` becomes `kernel<T>`.
    fn argument_alone(&self, index: usize) -> Finding {
        let unit = self.unit;
        let span = unit.tokens()[index].span();
        let Some(call) = call(unit, index) else { return self.kept_launch(span) };
        let (Some(first), Some(last)) = (call.arguments.first(), call.arguments.last()) else {
            return self.kept_launch(span);
        };
        // Commas of template arguments split nothing here.
        self.safe(call.call, Edit::pieces(call.call, vec![Piece::Span(first.to(*last))]))
    }

    fn safe(&self, span: Span, edit: Edit) -> Finding {
        let message = Message::Own(Box::default());
        Finding::new(rule::HIP_LAUNCH.as_str(), tranship_rules::Level::Safe, span, Fix::One(edit), message)
    }
}
