//! Disagreements that are known and open, so that new ones stand out. The list is `open.txt`.

use super::expectation::Outcome;
use std::path::Path;

const LIST: &str = include_str!("open.txt");

/// An outcome that is wrong and on the list counts as not compiled, with what the list says of it.
pub(crate) fn excuse(outcome: Outcome, unit: &Path, target: &str) -> Outcome {
    match (outcome, reason(unit, target)) {
        (Outcome::Wrong(_), Some(why)) => Outcome::NotCompiled(format!("open: {why}")),
        (outcome, _) => outcome,
    }
}

fn reason(unit: &Path, target: &str) -> Option<&'static str> {
    LIST.lines().filter(|line| !line.starts_with('#')).find_map(|line| {
        let mut columns = line.splitn(3, " | ");
        let named = columns.next().is_some_and(|path| Path::new(path) == unit);
        let meant = columns.next().is_some_and(|targets| targets.split(' ').any(|name| name == target));
        columns.next().filter(|_| named && meant)
    })
}

#[cfg(test)]
mod tests {
    use super::excuse;
    use crate::expectation::Outcome;
    use std::path::Path;

    #[test]
    fn what_is_not_on_the_list_stays_wrong() {
        let wrong = Outcome::Wrong("no".into());
        assert_eq!(excuse(wrong.clone(), Path::new("none/such.cu"), "hip-7.1"), wrong);
        assert_eq!(excuse(Outcome::Compiled, Path::new("none/such.cu"), "hip-7.1"), Outcome::Compiled);
    }
}
