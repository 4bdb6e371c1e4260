//! Decides which macros of nvcc and CUDA the shadow headers define, so that conditions have the result of the conversion.
//!
//! A macro is defined only if every condition of the project that asks for it has this result, whatever other macros are. ROCm's
//! headers that ask for a macro are included before its definition.

use std::collections::{BTreeMap, BTreeSet};
use std::hash::{DefaultHasher, Hash, Hasher};

use super::expression::{is_true, number, words};

/// The macros that a shadow header can define.
pub(super) const MACROS: [&str; 7] = [
    "__CUDACC__",
    "__NVCC__",
    "__CUDA_ARCH__",
    "CUDA_VERSION",
    "CUDART_VERSION",
    "__CUDACC_VER_MAJOR__",
    "__CUDACC_VER_MINOR__",
];

/// The macro that only the pass for the device defines.
const ARCH: &str = "__CUDA_ARCH__";

/// Compute capabilities and releases of CUDA that are tried, in this order.
const CAPABILITIES: [i64; 5] = [890, 800, 750, 700, 600];
const RELEASES: [(i64, i64); 4] = [(12, 9), (12, 4), (11, 8), (10, 2)];

/// How many values of other macros are tried for one condition.
const TRIALS: u64 = 48;

/// A condition that asks for one of [`MACROS`].
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Question {
    /// The offset of the directive.
    pub(super) offset: u32,
    /// The directive as it is.
    pub(super) old: String,
    /// The directive as the conversion writes it; `None` if an edit is only partly inside.
    pub(super) new: Option<String>,
}

/// The macros with their values.
pub(super) type Values = BTreeMap<&'static str, i64>;

/// The macros to define, and which conditions need no edit with them.
#[derive(Clone, Debug, Default)]
pub(super) struct Answers {
    /// The macros to define with their values.
    pub(super) values: Values,
    /// The texts of the conditions that have the result of the conversion, old and new.
    agreeing: BTreeSet<(String, String)>,
}

impl Answers {
    /// The macros for `questions`, without the macros in `refused`.
    pub(super) fn of<'a>(
        questions: impl Iterator<Item = &'a Question>,
        refused: &BTreeSet<&'static str>,
    ) -> Self {
        let all: BTreeSet<(&str, Option<&str>)> =
            questions.map(|question| (question.old.as_str(), question.new.as_deref())).collect();
        let asks = |macro_: &&'static str| {
            all.iter().any(|(old, _)| words(old).iter().any(|word| word == macro_))
                && !refused.contains(*macro_)
        };
        let mut open: Vec<&'static str> = MACROS.into_iter().filter(asks).collect();
        while !open.is_empty() {
            let mut fewest: Option<(Values, BTreeSet<&'static str>)> = None;
            for values in combinations(&open) {
                let failing: BTreeSet<&'static str> = all
                    .iter()
                    .filter(|(old, new)| !fits(old, *new, &values))
                    .flat_map(|(old, _)| {
                        let words = words(old);
                        open.iter().copied().filter(move |name| words.iter().any(|word| word == name))
                    })
                    .collect();
                if fewest.as_ref().is_none_or(|(_, known)| failing.len() < known.len()) {
                    fewest = Some((values, failing));
                }
                if fewest.as_ref().is_some_and(|(_, failing)| failing.is_empty()) {
                    break;
                }
            }
            let Some((values, failing)) = fewest else { break };
            if failing.is_empty() {
                let agreeing = all.iter().filter_map(|(old, new)| {
                    let new = (*new)?;
                    agree(old, &values, new, &Values::new()).then(|| ((*old).to_owned(), new.to_owned()))
                });
                return Self { agreeing: agreeing.collect(), values };
            }
            open.retain(|name| !failing.contains(name));
        }
        Self::default()
    }

    /// Whether the condition of `question` has the result of the conversion without an edit.
    pub(super) fn settles(&self, question: &Question) -> bool {
        let Some(new) = &question.new else { return false };
        self.agreeing.contains(&(question.old.clone(), new.clone()))
    }

    /// Whether the condition of `question` has the result of the conversion without an edit for host compilers.
    pub(super) fn settles_for_hosts(&self, question: &Question) -> bool {
        let of_hosts: Vec<Compilation> =
            COMPILATIONS.into_iter().filter(|compilation| !compilation.is_hip).collect();
        let new = question.new.as_deref();
        new.is_some_and(|new| agree_in(&of_hosts, &question.old, &self.values, new, &Values::new()))
    }
}

