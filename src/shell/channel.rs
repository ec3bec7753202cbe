//! Words between tabs. That something changed is said twice, by BroadcastChannel and by the copy's storage event.

use super::browser::{watch_channel, watch_storage};
use super::copy::parse_activity;
use super::listener::{Listener, listen};
use super::{Inner, Values, clock, codec};
use crate::machine::{Input, Sid, Wall};
use js_sys::Array;
use std::cell::RefCell;
use std::rc::{Rc, Weak};
use wasm_bindgen::{JsCast, JsValue};
use web_sys::BroadcastChannel;

/// The channel of one session name.
#[derive(Debug, Default)]
pub(crate) struct Channel {
    open: RefCell<Option<(BroadcastChannel, Listener)>>,
}

/// What one tab says to the others, and what goes with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Word {
    /// The row has this version.
    Announce,
    /// Somebody was active at this instant, where tabs share no storage to note it in.
    Activity,
    /// Who has the tokens?
    AskHandover,
    /// A row with the tokens: the only word with a secret in it, and every script of the origin can ask for it.
    HandOver,
    /// Is there a living tab of this session?
    LookForSiblings,
    /// There is.
    Alive,
}

impl Word {
    const ALL: [Self; 6] = [
        Self::Announce,
        Self::Activity,
        Self::AskHandover,
        Self::HandOver,
        Self::LookForSiblings,
        Self::Alive,
    ];
}

impl Channel {
    /// Anew, where it is open: a page that goes on need not have been kept.
    pub(crate) fn open(&self, key: &str, shell: &Weak<Inner>) {
        self.close();
        let Ok(channel) = BroadcastChannel::new(key) else { return };
        let listener = listen(
            shell,
            |react| watch_channel(&channel, react),
            |inner, message| {
                hear(inner, &message.unchecked_into());
            },
        );
        self.open.replace(Some((channel, listener)));
    }

    /// Says `word` about the session `sid`; `None`: about the one that all tabs share.
    pub(crate) fn say(&self, sid: Option<&Sid>, word: Word, payload: &JsValue) {
        if let Some((channel, _)) = &*self.open.borrow() {
            let sid = sid.map_or(JsValue::NULL, |sid| sid.0.as_str().into());
            // Refused on a closed channel only.
            let _ = channel.post_message(&Array::of3(&(word as u8).into(), &sid, payload));
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

fn hear(inner: &Rc<Inner>, message: &Array) {
    let Some(number) = message.get(0).as_f64() else { return };
    let Some(word) = Word::ALL.into_iter().find(|word| f64::from(*word as u8) == number) else { return };
    let (sid, payload) = (message.get(1).as_string().map(Sid), message.get(2));
    let input = match (word, &sid) {
        (Word::LookForSiblings, Some(sid)) => return inner.sibling_asked(sid),
        (Word::Alive, Some(sid)) => return inner.sibling_seen(sid),
        _ if sid != inner.scope() => return,
        (Word::Announce, _) => {
            payload.as_f64().map(|version| Input::Announced { version: clock::whole(version) })
        }
        (Word::Activity, _) => payload.as_f64().map(|at| Input::ActivitySeen(Wall(clock::whole(at)))),
        (Word::AskHandover, _) => Some(Input::HandoverAsked),
        (Word::HandOver, _) => match codec::from_js(&payload) {
            codec::Found::Row(row) => Some(Input::HandedOver(row)),
            _ => None,
        },
        (Word::LookForSiblings | Word::Alive, None) => None,
    };
    if let Some(input) = input {
        inner.feed(input);
    }
}

/// Storage events come from other tabs only.
pub(crate) fn storage_listener(shell: &Weak<Inner>) -> Listener {
    listen(shell, watch_storage, |inner, key_and_value| {
        let mut values = Values::new(key_and_value.unchecked_into());
        stored(inner, values.text(), values.text());
    })
}

fn stored(inner: &Rc<Inner>, key: Option<String>, value: Option<String>) {
    match key {
        Some(key) if key == inner.copy.activity_key() => {
            if let Some(at) = value.as_deref().and_then(parse_activity) {
                inner.feed(Input::ActivitySeen(at));
            }
        }
        Some(key) if key == inner.copy.key() => inner.copy.understand(value, inner.copy_seen()),
        Some(_) => {}
        // `localStorage.clear()` names no key.
        None => inner.copy.read(inner.copy_seen()),
    }
}
