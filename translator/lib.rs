//! tranship.
