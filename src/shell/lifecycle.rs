//! The page comes and goes: visibility, freezing, the back-forward cache, the network.

use super::browser::watch_page;
use super::listener::{Listener, listen};
use super::{Inner, whole};
use crate::machine::Input;
use std::rc::{Rc, Weak};
use wasm_bindgen::JsValue;

pub(crate) fn listener(shell: &Weak<Inner>) -> Listener {
    listen(shell, watch_page, turned)
}

/// The turns are in the order of `browser.js`.
fn turned(inner: &Rc<Inner>, turn: JsValue) {
    let input = match turn.as_f64().map(whole) {
        Some(0) => Input::Visible,
        Some(1) => Input::Hidden,
        Some(2) => Input::Online,
        Some(3) => Input::Offline,
        Some(4) => Input::Suspending,
        Some(5) => {
            inner.feed(Input::Suspending);
            return inner.channel.close();
        }
        _ => {
            inner.open_channel();
            Input::Resumed
        }
    };
    inner.feed(input);
}
