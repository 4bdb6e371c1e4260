//! The places of each name in a file, found once and kept.
//!
//! It ignores scopes: `declared` chooses among the declarations of a name.

use std::cell::{OnceCell, RefCell};
use std::ops::Range;
use std::rc::Rc;

use rustc_hash::FxHashMap;

use super::declared::type_before;
use super::functions::Function;
use super::launches::split_arguments;
use super::members::members;
use super::{Token, TokenKind, Unit};

/// An alias of a namespace is read up to this many tokens; no real one is longer.
const FAR: usize = 512;

/// Each declaration of one name: its token, and the tokens of its type.
pub(super) type Declared = [(usize, Range<usize>)];

/// The tokens among which a declaration of the file hides a name of CUDA: sorted ranges without overlap.
type Shadows = [Range<usize>];

/// By the name of a class: its member functions that are defined outside of it, from name to end.
pub(super) type Members = FxHashMap<Box<[u8]>, Vec<Range<usize>>>;

/// The look-ups of one file, each filled on first use.
#[derive(Default)]
pub(super) struct Declarations {
    places: OnceCell<FxHashMap<Box<[u8]>, Vec<u32>>>,
    containing: RefCell<FxHashMap<&'static str, Rc<[u32]>>>,
    declared: RefCell<FxHashMap<Box<[u8]>, Rc<Declared>>>,
    aliases: OnceCell<FxHashMap<Box<[u8]>, String>>,
    /// The tokens among which the file's own declarations of a name hide CUDA's.
    pub(super) shadows: RefCell<FxHashMap<Box<[u8]>, Rc<Shadows>>>,
    members: OnceCell<Members>,
    /// The parameters of each function, by the first token of all its parameters.
    parameters: RefCell<FxHashMap<usize, Rc<[Range<usize>]>>>,
}

/// The indices of the sorted `places` that lie in `within`.
fn inside(places: &[u32], within: &Range<usize>) -> Range<usize> {
    let from = places.partition_point(|&at| (at as usize) < within.start);
    let to = places.partition_point(|&at| (at as usize) < within.end);
    from..to.max(from)
}

impl Unit<'_> {
    /// Indices of the identifier tokens spelled `word` in `within`, in order.
    pub fn places(&self, word: &[u8], within: Range<usize>) -> &[u32] {
        self.all_places().get(word).map_or(&[], |all| &all[inside(all, &within)])
    }

    /// Whether an identifier in `within` contains `part`, without regard to case; `part` is in lower case.
    pub fn mentions(&self, part: &'static str, within: &Range<usize>) -> bool {
        let known = self.declarations.containing.borrow().get(part).cloned();
        let places = known.unwrap_or_else(|| {
            let holds =
                |word: &[u8]| word.windows(part.len()).any(|w| w.eq_ignore_ascii_case(part.as_bytes()));
            let words = self.all_places().iter().filter(|(word, _)| holds(word));
            let mut places: Vec<u32> = words.flat_map(|(_, places)| places).copied().collect();
            places.sort_unstable();
            let places: Rc<[u32]> = places.into();
            self.declarations.containing.borrow_mut().insert(part, Rc::clone(&places));
            places
        });
        !inside(&places, within).is_empty()
    }

    fn all_places(&self) -> &FxHashMap<Box<[u8]>, Vec<u32>> {
        self.declarations.places.get_or_init(|| {
            let mut places: FxHashMap<Box<[u8]>, Vec<u32>> = FxHashMap::default();
            for (index, token) in self.tokens().iter().enumerate() {
                if token.kind == TokenKind::Identifier {
                    match places.get_mut(self.text(token)) {
                        Some(known) => known.push(index as u32),
                        None => {
                            places.insert(self.text(token).into(), vec![index as u32]);
                        }
                    }
                }
            }
            places
        })
    }

    /// Each declaration of `name` as a variable, in order: its token, and the tokens of its type. Parameters of
    /// functions are left out.
    pub(super) fn variables_named(&self, name: &[u8]) -> Rc<Declared> {
        if let Some(known) = self.declarations.declared.borrow().get(name) {
            return Rc::clone(known);
        }
        let places = self.places(name, 0..self.tokens().len()).iter().map(|&at| at as usize);
        let found: Rc<Declared> = places.filter_map(|at| Some((at, type_before(self, at)?))).collect();
        self.declarations.declared.borrow_mut().insert(name.into(), Rc::clone(&found));
        found
    }

    /// The tokens of each parameter of `function`.
    pub(super) fn parameters(&self, function: &Function) -> Rc<[Range<usize>]> {
        let all = &function.parameters;
        let mut known = self.declarations.parameters.borrow_mut();
        let parts =
            known.entry(all.start).or_insert_with(|| split_arguments(&self.lexed, all.clone()).into());
        Rc::clone(parts)
    }

    /// The member functions of the class `class` that are defined outside of it.
    pub(super) fn members(&self, class: &[u8]) -> &[Range<usize>] {
        let members = self.declarations.members.get_or_init(|| members(self));
        members.get(class).map_or(&[], Vec::as_slice)
    }

    /// The target of each namespace alias of the file: `b::c` for `namespace a = b::c;`. The first alias counts.
    pub fn namespace_aliases(&self) -> &FxHashMap<Box<[u8]>, String> {
        self.declarations.aliases.get_or_init(|| {
            let tokens = self.tokens();
            let mut aliases = FxHashMap::default();
            // One search for the keyword costs less than a look-up of all words.
            let is_keyword = |token: &Token| token.byte == b'n' && self.text(token) == b"namespace";
            for keyword in (0..tokens.len()).filter(|&at| is_keyword(&tokens[at])) {
                let target = keyword + 3..tokens.len().min(keyword + FAR);
                if target.is_empty() || !tokens[keyword + 2].is_punct(b'=') {
                    continue;
                }
                let target = tokens[target].iter().take_while(|t| !t.is_punct(b';'));
                let target = target.map(|t| self.slice(t.span())).collect();
                aliases.entry(self.text(&tokens[keyword + 1]).into()).or_insert(target);
            }
            aliases
        })
    }
}
