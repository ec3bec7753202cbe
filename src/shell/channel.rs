//! Words between tabs: each is said twice, by BroadcastChannel and by the copy's storage event.

use super::copy::parse_activity;
use super::listener::{Listener, Phase, listen};
use super::{Inner, browser, clock};
use crate::machine::{Copy, Input};
use std::cell::RefCell;
use std::rc::{Rc, Weak};
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{BroadcastChannel, MessageEvent, StorageEvent};

/// The channel of one session name. A message is the row's version, and no secret.
#[derive(Debug, Default)]
pub(crate) struct Channel {
    open: RefCell<Option<(BroadcastChannel, Listener)>>,
}

impl Channel {
    pub(crate) fn open(&self, key: &str, shell: &Weak<Inner>) {
        let Ok(channel) = BroadcastChannel::new(key) else { return };
        let listener = listen(&channel, "message", Phase::Bubble, shell, |inner, event| {
            let version = event.unchecked_ref::<MessageEvent>().data().as_f64();
            if let Some(version) = version {
                inner.feed(Input::Announced { version: clock::whole(version) });
            }
        });
        self.open.replace(Some((channel, listener)));
    }

    pub(crate) fn announce(&self, version: u64) {
        if let Some((channel, _)) = &*self.open.borrow() {
            // Refused on a closed channel only.
            let _ = channel.post_message(&JsValue::from_f64(clock::number(version)));
        }
    }

    /// An open channel keeps a page out of some browsers' back-forward cache.
    pub(crate) fn close(&self) {
        if let Some((channel, listener)) = self.open.take() {
            channel.close();
            drop(listener);
        }
    }
}

/// Storage events come from other tabs only.
pub(crate) fn storage_listener(shell: &Weak<Inner>) -> Option<Listener> {
    let window = browser::window()?;
    Some(listen(&window, "storage", Phase::Bubble, shell, |inner, event| {
        stored(inner, event.unchecked_ref());
    }))
}

fn stored(inner: &Rc<Inner>, event: &StorageEvent) {
    match event.key() {
        Some(key) if key == inner.copy.activity_key() => {
            if let Some(at) = event.new_value().as_deref().and_then(parse_activity) {
                inner.feed(Input::ActivitySeen(at));
            }
        }
        Some(key) if key == inner.copy.key() => {
            let copy = event.new_value().map_or(Copy::Missing, |text| inner.copy.understand(&text));
            inner.feed(Input::CopyRead { copy, activity: None });
        }
        Some(_) => {}
        // `localStorage.clear()` names no key.
        None => inner.feed(Input::CopyRead { copy: inner.copy.read(), activity: None }),
    }
}
