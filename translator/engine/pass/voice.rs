//! Who speaks of a name without a counterpart that a rule watches: the pass for names or that for hazards.

use tranship_rules::Rule;

/// Rules of the pass for hazards that speak of every use of their identifiers.
pub(crate) const SPEAKING: &[&str] =
    &["activemask", "match-sync", "reduce-sync", "shuffle-mask", "syncwarp", "vote-sync"];

/// Rules of the pass for hazards that look at the code around their identifiers and often stay silent.
pub(crate) const SELECTIVE: &[&str] = &[
    "ballot-truncated",
    "coalesced-threads",
    "device-pointer-arithmetic",
    "device-property-logic",
    "find-first-set",
    "fp8-range",
    "group-algorithm",
    "half-pair-extremum",
    "index-as-vector",
    "inline-ptx",
    "launch-bounds",
    "libcudacxx",
    "register-keyword",
    "spin-lock",
    "string-header",
    "surface",
    "texture-object",
    "texture-reference",
    "tile-function",
    "user-atomic-clash",
    "vector-constructor",
    "vector-operator-clash",
    "volatile-vector",
    "warp-size-constant",
    "warp-size-literal",
];

/// How the pass for names reports a name without a counterpart that a rule watches.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(crate) enum Voice {
    /// Not at all: the pass for hazards speaks of it.
    Hazards,
    /// As this rule: being there is the hazard.
    Rule,
    /// As the name: the rule is about something else than its absence.
    Name,
}

impl Voice {
    /// Who speaks of the names that `rule` watches.
    pub(crate) fn of(rule: &Rule) -> Self {
        if SPEAKING.contains(&rule.name) {
            Self::Hazards
        } else if SELECTIVE.contains(&rule.name) {
            Self::Name
        } else {
            Self::Rule
        }
    }
}
