//! Globs over paths as the command line and `tranship.toml` write them.

use std::path::Path;

use globset::{GlobBuilder, GlobSet, GlobSetBuilder};

/// Globs that match at any depth; a leading `/` ties one to the root.
#[derive(Clone, Debug, Default)]
pub struct Globs(GlobSet);

impl Globs {
    /// Compiles `globs`; the error names the glob that cannot be understood.
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

    /// Whether one of them matches `path` itself.
    pub fn hold(&self, path: &Path) -> bool {
        self.0.is_match(path)
    }

    /// Whether one of them matches `path` or a folder that it lies in.
    pub fn cover(&self, path: &Path) -> bool {
        !self.0.is_empty() && path.ancestors().any(|part| self.hold(part))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn globs_hold_at_any_depth() {
        let check = |glob: &str, path: &str| Globs::new([glob]).unwrap().hold(Path::new(path));
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
    fn a_folder_covers_what_it_holds() {
        let check = |glob: &str, path: &str| Globs::new([glob]).unwrap().cover(Path::new(path));
        assert!(check("third_party", "x/third_party/a/b.cu"));
        assert!(check("/src", "src/a.cu"));
        assert!(!check("/src", "x/src/a.cu"));
        assert!(!check("a.cu", "b.cu"));
    }
}
