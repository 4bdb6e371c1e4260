//! Releases of ROCm and CUDA. A patch number is read and ignored, because only minor releases add and remove names.

use std::fmt;
use std::str::FromStr;

/// A ROCm or CUDA release, such as 7.1.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Release {
    /// The number before the dot.
    pub major: u16,
    /// The number after the dot; 0 if the text has none.
    pub minor: u16,
}

impl Release {
    /// The release `major.minor`.
    pub const fn new(major: u16, minor: u16) -> Self {
        Self { major, minor }
    }
}

impl fmt::Display for Release {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.major, self.minor)
    }
}

/// The text is not a release.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a release; write it like `7.1`")]
pub struct ReleaseError(pub String);

impl FromStr for Release {
    type Err = ReleaseError;

    fn from_str(text: &str) -> Result<Self, ReleaseError> {
        let error = || ReleaseError(text.to_owned());
        let mut numbers = text.split('.').map(parse_number);
        let major = numbers.next().flatten().ok_or_else(error)?;
        let minor = numbers.next().unwrap_or(Some(0)).ok_or_else(error)?;
        let patch = numbers.next().unwrap_or(Some(0));
        if patch.is_none() || numbers.next().is_some() {
            return Err(error());
        }
        Ok(Self { major, minor })
    }
}

/// Reads a number of digits only. `u16::from_str` would also accept a leading `+`.
fn parse_number(text: &str) -> Option<u16> {
    if text.bytes().all(|byte| byte.is_ascii_digit()) { text.parse().ok() } else { None }
}
