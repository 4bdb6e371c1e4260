//! The syntax tree of C++, parsed only where a pass asks, and the questions that passes ask of it.

pub mod branches;
pub mod chunks;
pub mod masked;
pub mod parsed;
pub mod queries;
