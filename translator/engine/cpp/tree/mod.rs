//! The syntax tree of C++, parsed only where a pass needs it, and the calls in it.

pub mod branches;
pub mod calls;
pub mod chunks;
pub mod masked;
pub mod parsed;
