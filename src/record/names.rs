//! Names in place of what must not be written down.
//!
//! Serialising a [`Secret`] is an error everywhere but within [`Names::within`], and there a name is written:
//! whatever types come to hold a secret, no serialiser gets hold of it.

use crate::machine::Secret;
use core::cell::RefCell;
use serde::{Deserialize, Deserializer, Serialize, Serializer, ser};
use std::collections::HashMap;
use std::hash::Hash;

/// The names given so far: in the order of appearance, so that a replay gives the same ones.
#[derive(Default)]
pub(crate) struct Names {
    tokens: HashMap<Secret, usize>,
    subjects: HashMap<String, usize>,
    users: HashMap<String, usize>,
}

thread_local! {
    /// `Serialize` has no way to hand the names down to the values.
    static PRESENT: RefCell<Option<Names>> = const { RefCell::new(None) };
}

impl Names {
    /// Lets `write` serialise what holds secrets.
    pub(crate) fn within<T>(&mut self, write: impl FnOnce() -> T) -> T {
        let outer = PRESENT.replace(Some(core::mem::take(self)));
        let written = write();
        *self = PRESENT.replace(outer).unwrap_or_default();
        written
    }
}

impl Serialize for Secret {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if self.expose().is_empty() {
            return serializer.serialize_str("");
        }
        let number = number(|names| numbered(&mut names.tokens, self))?;
        serializer.collect_str(&format_args!("token-{number}"))
    }
}

impl<'de> Deserialize<'de> for Secret {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(Self::new)
    }
}

/// Whose session it is: personal, so named as well.
pub(crate) mod subject {
    use super::{Deserialize, Deserializer, Serializer, number, numbered, write_name};

    pub(crate) fn serialize<S: Serializer>(subject: &Option<String>, to: S) -> Result<S::Ok, S::Error> {
        write_name("subject", subject, |s| number(|names| numbered(&mut names.subjects, s)), to)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Option<String>, D::Error> {
        Option::deserialize(from)
    }
}

/// The application's user object: personal, so named as well.
pub(crate) mod user {
    pub(crate) use super::subject::deserialize;
    use super::{Serializer, number, numbered, write_name};

    pub(crate) fn serialize<S: Serializer>(user: &Option<String>, to: S) -> Result<S::Ok, S::Error> {
        write_name("user", user, |user| number(|names| numbered(&mut names.users, user)), to)
    }
}

fn write_name<S: Serializer>(
    kind: &str,
    value: &Option<String>,
    number: impl FnOnce(&String) -> Result<usize, S::Error>,
    to: S,
) -> Result<S::Ok, S::Error> {
    match value {
        None => to.serialize_none(),
        Some(value) if value.is_empty() => to.serialize_some(""),
        Some(value) => to.serialize_some(&format!("{kind}-{}", number(value)?)),
    }
}

fn number<E: ser::Error>(of: impl FnOnce(&mut Names) -> usize) -> Result<usize, E> {
    PRESENT
        .with_borrow_mut(|names| names.as_mut().map(of))
        .ok_or_else(|| E::custom("tokens are serialised in recordings only, as names"))
}

fn numbered<K: Clone + Eq + Hash>(numbers: &mut HashMap<K, usize>, key: &K) -> usize {
    if let Some(number) = numbers.get(key) {
        return *number;
    }
    let number = numbers.len().saturating_add(1);
    numbers.insert(key.clone(), number);
    number
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_serialiser_gets_hold_of_a_secret() {
        let error = serde_json::to_string(&Secret::new("eyJ.a.b")).expect_err("it is a secret");
        assert_eq!(error.to_string(), "tokens are serialised in recordings only, as names");
    }

    #[test]
    fn equal_secrets_have_one_name_and_different_ones_two() {
        let mut names = Names::default();
        let mut write = |tokens: &[&str]| {
            let secrets: Vec<Secret> = tokens.iter().map(|token| Secret::new(*token)).collect();
            names.within(|| serde_json::to_string(&secrets)).expect("names")
        };
        assert_eq!(write(&["a", "b", "", "a"]), r#"["token-1","token-2","","token-1"]"#);
        assert_eq!(write(&["c", "b"]), r#"["token-3","token-2"]"#);
    }
}
