//! Globs for paths, in the syntax of the command line and `tranship.toml`.

use std::path::Path;

use globset::{GlobBuilder, GlobSet, GlobSetBuilder};

/// Globs that match at any depth. A glob with a leading `/` matches only at the root.
#[derive(Clone, Debug, Default)]
pub struct Globs(GlobSet);

impl Globs {
    /// Compiles `globs`; the error names the glob that is not valid.
    pub fn new<S: AsRef<str>>(globs: impl IntoIterator<Item = S>) -> Result<Self, globset::Error> {
        let mut set = GlobSetBuilder::new();
        for glob in globs {
            let glob = glob.as_ref();
            let anywhere = match glob.trim_end_matches('/').strip_prefix('/') {
                Some(anchored) => anchored.to_owned(),
                None => format!("**/{}", glob.trim_end_matches('/').trim_start_matches("./")),
            };
            set.add(GlobBuilder::new(&anywhere).literal_separator(true).build()?);
        }
        Ok(Self(set.build()?))
    }

    /// Whether a glob matches `path` itself.
    pub fn is_match(&self, path: &Path) -> bool {
        self.0.is_match(path)
    }

    /// Whether a glob matches `path` or a folder around it.
    pub fn covers(&self, path: &Path) -> bool {
        !self.0.is_empty() && path.ancestors().any(|part| self.is_match(part))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn globs_match_at_any_depth() {
        let check = |glob: &str, path: &str| Globs::new([glob]).unwrap().is_match(Path::new(path));
        assert!(check("build", "build"));
        assert!(check("build/", "a/b/build"));
        assert!(!check("build", "a/rebuild"));
        assert!(check("*.gen.cu", "a/b/x.gen.cu"));
        assert!(check("a/b", "x/a/b"));
        assert!(check("/a", "a"));
        assert!(!check("/a", "b/a"));
        assert!(!check("a/*", "a/b/c"));
    }

    #[test]
    fn a_folder_covers_its_files() {
        let check = |glob: &str, path: &str| Globs::new([glob]).unwrap().covers(Path::new(path));
        assert!(check("third_party", "x/third_party/a/b.cu"));
        assert!(check("/src", "src/a.cu"));
        assert!(!check("/src", "x/src/a.cu"));
        assert!(!check("a.cu", "b.cu"));
    }
}
