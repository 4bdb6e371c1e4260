//! The rules of tranship as data.
