//! A quick check whether a file may contain code to translate.
//!
//! A wrong "yes" costs time, and a wrong "no" would lose a rename, so a test checks it against every name, header and
//! identifier of the tables. Three bytes at each place of a file choose the hints to compare.

use rustc_hash::FxHashSet;
use tranship_rules::{Level, Name, Rules, Spelling, list};

use crate::text::is_word;

/// Words of the tables that begin with `__`. Names of the C++ library also begin with `__`, so the prefix alone is not
/// a hint.
///
/// Words that every release of HIP spells as CUDA does are left out, because they need no change.
fn reserved_words() -> impl Iterator<Item = &'static str> {
    let rules = Rules::builtin();
    let stays = |name: &Name| {
        let always = |one: &Spelling| one.hip == name.cuda && one.since.is_none() && one.until.is_none();
        name.level == Level::Safe && matches!(name.spellings, [one] if always(one))
    };
    let names: Vec<_> = rules.names().filter(|name| !stays(name)).map(|name| name.cuda).collect();
    let calls: Vec<_> = rules.all_calls().map(|call| call.cuda).collect();
    let identifiers: Vec<_> = rules.rules().flat_map(|rule| rule.identifiers).copied().collect();
    // Host code can contain assembly too. Near assembly for a GPU, code has another word of this list.
    let is_reserved = |word: &&str| word.starts_with("__") && !word.starts_with("__asm");
    names.into_iter().chain(calls).chain(identifiers).filter(is_reserved)
}

/// The number of bytes that choose a group of hints.
const KEY: usize = 3;

/// One slot for each hash of 16 bits.
const SLOTS: usize = 1 << 16;

/// Places that are checked for each word of eight bytes.
const STEP: usize = 8 - KEY + 1;

/// The compiled hints.
#[derive(Clone, Debug)]
pub struct Prefilter {
    /// For each hashed key the index into `groups`; 0 is the empty group.
    gate: Box<[u8; SLOTS]>,
    /// Hints by group. Groups beyond the last index share the last group.
    groups: Vec<Vec<Box<[u8]>>>,
    /// Hints that count only as whole identifiers.
    words: FxHashSet<&'static [u8]>,
    /// Whether a hint is shorter than `KEY`, so that every file may contain it.
    always: bool,
}

impl Prefilter {
    /// Compiles the hints; `extra` are names in the tables of the user.
    ///
    /// # Panics
    ///
    /// Never: the gate has exactly `SLOTS` entries.
    pub fn new<'a>(extra: impl IntoIterator<Item = &'a str>) -> Self {
        let gate = vec![0; SLOTS].try_into().expect("the gate has exactly `SLOTS` entries");
        let words = FxHashSet::default();
        let mut filter = Self { gate, groups: vec![Vec::new()], words, always: false };
        let builtin = list::HINT_NAMES.iter().chain(list::HINT_LANGUAGE).chain(list::HINT_HEADERS).copied();
        // Code that is HIP already is inspected too, and can have names of a library alone.
        let builtin = builtin.chain(list::HIP_CODE_WORDS.iter().copied());
        builtin.chain(extra).for_each(|hint| filter.add(hint.as_bytes()));
        for word in list::HINT_WORDS.iter().copied().chain(reserved_words()) {
            filter.group(word.as_bytes());
            filter.words.insert(word.as_bytes());
        }
        filter
    }

    fn add(&mut self, hint: &[u8]) {
        match self.group(hint) {
            Some(group) => group.push(hint.into()),
            None => self.always = true,
        }
    }

    /// The hints in the group of `hint`; `None` when `hint` is shorter than `KEY`.
    fn group(&mut self, hint: &[u8]) -> Option<&mut Vec<Box<[u8]>>> {
        let &[a, b, c] = hint.first_chunk::<KEY>()?;
        let slot = &mut self.gate[slot(u64::from_le_bytes([a, b, c, 0, 0, 0, 0, 0]))];
        if *slot == 0 {
            let last = self.groups.len().min(usize::from(u8::MAX));
            self.groups.resize_with(self.groups.len().max(last + 1), Vec::new);
            *slot = last as u8;
        }
        self.groups.get_mut(usize::from(*slot))
    }

    /// Whether `bytes` may contain code to translate.
    pub fn may_hold_cuda(&self, bytes: &[u8]) -> bool {
        if self.always {
            return true;
        }
        let mut at = 0;
        while let Some(word) = bytes[at..].first_chunk::<8>() {
            let word = u64::from_le_bytes(*word);
            // One branch for six places: almost always, none of them chooses a group.
            let picked = (0..STEP).fold(0, |any, place| any | self.gate[slot(word >> (8 * place))]);
            if picked != 0 && (at..at + STEP).any(|place| self.holds_hint(bytes, place)) {
                return true;
            }
            at += STEP;
        }
        (at..bytes.len()).any(|place| self.holds_hint(bytes, place))
    }

    /// Whether there is a hint at `place`.
    fn holds_hint(&self, bytes: &[u8], place: usize) -> bool {
        let here = &bytes[place..];
        let Some(&[a, b, c]) = here.first_chunk::<KEY>() else { return false };
        let group = self.gate[slot(u64::from_le_bytes([a, b, c, 0, 0, 0, 0, 0]))];
        if group == 0 {
            return false;
        }
        let word = || &here[..here.iter().take_while(|&&byte| is_word(byte)).count()];
        let starts = || place.checked_sub(1).is_none_or(|before| !is_word(bytes[before]));
        self.groups[usize::from(group)].iter().any(|hint| here.starts_with(hint))
            || (a == b'_' && starts() && self.words.contains(word()))
    }
}

/// The slot of the first three bytes of `word`: a multiplicative hash.
fn slot(word: u64) -> usize {
    ((word & 0xff_ffff) as u32).wrapping_mul(0x9e37_79b1) as usize >> 16
}
