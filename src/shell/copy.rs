//! The copy in localStorage: for its events, and for the day the row is lost. Where they agree, the row counts.
//! Where each tab keeps its tokens to itself, the copy is in its sessionStorage, and has them.

use super::browser::{can_store, once, open_sealed, write_sealed};
use super::clock::{decimal, whole};
use super::codec::{self, Found};
use super::store::PATIENCE;
use super::{Then, joined};
use crate::machine::{self, Copy, Row, Wall};
use gloo_storage::{LocalStorage, SessionStorage, Storage as _};
use js_sys::{JSON, Object};
use wasm_bindgen::JsValue;
use web_sys::Storage;

/// The keys of one session name.
#[derive(Clone, Debug)]
pub(crate) struct CopyStore {
    storage: Option<Storage>,
    /// Seals the tokens.
    vault: Option<Object>,
    key: String,
    activity_key: String,
}

impl CopyStore {
    pub(crate) fn new(key: &str, kind: machine::Storage, vault: Option<Object>) -> Self {
        let (name, raw): (_, fn() -> Storage) = match kind {
            machine::Storage::Shared | machine::Storage::Memory => ("localStorage", LocalStorage::raw),
            machine::Storage::PerTab => ("sessionStorage", SessionStorage::raw),
        };
        // gloo's accessor panics where storage is denied; it is not by now.
        let storage = can_store(name, "session-warden:probe").then(raw);
        Self { storage, vault, activity_key: joined(&[key, ":activity"]), key: key.to_owned() }
    }

    pub(crate) const fn is_available(&self) -> bool {
        self.storage.is_some()
    }

    pub(crate) const fn storage(&self) -> Option<&Storage> {
        self.storage.as_ref()
    }

    pub(crate) fn key(&self) -> &str {
        &self.key
    }

    pub(crate) fn activity_key(&self) -> &str {
        &self.activity_key
    }

    /// Reads the copy. `then` is told at once, unless the tokens have to come out of the vault.
    pub(crate) fn read(&self, then: Then<Copy>) {
        match self.text() {
            Ok(text) => self.understand(text, then),
            Err(unavailable) => then(unavailable),
        }
    }

    /// Where there is no vault.
    pub(crate) fn read_plain(&self) -> Copy {
        self.text().map_or_else(|unavailable| unavailable, |text| self.decode(text.as_deref()))
    }

    fn text(&self) -> Result<Option<String>, Copy> {
        let storage = self.storage.as_ref().ok_or(Copy::Unavailable)?;
        storage.get_item(&self.key).map_err(|_| Copy::Unavailable)
    }

    /// What a storage event brought.
    pub(crate) fn understand(&self, text: Option<String>, then: Then<Copy>) {
        match (self.decode(text.as_deref()), &self.vault, text) {
            (Copy::Found(row), Some(vault), Some(text)) if row.live().is_some() => {
                let done = once(move |record| {
                    // Without its tokens the copy is of no use, and the row may still have them.
                    then(codec::record_from_js(&record).map_or(Copy::Unavailable, |record| {
                        Copy::Found(Box::new(row.with_tokens(Some(record))))
                    }));
                    JsValue::UNDEFINED
                });
                open_sealed(&text, PATIENCE, vault, &done);
            }
            (copy, ..) => then(copy),
        }
    }

    fn decode(&self, text: Option<&str>) -> Copy {
        let Some(text) = text else { return Copy::Missing };
        match codec::from_text(text) {
            Found::Row(row) => Copy::Found(row),
            // Left behind, it would be tripped over at every start.
            Found::Nothing | Found::Damaged => {
                self.remove();
                Copy::Missing
            }
            Found::Newer => Copy::Unavailable,
        }
    }

    /// Best effort: `false` where the browser refuses (full, denied), and where a newer version of the library
    /// has written.
    pub(crate) fn write(&self, row: &Row) -> bool {
        let Some(storage) = &self.storage else { return false };
        let found = storage.get_item(&self.key).ok().flatten();
        if found.is_some_and(|text| matches!(codec::from_text(&text), Found::Newer)) {
            return false;
        }
        if let Some(vault) = &self.vault {
            write_sealed(storage, &self.key, &codec::to_js(row), vault);
            return true;
        }
        codec::to_text(row).is_some_and(|text| storage.set_item(&self.key, &text).is_ok())
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
