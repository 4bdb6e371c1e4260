//! Shell completion: the scripts that `tranship completions` prints, and the words that they ask for.
//!
//! The scripts run this program at each completion, so they know the rules, the names and the tables of the user.

use std::ffi::{OsStr, OsString};
use std::io::{self, Write};

use clap::{Arg, ArgAction, Command, CommandFactory};
use clap_complete::Shell;
use clap_complete::engine::{ArgValueCompleter, CompletionCandidate};
use clap_complete::env::{CompleteEnv, Shells};
use tranship_rules::{ARCHITECTURES, Kind, PRODUCTS, Rule, Rules};

use super::Ending;
use super::args::Cli;
use super::options::Tables;

/// The environment variable with the name of the shell that asks for words.
const VARIABLE: &str = "TRANSHIP_COMPLETE";

/// The script for bash. Readline splits `cub::WarpReduce` and `--select=RULE` into several words; the script joins them.
const BASH: &str = r#"_tranship() {
    local IFS=$'\013' words=() prefix="" word at last
    for ((at = 0; at <= COMP_CWORD; at++)); do
        word=${COMP_WORDS[at]}
        last=$((${#words[@]} - 1))
        if ((at > 1)) && [[ $word == [:=]* || ${words[last]} == *[:=] ]]; then
            prefix=${words[last]}
            words[last]+=$word
            if [[ $word == [:=]* ]]; then prefix=${words[last]}; fi
        else
            words+=("$word")
            prefix=""
        fi
    done
    COMPREPLY=($(TRANSHIP_COMPLETE=bash _CLAP_IFS=$IFS _CLAP_COMPLETE_INDEX=$((${#words[@]} - 1)) \
        "${COMP_WORDS[0]}" -- "${words[@]}" 2>/dev/null))
    COMPREPLY=("${COMPREPLY[@]#"$prefix"}")
    if [[ ${#COMPREPLY[@]} == 1 && ${COMPREPLY[0]} == *[=/:] ]]; then compopt -o nospace 2>/dev/null; fi
}
complete -o bashdefault -o default -F _tranship tranship
"#;

/// Prints the script for `shell`.
pub(super) fn script(shell: Shell) -> anyhow::Result<Ending> {
    let mut script = Vec::new();
    match Shells::builtins().completer(&shell.to_string()) {
        Some(completer) if !completer.is("bash") => {
            completer.write_registration(VARIABLE, "tranship", "tranship", "tranship", &mut script)?;
        }
        _ => script.extend(BASH.as_bytes()),
    }
    io::stdout().write_all(&script)?;
    Ok(Ending::Done)
}

/// Prints the words for the command line `arguments` if a script asks for them.
pub(super) fn answer(arguments: &[OsString]) -> clap::error::Result<bool> {
    let here = std::env::current_dir().ok();
    CompleteEnv::with_factory(command).var(VARIABLE).try_complete(arguments.to_vec(), here.as_deref())
}

/// The command line without `-h`. clap offers such a flag behind every word with one dash, which may be an option of nvcc.
fn command() -> Command {
    fn without_short_help(command: Command) -> Command {
        let help = Arg::new("help").long("help").action(ArgAction::Help).help("Print help");
        command.disable_help_flag(true).arg(help).mut_subcommands(without_short_help)
    }
    without_short_help(Cli::command())
}

/// Completes a rule or a name of the tables. Without a beginning, only rules are listed.
pub(super) fn names() -> ArgValueCompleter {
    ArgValueCompleter::new(|current: &OsStr| {
        let (start, tables) = (current.to_string_lossy(), tables());
        let mut found = rules_with(&start, &tables);
        if !start.is_empty() {
            found.extend(names_with(&start, &tables).into_iter().map(CompletionCandidate::new));
        }
        found
    })
}

/// Completes the key of a library.
pub(super) fn libraries() -> ArgValueCompleter {
    ArgValueCompleter::new(|current: &OsStr| {
        let (start, tables) = (current.to_string_lossy(), tables());
        let keys = tables.libraries().iter().map(|library| library.key).chain(["rules"]);
        keys.filter(|key| key.starts_with(&*start)).map(CompletionCandidate::new).collect()
    })
}

/// Completes a GPU architecture or product.
pub(super) fn architectures() -> ArgValueCompleter {
    ArgValueCompleter::new(|current: &OsStr| {
        let start = current.to_string_lossy();
        let names = ARCHITECTURES.iter().flat_map(|row| row.names).copied();
        let all = names.chain(PRODUCTS.iter().map(|product| product.name));
        all.filter(|name| name.starts_with(&*start)).map(CompletionCandidate::new).collect()
    })
}

/// The tables for the current folder. A faulty table of the user does not prevent a completion.
fn tables() -> Rules {
    Tables { rules: Vec::new() }.read().unwrap_or_else(|_| Rules::builtin())
}

/// The rules that begin with `start`, each with its fact.
fn rules_with(start: &str, tables: &Rules) -> Vec<CompletionCandidate> {
    let rules = tables.rules().filter(|rule| rule.name.starts_with(start));
    rules.map(|rule| CompletionCandidate::new(rule.name).help(Some(rule.what.into()))).collect()
}

/// The names, headers, libraries and GPUs that begin with `start`, sorted.
fn names_with(start: &str, tables: &Rules) -> Vec<String> {
    let rows = tables.names().chain(tables.words()).filter(|row| row.kind != Kind::Prefix);
    let watched = tables.rules().flat_map(|rule| rule.identifiers).copied();
    let instructions = tables.ptx_instructions().iter().map(|row| row.pattern);
    let all = rows
        .map(|row| row.cuda.trim_end_matches("=*"))
        .chain(tables.headers().map(|header| header.cuda))
        .chain(watched)
        .chain(tables.libraries().iter().map(|library| library.title))
        .chain(PRODUCTS.iter().map(|product| product.name))
        .chain(ARCHITECTURES.iter().flat_map(|row| row.names).copied())
        .chain(instructions);
    let is_word = |name: &&str| !name.contains(['*', '<', '[', ' ', ',', '(']);
    let mut found: Vec<String> =
        all.filter(|name| name.starts_with(start)).filter(is_word).map(str::to_owned).collect();
    found.extend(qualified_with(start, tables));
    found.sort_unstable();
    found.dedup();
    found
}

/// The names in a namespace that rules look for, as their examples write them: `cub::WarpReduce`.
fn qualified_with(start: &str, tables: &Rules) -> Vec<String> {
    let Some((space, _)) = start.split_once("::") else { return Vec::new() };
    let identifiers = tables.rules().flat_map(|rule| rule.identifiers.iter().map(move |name| (rule, name)));
    let names = identifiers.map(|(rule, name)| (rule, format!("{space}::{name}")));
    let is_there =
        |(rule, name): &(&Rule, String)| name.starts_with(start) && rule.before.contains(name.as_str());
    names.filter(is_there).map(|(_, name)| name).collect()
}
