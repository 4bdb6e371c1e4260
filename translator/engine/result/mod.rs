//! The results of translations, with everything that a reader needs, so that they outlive the files.

mod about_files;
mod conversion;
mod found;
pub mod numbers;
mod output_name;
pub mod patch;
mod problem;
mod stale;
pub mod survey;

pub use about_files::{name_clash, out_of_step, submodule, translated, would_change};
pub use conversion::{Conversion, FileReport, Status};
pub use found::{Change, Found, Place, Settled, Snippet, found};
pub use output_name::{lang_with, output_name, source_with};
pub use problem::{Problem, as_text};
pub use stale::{AnswerPlace, Lost, Stale};
