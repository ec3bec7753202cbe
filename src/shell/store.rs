//! Where the row lives.

use super::Then;
use super::browser::{fenced, once, transact};
use super::clock;
use super::codec::{self, Found};
use super::copy::CopyStore;
use crate::machine::{Commit, Copy, Outcome, Row, Storage, StoreFailure};
use js_sys::Object;
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use wasm_bindgen::JsValue;

/// How long any call to a store may take, in milliseconds.
pub(crate) const PATIENCE: u32 = 1_000;

/// The first one may have to wait for a browser that has only just started. A tab that gave up too early would keep
/// the row elsewhere than the others do. It is over before the machine goes on without the row.
const FIRST_PATIENCE: u32 = 2_500;

/// The row's store: IndexedDB where it works, the copy where it does not, memory as the last resort.
#[derive(Debug)]
pub(crate) struct Store {
    copy: CopyStore,
    /// Without a fence, the copy stands for the row; not where it has what the row must not have.
    copy_can_stand_in: bool,
    /// Seals the tokens in the row.
    vault: Option<Object>,
    place: Cell<Place>,
    newer: Rc<Cell<bool>>,
    memory: RefCell<Option<Row>>,
}

/// Where the row is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// Not tried yet.
    Unknown,
    /// A transaction decides between tabs.
    IndexedDb,
    /// The copy stands in, behind a fence of locks. Where there are none either, two tabs may both believe that they
    /// were first.
    LocalStorage,
    /// This tab alone.
    Memory,
}

impl Store {
    pub(crate) fn new(copy: CopyStore, storage: Storage, vault: Option<Object>) -> Self {
        let (place, memory) = (Cell::new(Place::Unknown), RefCell::new(None));
        let copy_can_stand_in = copy.is_available() && storage != Storage::PerTab && vault.is_none();
        Self { copy, copy_can_stand_in, vault, place, newer: Rc::default(), memory }
    }

    pub(crate) const fn place(&self) -> &Cell<Place> {
        &self.place
    }

    /// A newer version of the library has written the row.
    pub(crate) fn is_newer(&self) -> bool {
        self.newer.get()
    }

    /// Reads the row `key`, or changes it in one transaction with the read.
    pub(crate) fn run(
        self: &Rc<Self>,
        key: String,
        commit: Option<Rc<Commit>>,
        then: Then<Result<Outcome, StoreFailure>>,
    ) {
        match self.place.get() {
            Place::Unknown | Place::IndexedDb => self.transact(key, commit, then, true),
            Place::LocalStorage => self.run_on_copy(&key, commit, then),
            Place::Memory => then(self.run_in_memory(commit.as_deref())),
        }
    }

    fn transact(
        self: &Rc<Self>,
        key: String,
        commit: Option<Rc<Commit>>,
        then: Then<Result<Outcome, StoreFailure>>,
        is_first: bool,
    ) {
        let write = commit.is_some();
        let sid = commit.as_ref().map(|commit| commit.sid().0.clone());
        let to_be_sealed = self.vault.as_ref().and_then(|_| commit.as_ref()?.record());
        let to_be_sealed = to_be_sealed.map_or(JsValue::UNDEFINED, codec::record_to_js);
        let outcome = Rc::new(RefCell::new(Err(StoreFailure)));
        let decide = {
            let (commit, outcome, newer) = (commit.clone(), Rc::clone(&outcome), Rc::clone(&self.newer));
            once(move |value| {
                let row = match codec::from_js(&value) {
                    Found::Row(row) => Some(*row),
                    Found::Nothing | Found::Damaged => None,
                    // A failure, and left as it is.
                    Found::Newer => {
                        newer.set(true);
                        return JsValue::UNDEFINED;
                    }
                };
                let (decided, written) = decide(commit.as_deref(), row);
                *outcome.borrow_mut() = Ok(decided);
                written.map_or(JsValue::UNDEFINED, |row| codec::to_js(&row))
            })
        };
        let (store, name) = (Rc::clone(self), key.clone());
        let done = once(move |result| {
            if result.is_truthy() {
                store.place.set(Place::IndexedDb);
                let outcome = outcome.replace(Err(StoreFailure));
                then(outcome.map(|outcome| with_record(outcome, &result)));
            } else if result.is_null() && is_first && outcome.borrow().is_ok() {
                // What the row bore has been replaced since, and thrown away.
                store.transact(name, commit, then, false);
            } else if result.is_null() || store.place.get() == Place::IndexedDb {
                // Decided once: a tab that changed its store in mid-life would disagree with itself.
                then(Err(StoreFailure));
            } else {
                let stand_in = if store.copy_can_stand_in { Place::LocalStorage } else { Place::Memory };
                store.place.set(stand_in);
                store.run(name, commit, then);
            }
            JsValue::UNDEFINED
        });
        let (vault, sid) = (self.vault.as_ref(), sid.as_deref());
        let patience = if self.place.get() == Place::Unknown { FIRST_PATIENCE } else { PATIENCE };
        transact(&key, write, patience, &decide, &done, vault, sid, &to_be_sealed);
    }

    /// The copy in the row's place, while no other tab has its turn with it.
    fn run_on_copy(
        self: &Rc<Self>,
        key: &str,
        commit: Option<Rc<Commit>>,
        then: Then<Result<Outcome, StoreFailure>>,
    ) {
        let Some(storage) = self.copy.storage() else { return then(Err(StoreFailure)) };
        let outcome = Rc::new(RefCell::new(Err(StoreFailure)));
        let work = {
            let (store, outcome) = (Rc::clone(self), Rc::clone(&outcome));
            once(move |_| {
                let row = match store.copy.read_plain() {
                    Copy::Found(row) => Some(*row),
                    Copy::Missing => None,
                    Copy::Unavailable => return JsValue::FALSE,
                };
                let (decided, written) = decide(commit.as_deref(), row);
                if written.as_ref().is_none_or(|row| store.copy.write(row)) {
                    *outcome.borrow_mut() = Ok(decided);
                }
                written.is_some().into()
            })
        };
        let done = once(move |_| {
            then(outcome.replace(Err(StoreFailure)));
            JsValue::UNDEFINED
        });
        fenced(key, storage, PATIENCE, &work, &done);
    }

    fn run_in_memory(&self, commit: Option<&Commit>) -> Result<Outcome, StoreFailure> {
        let row = self.memory.borrow().clone();
        let (outcome, written) = decide(commit, row);
        if written.is_some() {
            self.memory.replace(written);
        }
        Ok(outcome)
    }
}

/// The outcome with the record that came out of the vault, where the row had it sealed.
fn with_record(outcome: Outcome, record: &JsValue) -> Outcome {
    let is_sealed = |row: &Row| row.live().is_some_and(|live| live.record.is_none());
    match codec::record_from_js(record) {
        Some(record) if outcome.row.as_ref().is_some_and(is_sealed) => {
            Outcome { row: outcome.row.map(|row| row.with_tokens(Some(record))), ..outcome }
        }
        _ => outcome,
    }
}

/// What a commit makes of the row, and what is to be written.
fn decide(commit: Option<&Commit>, row: Option<Row>) -> (Outcome, Option<Row>) {
    match commit.and_then(|commit| commit.decide(row.as_ref(), clock::now().wall)) {
        Some(decided) => (Outcome { accepted: true, row: Some(decided.clone()) }, Some(decided)),
        None => (Outcome { accepted: false, row }, None),
    }
}
