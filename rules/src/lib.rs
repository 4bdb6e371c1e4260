//! The rules of tranship as data: what CUDA names, headers, calls and constructs are called on ROCm, and
//! since which release. It knows nothing of parsing code, and it refuses to guess: a name that no table
//! holds is nobody's business here.

mod hash;
mod lint;
mod lookup;
mod model;
mod ptx;
mod ptx_lookup;
#[cfg(test)]
mod ptx_schema;
mod release;
mod schema;
#[cfg(test)]
mod tests;
mod values;

/// The tables as `build.rs` wrote them; which types they need depends on what the tables hold.
#[allow(unused_imports, clippy::unreadable_literal)]
mod builtin {
    use crate::model::{
        Call, Cast, Effort, Header, HeaderAction, Helper, Kind, Level, Library, Name, Rule, Scope, Spelling,
        Wrap,
    };
    use crate::ptx::{PtxGroup, PtxInstruction, PtxRegister};
    use crate::release::Release;

    include!(concat!(env!("OUT_DIR"), "/tables.rs"));
}

pub use lint::{Problem, lint};
pub use lookup::{OLDEST_ROCM, Rules};
pub use model::{
    Call, Cast, Effort, Header, HeaderAction, Helper, Kind, Level, Library, Name, REWORK, Resolution, Rule,
    Scope, Spelling, Wrap,
};
pub use ptx::{PtxBindings, PtxGroup, PtxInstruction, PtxRegister};
pub use release::{Release, ReleaseError};
pub use schema::TableError;