/// The values to try for the macros `open`.
fn combinations(open: &[&'static str]) -> Vec<Values> {
    let mut all = Vec::new();
    for release in RELEASES {
        for capability in CAPABILITIES {
            let value = |name: &'static str| match name {
                "__CUDA_ARCH__" => capability,
                "CUDA_VERSION" | "CUDART_VERSION" => release.0 * 1000 + release.1 * 10,
                "__CUDACC_VER_MAJOR__" => release.0,
                "__CUDACC_VER_MINOR__" => release.1,
                _ => 1,
            };
            let values: Values = open.iter().map(|name| (*name, value(name))).collect();
            if !all.contains(&values) {
                all.push(values);
            }
        }
    }
    all
}

/// Whether the macros `values` do no harm to a condition: it has the result of the conversion, or the edit that the conversion makes
/// has the same result with the macros.
fn fits(old: &str, new: Option<&str>, values: &Values) -> bool {
    let Some(new) = new else { return false };
    let none = Values::new();
    agree(old, values, new, &none) || (old != new && agree(new, values, new, &none))
}

/// A compilation in which conditions are evaluated.
#[derive(Copy, Clone)]
struct Compilation {
    /// Whether a compiler for HIP compiles, and not a host compiler.
    is_hip: bool,
    is_device: bool,
    /// Whether headers of HIP are included before.
    has_headers: bool,
}

const COMPILATIONS: [Compilation; 4] = [
    Compilation { is_hip: true, is_device: true, has_headers: true },
    Compilation { is_hip: true, is_device: false, has_headers: true },
    Compilation { is_hip: false, is_device: false, has_headers: true },
    Compilation { is_hip: false, is_device: false, has_headers: false },
];

/// Whether the directive `a` with the macros `of_a` has the same result as `b` with the macros `of_b` in each compilation.
fn agree(a: &str, of_a: &Values, b: &str, of_b: &Values) -> bool {
    agree_in(&COMPILATIONS, a, of_a, b, of_b)
}

/// Whether both directives have the same result in each of `compilations`. If one of them cannot be evaluated, they are not the same.
fn agree_in(compilations: &[Compilation], a: &str, of_a: &Values, b: &str, of_b: &Values) -> bool {
    let mut numbers: Vec<i64> = words(a).iter().chain(&words(b)).filter_map(|word| number(word)).collect();
    numbers.extend([0, 1, 2]);
    numbers.extend(numbers.clone().iter().flat_map(|number| [number - 1, number + 1]));
    compilations.iter().all(|compilation| {
        (0..TRIALS).all(|trial| {
            let value = |values: &Values, name: &str| -> Option<i64> {
                match compilation.macro_value(values, name) {
                    Macro::Value(value) => Some(value),
                    Macro::Undefined => None,
                    Macro::OfProject => other(name, trial, &numbers),
                }
            };
            let left = is_true(a, &|name| value(of_a, name));
            let right = is_true(b, &|name| value(of_b, name));
            left.is_some() && left == right
        })
    })
}

/// The value of a name in a condition.
enum Macro {
    Value(i64),
    Undefined,
    /// It is no macro of HIP or CUDA.
    OfProject,
}

impl Compilation {
    fn macro_value(self, values: &Values, name: &str) -> Macro {
        let is_visible = match name {
            ARCH => self.is_device,
            "CUDA_VERSION" | "CUDART_VERSION" => self.has_headers,
            _ => self.is_hip,
        };
        if MACROS.contains(&name) {
            let value = values.get(name).copied().filter(|_| is_visible);
            return value.map_or(Macro::Undefined, Macro::Value);
        }
        let when = |is: bool, value: i64| if is { Macro::Value(value) } else { Macro::Undefined };
        match name {
            "__HIPCC__" | "__HIP__" => when(self.is_hip, 1),
            "__HIP_DEVICE_COMPILE__" => when(self.is_device, 1),
            "HIP_VERSION" => when(self.has_headers, 70_100_000),
            "__HIP_PLATFORM_AMD__" => Macro::Value(1),
            _ => Macro::OfProject,
        }
    }
}

