//! Every figure on the page of `tranship scan` follows from the JSON. `tests/proof/browser` opens the page in a browser.

use std::collections::BTreeSet;
use std::fs;

use crate::support::page::{figures, page, projects, shown};

#[test]
fn every_figure_of_the_page_follows_from_the_json() {
    let mut names = BTreeSet::new();
    for project in projects() {
        let (page, json) = page(&project);
        let expected = figures(&json);
        let page = fs::read_to_string(page).unwrap();
        assert_eq!(shown(&page), expected);
        names.extend(expected.into_keys());
        assert!(
            !page.contains("<img") && page.matches("<script").count() == 2,
            "names are text and not markup"
        );
        assert!(!page.contains("http://") && !page.contains("https://"), "the page needs no network");
    }
    for name in ["rules.folded", "already_hip", "rule.manual.inline-ptx.count", "number.fast math.line"] {
        assert!(names.contains(name), "no project shows `{name}`: {names:?}");
    }
}
