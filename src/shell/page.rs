//! The page itself: the one place where the shell asks for the window, and may be told that there is none.

use web_sys::{Document, Window};

/// The window, where there is one: not on a server, not in a worker.
#[expect(clippy::disallowed_methods, reason = "the one place that looks for the window")]
pub(crate) fn window() -> Option<Window> {
    web_sys::window()
}

pub(crate) fn document() -> Option<Document> {
    window()?.document()
}

pub(crate) fn is_visible() -> bool {
    document().is_none_or(|document| !document.hidden())
}