/// The value of the macro `name` of the project in one trial.
fn other(name: &str, trial: u64, numbers: &[i64]) -> Option<i64> {
    let mut hasher = DefaultHasher::new();
    (name, trial).hash(&mut hasher);
    let choice = usize::try_from(hasher.finish() >> 8).unwrap_or_default() % (numbers.len() + 3);
    numbers.get(choice).copied()
}

/// The lines that define `values`.
pub(super) fn definitions(values: &Values) -> String {
    let mut text = String::new();
    let line = |name: &str, value: i64| format!("#ifndef {name}\n#define {name} {value}\n#endif\n");
    let compiler: Vec<_> =
        values.iter().filter(|(name, _)| **name != ARCH && name.starts_with("__")).collect();
    if !compiler.is_empty() {
        text.push_str("#ifdef __HIPCC__ // The macros of nvcc.\n");
        for (name, value) in compiler {
            text.push_str(&line(name, *value));
        }
        text.push_str("#endif\n");
    }
    if let Some(value) = values.get(ARCH) {
        text.push_str("#ifdef __HIP_DEVICE_COMPILE__\n");
        text.push_str(&line(ARCH, *value));
        text.push_str("#endif\n");
    }
    for (name, value) in values.iter().filter(|(name, _)| !name.starts_with("__")) {
        text.push_str(&line(name, *value));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Checks the macros for conditions, old and as the conversion writes them, and how many of them need no edit.
    fn check(conditions: &[(&str, &str)], expected: &[(&str, i64)], settled: usize) {
        let questions: Vec<Question> = conditions
            .iter()
            .map(|(old, new)| Question { offset: 0, old: (*old).to_owned(), new: Some((*new).to_owned()) })
            .collect();
        let answers = Answers::of(questions.iter(), &BTreeSet::new());
        let values: Vec<(&str, i64)> = answers.values.iter().map(|(name, value)| (*name, *value)).collect();
        assert_eq!(values, expected, "{conditions:?}");
        let count = questions.iter().filter(|question| answers.settles(question)).count();
        assert_eq!(count, settled, "{conditions:?}");
    }

    #[test]
    fn a_macro_is_defined_if_each_condition_has_the_result_of_the_conversion() {
        check(&[("#ifdef __CUDACC__", "#ifdef __HIPCC__")], &[("__CUDACC__", 1)], 1);
        check(
            &[
                (
                    "#if __CUDA_ARCH__ >= 530 && A",
                    "#if (__CUDA_ARCH__ >= 530 || defined(__HIP_DEVICE_COMPILE__)) && A",
                ),
                ("#ifndef __CUDA_ARCH__", "#ifndef __HIP_DEVICE_COMPILE__"),
            ],
            &[("__CUDA_ARCH__", 890)],
            2,
        );
        check(
            &[("#if CUDART_VERSION < 9000", "#if CUDART_VERSION < 9000 && !defined(HIP_VERSION)")],
            &[("CUDART_VERSION", 12090)],
            1,
        );
    }

    #[test]
    fn a_macro_with_another_result_in_one_place_is_not_defined() {
        // HIP takes the other branch as it is.
        check(&[("#ifdef __CUDACC__", "#ifdef __CUDACC__")], &[], 0);
        // Each value would make one of them true.
        check(
            &[
                ("#if __CUDA_ARCH__ >= 600", "#if __CUDA_ARCH__ >= 600 || defined(__HIP_DEVICE_COMPILE__)"),
                ("#if __CUDA_ARCH__ >= 500", "#if __CUDA_ARCH__ >= 500"),
            ],
            &[],
            0,
        );
        // The older branch of a newer capability is chosen by a lower value.
        check(
            &[
                ("#if __CUDA_ARCH__ >= 600", "#if __CUDA_ARCH__ >= 600 || defined(__HIP_DEVICE_COMPILE__)"),
                ("#if __CUDA_ARCH__ >= 800", "#if __CUDA_ARCH__ >= 800"),
            ],
            &[("__CUDA_ARCH__", 750)],
            2,
        );
    }

    #[test]
    fn another_macro_is_left_out_alone() {
        check(
            &[("#ifdef __CUDACC__", "#ifdef __HIPCC__"), ("#ifdef __NVCC__", "#ifdef __NVCC__")],
            &[("__CUDACC__", 1)],
            2,
        );
    }
}
