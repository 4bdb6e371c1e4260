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

/// The identifier tokens of a file, sorted by their names in the order of the first use.
struct Places {
    /// The number of each name.
    numbers: FxHashMap<Box<[u8]>, u32>,
    /// For the number of a name its first index in `tokens`, and one more entry for the end.
    starts: Vec<u32>,
    /// The indices of the tokens.
    tokens: Vec<u32>,
}

impl Places {
    fn of(unit: &Unit) -> Self {
        let mut numbers: FxHashMap<Box<[u8]>, u32> = FxHashMap::default();
        // The count of each name, behind the place of its start.
        let mut starts = vec![0];
        let mut found: Vec<(u32, u32)> = Vec::new();
        for (index, token) in unit.tokens().iter().enumerate() {
            if token.kind == TokenKind::Identifier {
                let word = unit.text(token);
                let number = numbers.get(word).copied().unwrap_or_else(|| {
                    starts.push(0);
                    let new = numbers.len() as u32;
                    numbers.insert(word.into(), new);
                    new
                });
                starts[number as usize + 1] += 1;
                found.push((number, index as u32));
            }
        }
        for at in 1..starts.len() {
            starts[at] += starts[at - 1];
        }
        let mut next = starts.clone();
        let mut tokens = vec![0; found.len()];
        for (number, index) in found {
            let place = &mut next[number as usize];
            tokens[*place as usize] = index;
            *place += 1;
        }
        Self { numbers, starts, tokens }
    }

    fn of_number(&self, number: u32) -> &[u32] {
        let at = number as usize;
        &self.tokens[self.starts[at] as usize..self.starts[at + 1] as usize]
    }
}

/// The look-ups of one file, each filled on first use.
#[derive(Default)]
pub(super) struct Declarations {
    places: OnceCell<Places>,
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
        let places = self.all_places();
        let all = places.numbers.get(word).map_or(&[][..], |&number| places.of_number(number));
        &all[inside(all, &within)]
    }

    /// Whether an identifier in `within` contains `part`, without regard to case; `part` is in lower case.
    pub fn mentions(&self, part: &'static str, within: &Range<usize>) -> bool {
        let known = self.declarations.containing.borrow().get(part).cloned();
        let places = known.unwrap_or_else(|| {
            let holds =
                |word: &[u8]| word.windows(part.len()).any(|w| w.eq_ignore_ascii_case(part.as_bytes()));
            let all = self.all_places();
            let words = all.numbers.iter().filter(|(word, _)| holds(word));
            let mut places: Vec<u32> =
                words.flat_map(|(_, &number)| all.of_number(number)).copied().collect();
            places.sort_unstable();
            let places: Rc<[u32]> = places.into();
            self.declarations.containing.borrow_mut().insert(part, Rc::clone(&places));
            places
        });
        !inside(&places, within).is_empty()
    }

    fn all_places(&self) -> &Places {
        self.declarations.places.get_or_init(|| Places::of(self))
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

    /// The tokens of the type of the variable that token `at` declares; `None` if it declares none.
    pub fn variable_at(&self, at: usize) -> Option<Range<usize>> {
        let declared = self.variables_named(self.text(&self.tokens()[at]));
        declared.iter().find(|(name, _)| *name == at).map(|(_, kind)| kind.clone())
    }

    /// The types of all variables and members of the file with the name `name`, parameters left out.
    pub fn types_of(&self, name: &[u8]) -> Vec<Range<usize>> {
        self.variables_named(name).iter().map(|(_, kind)| kind.clone()).collect()
    }

    /// The tokens of each parameter of `function`.
    pub fn parameters(&self, function: &Function) -> Rc<[Range<usize>]> {
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
