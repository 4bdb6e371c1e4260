//! The settings in effect for a folder, with the place that sets each: `--show-settings`.

use std::fmt::Write as _;
use std::path::Path;

use serde::Serialize;
use tranship_engine::result::Problem;

use super::config::{Apply, ConfigFile};
use super::setup::{Overrides, Setup};
use toml::Value;

/// The settings for the folder `root`, which the user sees as `shown`, as a `tranship.toml`. It names the place of each setting in a
/// comment.
pub fn settings(root: &Path, shown: &Path, overrides: &Overrides) -> Result<String, Problem> {
    let file = overrides.configuration(root)?;
    let setup = Setup::new(root, overrides)?;
    let mut text = format!("# Settings for {}\n", shown.display());
    let place = file.path.as_ref().map(|path| path.display().to_string());
    for Setting { key, value, flag, key_is_set } in all(&setup, &file, overrides) {
        let origin = match (&place, flag, key_is_set) {
            (Some(place), true, true) if value.is_array() => format!("command line and {place}"),
            (_, true, _) => "command line".to_owned(),
            (Some(place), _, true) => place.clone(),
            _ => "default".to_owned(),
        };
        let _ = writeln!(text, "{key} = {value}  # {origin}");
    }
    Ok(text)
}

struct Setting {
    key: &'static str,
    value: Value,
    /// Whether the command line sets it.
    flag: bool,
    /// Whether the configuration sets it.
    key_is_set: bool,
}

fn all(setup: &Setup, file: &ConfigFile, flags: &Overrides) -> Vec<Setting> {
    let (options, config) = (&setup.context.options, &file.config);
    let selection = &options.selection;
    let set = |key, value, flag, key_is_set| Setting { key, value, flag, key_is_set };
    let text = |text: &str| Value::from(text.to_owned());
    let list = |items: &[String]| Value::from(items.to_vec());
    let texts = |items: &[toml::Spanned<String>]| -> Vec<String> {
        items.iter().map(|item| item.get_ref().clone()).collect()
    };
    let rules: Vec<String> = flags.rules.iter().map(|path| path.display().to_string()).collect();
    let mut all = vec![
        set("rocm", text(&options.target.rocm.to_string()), flags.rocm.is_some(), config.rocm.is_some()),
        set("arch", list(&options.target.archs), !flags.arch.is_empty(), !config.arch.is_empty()),
        set("launch", named(options.launch), flags.launch.is_some(), config.launch.is_some()),
        set("warp", named(options.warp), flags.warp.is_some(), config.warp.is_some()),
        set("libraries", named(options.libraries), flags.libraries.is_some(), config.libraries.is_some()),
        set("keep_names", Value::from(options.keep_names), flags.keep_names, config.keep_names.is_some()),
        set(
            "own_hip_build",
            named(options.own_hip_build),
            flags.own_hip_build.is_some(),
            config.own_hip_build.is_some(),
        ),
        set(
            "support_header",
            text(&options.support.path.display().to_string()),
            false,
            config.support_header.is_some(),
        ),
        set(
            "apply",
            named(flags.apply.or(config.apply).unwrap_or(Apply::Review)),
            flags.apply.is_some(),
            config.apply.is_some(),
        ),
        set("select", list(&selection.select), !flags.select.is_empty(), !config.select.is_empty()),
        set("ignore", ignore(config, flags), !flags.ignore.is_empty(), !config.ignore.is_empty()),
        set("only", only(setup), !flags.only.is_empty(), !config.only.is_empty()),
        set(
            "exclude",
            list(&[texts(&config.exclude), flags.exclude.clone()].concat()),
            !flags.exclude.is_empty(),
            !config.exclude.is_empty(),
        ),
        set("endings", list(&setup.endings), !flags.endings.is_empty(), !config.endings.is_empty()),
        set(
            "hip_guards",
            list(&options.hip_guards),
            !flags.hip_guards.is_empty(),
            !config.hip_guards.is_empty(),
        ),
        set(
            "rules",
            list(&[texts(&config.rules), rules].concat()),
            !flags.rules.is_empty(),
            !config.rules.is_empty(),
        ),
    ];
    if let Some(cuda) = options.target.cuda {
        all.insert(1, set("cuda", text(&cuda.to_string()), flags.cuda.is_some(), config.cuda.is_some()));
    }
    all
}

/// The name of a choice, as the configuration writes it.
fn named(choice: impl Serialize) -> Value {
    // A choice without fields is always a text.
    Value::try_from(choice).unwrap_or(Value::String(String::new()))
}

/// The rules that do not run: names, and tables for those of some files.
fn ignore(config: &super::config::Config, flags: &Overrides) -> Value {
    let entry = |entry: &toml::Spanned<super::config::Ignore>| {
        let ignore = entry.get_ref();
        if ignore.paths.is_empty() {
            return Value::from(ignore.rule.clone());
        }
        let rule = ("rule".to_owned(), Value::from(ignore.rule.clone()));
        let paths = ("paths".to_owned(), Value::from(ignore.paths.clone()));
        Value::Table([rule, paths].into_iter().collect())
    };
    let flags = flags.ignore.iter().cloned().map(Value::from);
    Value::Array(config.ignore.iter().map(entry).chain(flags).collect())
}

fn only(setup: &Setup) -> Value {
    let kinds = setup.context.options.selection.only.iter();
    Value::Array(kinds.map(named).collect())
}

#[cfg(test)]
mod tests {
    use std::fs;

    use tranship_engine::pass::{LaunchStyle, Warp};

    use super::*;
    use crate::project::config::CONFIG;

    /// The line of each setting without its comment.
    fn lines(text: &str) -> Vec<&str> {
        text.lines()
            .filter(|line| !line.starts_with('#'))
            .map(|line| line.split("  # ").next().unwrap())
            .collect()
    }

    #[test]
    fn the_printed_settings_are_a_configuration_that_sets_the_same() {
        let folder = tempfile::tempdir().unwrap();
        let flags = Overrides {
            cuda: Some("12.4".parse().unwrap()),
            arch: vec!["gfx950".to_owned()],
            warp: Some(Warp::Native),
            launch: Some(LaunchStyle::Macro),
            keep_names: true,
            apply: Some(Apply::Safe),
            ignore: vec!["inline-ptx".to_owned()],
            only: vec![tranship_engine::lang::Area::Cpp],
            endings: vec!["cuinl".to_owned()],
            hip_guards: vec!["MYAPP_HIP".to_owned()],
            ..Overrides::default()
        };
        let of_flags = settings(folder.path(), folder.path(), &flags).unwrap();
        assert_eq!(of_flags.matches("# command line").count(), 10, "{of_flags}");
        fs::write(folder.path().join(CONFIG), &of_flags).unwrap();
        let of_file = settings(folder.path(), folder.path(), &Overrides::default()).unwrap();
        assert_eq!(lines(&of_file), lines(&of_flags));
        assert!(!of_file.contains("# command line"), "{of_file}");
    }
}
