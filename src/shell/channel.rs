//! Words between tabs. That something changed is said twice, by BroadcastChannel and by the copy's storage event.

use super::copy::parse_activity;
use super::listener::{Listener, Phase, listen};
use super::{Inner, browser, clock, codec};
use crate::machine::{Input, Row, Sid, Wall};
use js_sys::Array;
use std::cell::RefCell;
use std::rc::{Rc, Weak};
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{BroadcastChannel, MessageEvent, StorageEvent};

/// The channel of one session name.
#[derive(Debug, Default)]
pub(crate) struct Channel {
    open: RefCell<Option<(BroadcastChannel, Listener)>>,
}

/// What one tab says to the others.
pub(crate) enum Word<'a> {
    /// The row has this version.
    Announce(u64),
    /// Somebody was active, where tabs share no storage to note it in.
    Activity(Wall),
    /// Who has the tokens?
    AskHandover,
    /// The tokens: the only word with a secret in it, and every script of the origin can ask for it.
    HandOver(&'a Row),
    /// Is there a living tab of this session?
    LookForSiblings,
    /// There is.
    Alive,
}

impl Word<'_> {
    const ANNOUNCE: f64 = 0.0;
    const ACTIVITY: f64 = 1.0;
    const ASK_HANDOVER: f64 = 2.0;
    const HAND_OVER: f64 = 3.0;
    const LOOK_FOR_SIBLINGS: f64 = 4.0;
    const ALIVE: f64 = 5.0;

    /// Its number, and what goes with it.
    fn parts(&self) -> (f64, JsValue) {
        match self {
            Self::Announce(version) => (Self::ANNOUNCE, clock::number(*version).into()),
            Self::Activity(at) => (Self::ACTIVITY, clock::number(at.0).into()),
            Self::AskHandover => (Self::ASK_HANDOVER, JsValue::NULL),
            Self::HandOver(row) => (Self::HAND_OVER, codec::to_js(row)),
            Self::LookForSiblings => (Self::LOOK_FOR_SIBLINGS, JsValue::NULL),
            Self::Alive => (Self::ALIVE, JsValue::NULL),
        }
    }
}

impl Channel {
    pub(crate) fn open(&self, key: &str, shell: &Weak<Inner>) {
        let Ok(channel) = BroadcastChannel::new(key) else { return };
        let listener = listen(&channel, "message", Phase::Bubble, shell, |inner, event| {
            if let Some(message) = event.unchecked_ref::<MessageEvent>().data().dyn_ref::<Array>() {
                hear(inner, message);
            }
        });
        self.open.replace(Some((channel, listener)));
    }

    /// Says `word` about the session `sid`; `None`: about the one that all tabs share.
    pub(crate) fn say(&self, sid: Option<&Sid>, word: &Word<'_>) {
        if let Some((channel, _)) = &*self.open.borrow() {
            let (number, payload) = word.parts();
            let sid = sid.map_or(JsValue::NULL, |sid| sid.0.as_str().into());
            // Refused on a closed channel only.
            let _ = channel.post_message(&Array::of3(&number.into(), &sid, &payload));
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
    let (sid, payload) = (message.get(1).as_string().map(Sid), message.get(2));
    if number == Word::LOOK_FOR_SIBLINGS || number == Word::ALIVE {
        let Some(sid) = sid else { return };
        if number == Word::ALIVE {
            inner.sibling_seen(&sid);
        } else if inner.is_signed_in_to(&sid) {
            inner.channel.say(Some(&sid), &Word::Alive);
        }
        return;
    }
    if sid != inner.scope() {
        return;
    }
    let at = payload.as_f64().map(clock::whole);
    let input = match at {
        Some(version) if number == Word::ANNOUNCE => Input::Announced { version },
        Some(at) if number == Word::ACTIVITY => Input::ActivitySeen(Wall(at)),
        None if number == Word::ASK_HANDOVER => Input::HandoverAsked,
        None if number == Word::HAND_OVER => match codec::from_js(&payload) {
            codec::Found::Row(row) => Input::HandedOver(row),
            _ => return,
        },
        _ => return,
    };
    inner.feed(input);
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
            inner.copy.understand(event.new_value(), inner.copy_seen());
        }
        Some(_) => {}
        // `localStorage.clear()` names no key.
        None => inner.copy.read(inner.copy_seen()),
    }
}
