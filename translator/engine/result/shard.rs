//! A share of the files or of the projects of a scan.

use std::fmt;
use std::path::Path;
use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use xxhash_rust::xxh3::xxh3_64;

use crate::text::path::readable;

/// One of several shares. Each path is in exactly one of them, which depends only on the path and the number of shares.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub struct Shard {
    /// The number of the share, from 1.
    pub number: u32,
    /// The number of all shares.
    pub of: u32,
}

impl Shard {
    /// The share with everything.
    pub const ALL: Self = Self { number: 1, of: 1 };

    /// Whether `path` is in the share. `./a/` and `a` are the same path.
    pub fn has(self, path: &Path) -> bool {
        let parts: Vec<_> = path.components().filter(|part| part.as_os_str() != ".").collect();
        let names: Vec<_> = parts.iter().map(|part| readable(Path::new(part.as_os_str()))).collect();
        xxh3_64(names.join("/").as_bytes()) % u64::from(self.of) == u64::from(self.number - 1)
    }
}

impl FromStr for Shard {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let numbers =
            text.split_once('/').and_then(|(number, of)| Some((number.parse().ok()?, of.parse().ok()?)));
        match numbers {
            Some((number, of)) if 1 <= number && number <= of => Ok(Self { number, of }),
            Some((0, of)) => Err(format!("the first shard is `1/{of}`")),
            Some((_, 0)) => Err("there has to be at least one shard".to_owned()),
            Some((number, of)) => Err(format!("there is no shard {number} of {of}")),
            None => {
                Err("a shard has the form `2/8`: the number of the shard and the number of all shards"
                    .to_owned())
            }
        }
    }
}

impl fmt::Display for Shard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.number, self.of)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_path_is_in_one_shard_and_its_spelling_does_not_matter() {
        let shards: Vec<Shard> = (1..=7).map(|number| Shard { number, of: 7 }).collect();
        let mut sizes = [0; 7];
        for at in 0..700 {
            let path = format!("src/kernels/k{at}.cu");
            let own: Vec<usize> = (0..7).filter(|&shard| shards[shard].has(Path::new(&path))).collect();
            assert_eq!(own.len(), 1, "{path}");
            assert!(shards[own[0]].has(Path::new(&format!("./{path}/"))), "{path}");
            sizes[own[0]] += 1;
        }
        // 100 paths are expected in each; 50 are five standard deviations less.
        assert!(sizes.iter().all(|&size| size > 50), "{sizes:?}");
    }

    #[test]
    fn a_wrong_shard_is_explained() {
        assert_eq!("2/8".parse(), Ok(Shard { number: 2, of: 8 }));
        for wrong in ["", "2", "0/8", "9/8", "1/0", "-1/2", "a/b", "1/2/3"] {
            assert!(wrong.parse::<Shard>().is_err(), "{wrong}");
        }
    }
}
