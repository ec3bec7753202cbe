//! The copy in localStorage: for its events, and for the day the row is lost. Where they agree, the row counts.
//! Where each tab keeps its tokens to itself, the copy is in its sessionStorage, and has them.

use super::browser::can_store;
use super::clock::{decimal, whole};
use super::codec::{self, Found};
use super::joined;
use crate::machine::{self, Copy, Row, Wall};
use gloo_storage::{LocalStorage, SessionStorage, Storage as _};
use js_sys::JSON;
use web_sys::Storage;

/// The keys of one session name.
#[derive(Clone, Debug)]
pub(crate) struct CopyStore {
    storage: Option<Storage>,
    key: String,
    activity_key: String,
}

impl CopyStore {
    pub(crate) fn new(key: &str, kind: machine::Storage) -> Self {
        let (name, raw): (_, fn() -> Storage) = match kind {
            machine::Storage::Shared | machine::Storage::Memory => ("localStorage", LocalStorage::raw),
            machine::Storage::PerTab => ("sessionStorage", SessionStorage::raw),
        };
        // gloo's accessor panics where storage is denied; it is not by now.
        let storage = can_store(name, "session-warden:probe").then(raw);
        Self { storage, activity_key: joined(&[key, ":activity"]), key: key.to_owned() }
    }

    pub(crate) const fn is_available(&self) -> bool {
        self.storage.is_some()
    }

    pub(crate) fn key(&self) -> &str {
        &self.key
    }

    pub(crate) fn activity_key(&self) -> &str {
        &self.activity_key
    }

    pub(crate) fn read(&self) -> Copy {
        let Some(storage) = &self.storage else { return Copy::Unavailable };
        match storage.get_item(&self.key) {
            Ok(Some(text)) => self.understand(&text),
            Ok(None) => Copy::Missing,
            Err(_) => Copy::Unavailable,
        }
    }

    /// What a storage event brought.
    pub(crate) fn understand(&self, text: &str) -> Copy {
        match codec::from_text(text) {
            Found::Row(row) => Copy::Found(row),
            // Left behind, it would be tripped over at every start.
            Found::Damaged => {
                self.remove();
                Copy::Missing
            }
            Found::Nothing => Copy::Missing,
            Found::Newer => Copy::Unavailable,
        }
    }

    /// Best effort: `false` where the browser refuses (full, denied), and where a newer version of the library
    /// has written.
    pub(crate) fn write(&self, row: &Row) -> bool {
        let (Some(storage), Some(text)) = (&self.storage, codec::to_text(row)) else { return false };
        let found = storage.get_item(&self.key).ok().flatten();
        let is_newer = found.is_some_and(|text| matches!(codec::from_text(&text), Found::Newer));
        !is_newer && storage.set_item(&self.key, &text).is_ok()
    }

    pub(crate) fn read_activity(&self) -> Option<Wall> {
        parse_activity(&self.storage.as_ref()?.get_item(&self.activity_key).ok()??)
    }

    pub(crate) fn write_activity(&self, at: Wall) {
        if let Some(storage) = &self.storage {
            // Best effort: other tabs then judge by what they see themselves.
            let _ = storage.set_item(&self.activity_key, &decimal(at.0));
        }
    }

    fn remove(&self) {
        if let Some(storage) = &self.storage {
            let _ = storage.remove_item(&self.key);
        }
    }
}

pub(crate) fn parse_activity(text: &str) -> Option<Wall> {
    JSON::parse(text).ok()?.as_f64().map(|at| Wall(whole(at)))
}
