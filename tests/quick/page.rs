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
            !page.contains("<img") && page.matches("<script").count() == 3,
            "names are text and not markup"
        );
        let links = page.matches("https://github.com/tranship/tranship/blob/").count();
        let addresses = page.matches("http://").count() + page.matches("https://").count();
        assert_eq!(addresses, links, "the only addresses are links to the documentation");
    }
    for name in [
        "rules.folded",
        "already_hip",
        "rule.manual.inline-ptx.count",
        "number.fast math.line",
        "slower.textures",
    ] {
        assert!(names.contains(name), "no project shows `{name}`: {names:?}");
    }
}
