//! `warpSize` in device code, which becomes 32 with `--warp logical32`.

use rustc_hash::FxHashMap;
use tranship_rules::{Level, Rule};

use crate::cpp::functions::Space;
use crate::finding::{Finding, Fix};
use crate::pass::Pass;
use crate::text::Edit;

/// Replaces `warpSize` at the tokens `found`, which match `rule`, if it is CUDA's variable in device code.
pub(crate) fn warp_size(pass: &mut Pass, found: &[usize], rule: &'static Rule) {
    let mut owners = Owners::default();
    let uses: Vec<usize> = found.iter().copied().filter(|&at| is_builtin(pass, &mut owners, at)).collect();
    if uses.is_empty() {
        return;
    }
    let unit = pass.unit;
    let readers = pass.context.index.width_readers();
    let edit = |at: usize| Edit::replace(unit.tokens()[at].span(), "32");
    if readers.is_empty() {
        for at in uses {
            let fix = Fix::One(edit(at));
            pass.report(Finding::of(rule, unit.tokens()[at].span()).at(Level::Safe).with(fix));
        }
        return;
    }
    let assumption = format!(
        "the host does not use the width of the device, 64 on gfx9, with these kernels: see {}",
        listed(readers)
    );
    let fix = Fix::Many(uses.iter().map(|&at| edit(at)).collect());
    let what = "`warpSize` is 32 here, and host code reads the width of the device";
    let finding = Finding::of(rule, unit.tokens()[uses[0]].span()).at(Level::Review).with(fix);
    let also = uses[1..].iter().map(|&at| unit.tokens()[at].span()).collect();
    let finding = Finding { also, ..finding };
    pass.report(finding.saying(what).advising("").assuming(assumption));
}

/// The first places of the list, for a message.
pub(super) fn listed(readers: &[(String, u32)]) -> String {
    const MOST: usize = 4;
    let mut places: Vec<_> = readers.iter().take(MOST).map(|(path, line)| format!("{path}:{line}")).collect();
    if readers.len() > MOST {
        places.push(format!("{} more", readers.len() - MOST));
    }
    places.join(", ")
}

/// Whether `warpSize` is CUDA's variable in a function, by the token of the function's name.
type Owners = FxHashMap<usize, bool>;

/// Whether the use at token `at` is CUDA's variable in device code.
fn is_builtin(pass: &Pass, owners: &mut Owners, at: usize) -> bool {
    let unit = pass.unit;
    let Some(function) = unit.function_at(unit.tokens()[at].start) else {
        return unit.directive_of(at).is_some();
    };
    *owners.entry(function.name).or_insert_with(|| {
        // A lambda for the device is inside of a host function.
        let is_device = || unit.tokens()[function.body.clone()].iter().any(|t| unit.text(t) == b"__device__");
        function.space != Space::Host || is_device()
    })
}
