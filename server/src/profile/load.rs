//! From a name or a file to a checked profile, with errors that say file, line and key.

use std::path::{Path, PathBuf};

use serde_path_to_error::Segment;
use thiserror::Error;
use toml::Spanned;
use toml::de::{DeTable, DeValue, Deserializer};

use super::{Profile, check};

const BUILT_IN: &[(&str, &str)] = &[
    ("event-booking", include_str!("../../profiles/event-booking.toml")),
    ("session-guide", include_str!("../../profiles/session-guide.toml")),
    ("jwt-auth", include_str!("../../profiles/jwt-auth.toml")),
    ("justwatched", include_str!("../../profiles/justwatched.toml")),
    ("asp-cranes", include_str!("../../profiles/asp-cranes.toml")),
];

/// Why there is no profile to run.
#[derive(Debug, Error)]
pub enum ProfileError {
    /// No built-in profile has this name.
    #[error("there is no built-in profile `{name}`; there is {known}, or give the path of a .toml file")]
    Unknown {
        /// The name asked for.
        name: String,
        /// The names there are.
        known: String,
    },
    /// The file cannot be read.
    #[error("cannot read the profile {}: {source}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the operating system says.
        source: std::io::Error,
    },
    /// The file is not TOML.
    #[error("{file}:{line}: {message}")]
    Syntax {
        /// The file, or the built-in profile's name.
        file: String,
        /// The line, from 1.
        line: usize,
        /// What is wrong.
        message: String,
    },
    /// A key is unknown, missing, or has a value that it cannot have.
    #[error("{file}:{line}: `{key}`: {message}")]
    Invalid {
        /// The file, or the built-in profile's name.
        file: String,
        /// The line, from 1.
        line: usize,
        /// The key with the tables it lies in, such as `tokens.access_ttl`.
        key: String,
        /// What is wrong.
        message: String,
    },
}

impl Profile {
    /// The profile called `name`: a path where it ends in `.toml` or holds a `/`, else one that is built in.
    ///
    /// # Errors
    /// When there is no such profile, the file cannot be read, or what it says is not a profile.
    pub fn load(name: &str) -> Result<Self, ProfileError> {
        let is_path = name.contains('/') || Path::new(name).extension().is_some_and(|e| e == "toml");
        if is_path {
            let text = std::fs::read_to_string(name)
                .map_err(|source| ProfileError::Read { path: name.into(), source })?;
            return Self::parse(name, &text);
        }
        let Some((name, text)) = BUILT_IN.iter().find(|(built_in, _)| *built_in == name) else {
            let known = BUILT_IN.iter().map(|(name, _)| format!("`{name}`")).collect::<Vec<_>>().join(", ");
            return Err(ProfileError::Unknown { name: name.to_owned(), known });
        };
        Self::parse(name, text)
    }

    /// All built-in profiles.
    ///
    /// # Errors
    /// When one of them is not a profile, which the tests rule out.
    pub fn built_in() -> Result<Vec<Self>, ProfileError> {
        BUILT_IN.iter().map(|(name, text)| Self::parse(name, text)).collect()
    }

    /// The profile that `text` describes; `file` is what errors call it.
    ///
    /// # Errors
    /// When `text` is not TOML, or not a profile.
    pub fn parse(file: &str, text: &str) -> Result<Self, ProfileError> {
        let root = DeTable::parse(text).map_err(|error| ProfileError::Syntax {
            file: file.to_owned(),
            line: error.span().map_or(1, |span| line_at(text, span.start)),
            message: error.message().to_owned(),
        })?;
        let invalid = |key: String, offset: Option<usize>, message: String| ProfileError::Invalid {
            file: file.to_owned(),
            line: line_at(text, offset.or_else(|| offset_near(&root, &key)).unwrap_or_default()),
            key,
            message,
        };
        let profile: Self =
            serde_path_to_error::deserialize(Deserializer::from(root.clone())).map_err(|error| {
                let key = dotted(error.path());
                let offset = error.inner().span().map(|span| span.start);
                invalid(key, offset, error.inner().message().to_owned())
            })?;
        match check::conflict(&profile) {
            Some(conflict) => Err(invalid(conflict.key, None, conflict.message)),
            None => Ok(profile),
        }
    }
}

fn line_at(text: &str, offset: usize) -> usize {
    1 + text.bytes().take(offset).filter(|byte| *byte == b'\n').count()
}

fn dotted(path: &serde_path_to_error::Path) -> String {
    let known = path.iter().filter(|segment| !matches!(segment, Segment::Unknown));
    let mut key = String::new();
    for segment in known {
        if !key.is_empty() && !matches!(segment, Segment::Seq { .. }) {
            key.push('.');
        }
        key.push_str(&segment.to_string());
    }
    key
}

/// Where the value of `key` begins in the text or, if it has none, its table.
fn offset_near(root: &Spanned<DeTable<'_>>, key: &str) -> Option<usize> {
    offset_of(root, key).or_else(|| offset_of(root, key.rsplit_once('.')?.0))
}

/// Where the value of `key` (`table.key`, `array[0].key`) begins in the text.
fn offset_of(root: &Spanned<DeTable<'_>>, key: &str) -> Option<usize> {
    let mut steps = key.split(['.', '[']);
    let mut value = root.get_ref().get(steps.next()?)?;
    for step in steps {
        value = match value.get_ref() {
            DeValue::Table(table) => table.get(step)?,
            DeValue::Array(array) => array.get(step.strip_suffix(']')?.parse::<usize>().ok()?)?,
            _ => return None,
        };
    }
    Some(value.span().start)
}
