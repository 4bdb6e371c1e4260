//! The rules of tranship as data: what CUDA names, headers, calls and constructs are called on ROCm, and
//! since which release. It knows nothing of parsing code, and it refuses to guess: a name that no table
//! holds is nobody's business here.

mod blocks;
mod hash;
mod intern;
mod lint;
mod lists;
mod lookup;
mod model;
mod release;
mod schema;
#[cfg(test)]
mod tests;
mod values;

/// The checks that the tables name, as `build.rs` wrote them.
mod check {
    include!(concat!(env!("OUT_DIR"), "/checks.rs"));
}

/// The name of each rule of the tables: the rule `inline-ptx` is `rule::INLINE_PTX`.
pub mod rule {
    use crate::model::RuleName;

    include!(concat!(env!("OUT_DIR"), "/rule_names.rs"));
}

/// The words of each list of the tables: the list `cuda-crates` is `list::CUDA_CRATES`.
pub mod list {
    include!(concat!(env!("OUT_DIR"), "/lists.rs"));

    /// Whether `word` is one of the words of a list.
    pub fn has(words: &[&str], word: &[u8]) -> bool {
        words.iter().any(|known| known.as_bytes() == word)
    }
}

/// The tables as `build.rs` wrote them; which types they need depends on what the tables hold.
#[allow(unused_imports, clippy::unreadable_literal)]
mod builtin {
    use crate::check::Check;
    use crate::lists::{OtherBuild, PortableLayer, Sign, Topic, Vendored};
    use crate::model::{
        Call, Cast, Effort, Group, Header, HeaderAction, Helper, InHip, Kind, Level, Library, Look,
        MissingNames, Name, Rule, Scope, Spelling, WarpMode, Wrap,
    };
    use crate::release::Release;

    include!(concat!(env!("OUT_DIR"), "/tables.rs"));
}

pub use builtin::{OTHER_BUILDS, PORTABLE_LAYERS, TOPICS, VENDORED};
pub use check::Check;
pub use lint::{Problem, lint};
pub use lists::{OtherBuild, PortableLayer, Sign, Topic, Vendored};
pub use lookup::{OLDEST_ROCM, Rules};
pub use model::{
    Call, Cast, Effort, Group, Header, HeaderAction, Helper, ITSELF, InHip, Kind, Level, Library, Look,
    MissingNames, Name, Resolution, Rule, RuleName, Scope, Spelling, WarpMode, Wrap,
};
pub use release::{Release, ReleaseError};
pub use schema::TableError;

/// How many texts and rows of tables that were read at run time the process keeps. It grows with what those tables say,
/// not with how often they are loaded.
pub fn kept_rows() -> usize {
    intern::kept()
}
