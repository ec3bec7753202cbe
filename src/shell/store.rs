//! Where the row lives.

use super::browser::transact;
use super::clock;
use super::codec::{self, Found};
use super::copy::CopyStore;
use crate::machine::{Commit, Copy, Outcome, Row, StoreFailure};
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use wasm_bindgen::JsValue;
use wasm_bindgen::closure::Closure;
use wasm_bindgen_futures::JsFuture;

/// How long any call to the store may take, in milliseconds.
const PATIENCE: u32 = 1_000;

/// The row's store: IndexedDB where it works, the copy where it does not, memory as the last resort.
#[derive(Debug)]
pub(crate) struct Store {
    key: String,
    copy: CopyStore,
    place: Cell<Place>,
    memory: RefCell<Option<Row>>,
}

/// Where the row is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// Not tried yet.
    Unknown,
    /// A transaction decides between tabs.
    IndexedDb,
    /// Read and written without a fence: two tabs may both believe that they were first.
    LocalStorage,
    /// This tab alone.
    Memory,
}

impl Store {
    pub(crate) fn new(key: &str, copy: CopyStore) -> Self {
        let (place, memory) = (Cell::new(Place::Unknown), RefCell::new(None));
        Self { key: key.to_owned(), copy, place, memory }
    }

    pub(crate) const fn place(&self) -> &Cell<Place> {
        &self.place
    }

    /// Reads the row, or changes it in one transaction with the read.
    pub(crate) async fn run(&self, commit: Option<Rc<Commit>>) -> Result<Outcome, StoreFailure> {
        if matches!(self.place.get(), Place::Unknown | Place::IndexedDb) {
            let outcome = self.transact(commit.clone()).await;
            // Decided once: a tab that changed its store in mid-life would disagree with itself.
            if self.place.get() == Place::IndexedDb {
                return outcome;
            }
            let is_available = self.copy.is_available();
            self.place.set(if is_available { Place::LocalStorage } else { Place::Memory });
        }
        self.run_without_fence(commit.as_deref())
    }

    /// The same at once, where there is no fence to wait for: between read and write nobody gets a turn.
    pub(crate) fn run_now(&self, commit: Option<&Commit>) -> Option<Result<Outcome, StoreFailure>> {
        let is_fenced = matches!(self.place.get(), Place::Unknown | Place::IndexedDb);
        (!is_fenced).then(|| self.run_without_fence(commit))
    }

    async fn transact(&self, commit: Option<Rc<Commit>>) -> Result<Outcome, StoreFailure> {
        let outcome = Rc::new(RefCell::new(Err(StoreFailure)));
        let result = Rc::clone(&outcome);
        let write = commit.is_some();
        let decide = Closure::once_into_js(move |value: JsValue| {
            let row = match codec::from_js(&value) {
                Found::Row(row) => Some(*row),
                Found::Nothing | Found::Damaged => None,
                // A failure, and left as it is.
                Found::Newer => return JsValue::UNDEFINED,
            };
            let (outcome, written) = decide(commit.as_deref(), row);
            *result.borrow_mut() = Ok(outcome);
            written.map_or(JsValue::UNDEFINED, |row| codec::to_js(&row))
        });
        let done = JsFuture::from(transact(&self.key, write, PATIENCE, &decide)).await;
        done.map_err(|_| StoreFailure)?;
        self.place.set(Place::IndexedDb);
        outcome.replace(Err(StoreFailure))
    }

    fn run_without_fence(&self, commit: Option<&Commit>) -> Result<Outcome, StoreFailure> {
        let in_memory = self.place.get() == Place::Memory;
        let row = match self.copy.read() {
            _ if in_memory => self.memory.borrow().clone(),
            Copy::Found(row) => Some(*row),
            Copy::Missing => None,
            Copy::Unavailable => return Err(StoreFailure),
        };
        let (outcome, written) = decide(commit, row);
        match written {
            Some(row) if in_memory => {
                self.memory.replace(Some(row));
            }
            Some(row) if !self.copy.write(&row) => return Err(StoreFailure),
            _ => {}
        }
        Ok(outcome)
    }
}

/// What a commit makes of the row, and what is to be written.
fn decide(commit: Option<&Commit>, row: Option<Row>) -> (Outcome, Option<Row>) {
    match commit.and_then(|commit| commit.decide(row.as_ref(), clock::now().wall)) {
        Some(decided) => (Outcome { accepted: true, row: Some(decided.clone()) }, Some(decided)),
        None => (Outcome { accepted: false, row }, None),
    }
}
