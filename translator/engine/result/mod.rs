//! The results of translations, with all their text and positions, so that the files are not needed any more.

mod about_files;
mod conversion;
mod found;
pub mod numbers;
mod one_answer;
pub mod patch;
mod problem;
mod shard;
mod stale;
pub mod survey;

pub use crate::output_name::{lang_with, output_name};
pub use crate::source::source_with;
pub use about_files::{
    advised, ignored_output, name_clash, out_of_step, submodule, translated, would_change,
};
pub use conversion::{Basis, Conversion, FileReport, Revision, Status};
pub use found::{Change, Found, OtherPlace, Place, Settled, Snippet, every_finding, found};
pub use one_answer::merge_equal_findings;
pub use problem::{Problem, as_text};
pub use shard::Shard;
pub use stale::{AnswerPlace, Lost, Stale};
