//! The flags of `tranship rules`.

use clap::{Args, Subcommand, ValueEnum};

use super::completion;
use super::options::Tables;

#[derive(Subcommand)]
pub(crate) enum RulesCommand {
    /// List the rules and the CUDA names, each with its result on ROCm
    List(List),
    /// Find rules and CUDA names by words; every word is in the name, the result or the advice
    Search(Search),
}

/// `tranship rules list`.
#[derive(Args)]
#[command(
    after_help = "Examples:\n  tranship rules list --level review\n  tranship rules list --library cublas --output-format json"
)]
pub(crate) struct List {
    /// Only the names of this library, such as `cublas`, or the structural rules with `rules`
    #[arg(long, value_name = "NAME", add = completion::libraries())]
    pub(crate) library: Option<String>,
    /// Only this level
    #[arg(long, value_name = "LEVEL")]
    pub(crate) level: Option<ListLevel>,
    /// The format of the list
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub(crate) output_format: ListFormat,
    #[command(flatten)]
    pub(crate) tables: Tables,
}

/// `tranship rules search`.
#[derive(Args)]
#[command(after_help = "Examples:\n  tranship rules search hipMemcpy async\n  tranship rules search ballot")]
pub(crate) struct Search {
    /// The words; upper and lower case are the same
    #[arg(required = true, value_name = "WORD", allow_hyphen_values = true, add = completion::names())]
    pub(crate) words: Vec<String>,
    #[command(flatten)]
    pub(crate) tables: Tables,
}

#[derive(Copy, Clone, ValueEnum)]
pub(crate) enum ListLevel {
    /// Applied: the meaning stays the same
    Safe,
    /// Applied under an assumption
    Review,
    /// Not applied
    Manual,
}

#[derive(Copy, Clone, PartialEq, Eq, ValueEnum)]
pub(crate) enum ListFormat {
    /// Columns
    Text,
    /// For programs
    Json,
}
