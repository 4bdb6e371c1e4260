//! How single values of the tables are read.

use std::fmt;

use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserializer, MapAccess, Visitor};
use serde::{Deserialize, de};

use crate::model::{Effort, Level, Scope};
use crate::release::Release;

/// A value that is either a string or a table with fields; an untagged enum would lose the field's message.
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

impl<'de> Deserialize<'de> for Level {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match String::deserialize(deserializer)?.as_str() {
            "safe" => Ok(Level::Safe),
            "review" => Ok(Level::Review),
            "manual" => Ok(Level::Manual),
            other => Err(de::Error::unknown_variant(other, &["safe", "review", "manual"])),
        }
    }
}

impl<'de> Deserialize<'de> for Scope {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match String::deserialize(deserializer)?.as_str() {
            "file" => Ok(Scope::File),
            "closure" => Ok(Scope::Closure),
            "project" => Ok(Scope::Project),
            other => Err(de::Error::unknown_variant(other, &["file", "closure", "project"])),
        }
    }
}

impl<'de> Deserialize<'de> for Effort {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match String::deserialize(deserializer)?.as_str() {
            "check" => Ok(Effort::Check),
            "edit" => Ok(Effort::Edit),
            "rework" => Ok(Effort::Rework),
            other => Err(de::Error::unknown_variant(other, &["check", "edit", "rework"])),
        }
    }
}
