//! Reads single values of the tables.

use std::fmt;

use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserializer, MapAccess, Visitor};
use serde::{Deserialize, de};

use crate::model::{AnswerFor, Effort, Group, InHip, Level, Look, MissingNames, Scope, WarpMode};
use crate::release::Release;

/// Reads a value that is a string or a table with fields. An untagged enum would lose the error message of the field.
pub(crate) fn string_or_table<'de, D, T>(deserializer: D, plain: fn(String) -> T) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    struct StringOrTable<T>(fn(String) -> T);
    impl<'de, T: Deserialize<'de>> Visitor<'de> for StringOrTable<T> {
        type Value = T;
        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a name in quotes, or a table with `hip`, `unsupported` or the like")
        }
        fn visit_str<E: de::Error>(self, text: &str) -> Result<T, E> {
            Ok((self.0)(text.to_owned()))
        }
        fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<T, A::Error> {
            T::deserialize(MapAccessDeserializer::new(map))
        }
    }
    deserializer.deserialize_any(StringOrTable(plain))
}

impl<'de> Deserialize<'de> for Release {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(de::Error::custom)
    }
}

/// Implements reading of a type with one word for each value.
macro_rules! words {
    ($kind:ident { $($word:literal => $value:ident),* }) => {
        impl<'de> Deserialize<'de> for $kind {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                match String::deserialize(deserializer)?.as_str() {
                    $($word => Ok($kind::$value),)*
                    other => Err(de::Error::unknown_variant(other, &[$($word),*])),
                }
            }
        }
    };
}

words!(Level { "safe" => Safe, "review" => Review, "manual" => Manual });
words!(Scope { "file" => File, "closure" => Closure, "project" => Project });
words!(Effort { "check" => Check, "edit" => Edit, "rework" => Rework });
words!(Look { "use" => Use, "member" => Member, "word" => Word });
words!(MissingNames { "check" => Check, "name" => Name, "rule" => Rule });
words!(Group { "warp-functions" => WarpFunctions, "warp-width" => WarpWidth });
words!(WarpMode { "logical32" => Logical32, "native" => Native });
words!(AnswerFor { "place" => Place, "project" => Project });
words!(InHip { "never" => Never, "without-fix" => WithoutFix, "always" => Always });
