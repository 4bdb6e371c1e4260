//! Keeps the texts and rows of tables that are read at run time until the process ends.
//!
//! Rows have static strings, so that findings can refer to them without a copy. Equal texts and rows are kept once. So memory
//! does not grow if a program loads the same table again.

use std::collections::HashSet;
use std::hash::Hash;
use std::sync::{LazyLock, Mutex, PoisonError};

use crate::model::{Call, Cast, Header, Name, Rule, Spelling, Wrap};

/// All kept slices of one type.
pub(crate) type Pool<T> = LazyLock<Mutex<HashSet<&'static [T]>>>;

/// A type with a pool, so that equal rows are kept once.
pub(crate) trait Row: Eq + Hash + Sized + 'static {
    /// The kept slices of this type.
    fn pool() -> &'static Pool<Self>;
}

macro_rules! rows {
    ($($kind:ty),*) => {$(
        impl Row for $kind {
            fn pool() -> &'static Pool<Self> {
                static POOL: Pool<$kind> = LazyLock::new(Mutex::default);
                &POOL
            }
        }
    )*};
    }

rows!(u8, &'static str, Spelling, Name, Header, Rule, Wrap, Cast, Call);

/// The kept slice that equals `rows`.
pub(crate) fn rows<T: Row>(rows: Vec<T>) -> &'static [T] {
    if rows.is_empty() {
        return &[];
    }
    let mut pool = T::pool().lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(kept) = pool.get(rows.as_slice()) {
        return kept;
    }
    let kept: &'static [T] = rows.leak();
    pool.insert(kept);
    kept
}

/// The kept row that equals `row`.
pub(crate) fn row<T: Row>(row: T) -> &'static T {
    &rows(vec![row])[0]
}

/// The kept text that equals `text`.
pub(crate) fn text(text: String) -> &'static str {
    let bytes = rows(text.into_bytes());
    std::str::from_utf8(bytes).unwrap_or_default()
}

/// The kept list of kept texts that equals `list`.
pub(crate) fn texts(list: Vec<String>) -> &'static [&'static str] {
    rows(list.into_iter().map(text).collect())
}

/// The number of kept texts and rows.
pub(crate) fn kept() -> usize {
    fn count<T: Row>() -> usize {
        T::pool().lock().unwrap_or_else(PoisonError::into_inner).len()
    }
    count::<u8>()
        + count::<&'static str>()
        + count::<Spelling>()
        + count::<Name>()
        + count::<Header>()
        + count::<Rule>()
        + count::<Wrap>()
        + count::<Cast>()
        + count::<Call>()
}
