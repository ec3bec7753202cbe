//! The clocks of the page.

use super::browser::monotonic;
use crate::machine::{Now, Span, Wall};

/// What the clocks show.
#[expect(clippy::disallowed_methods, reason = "the one place that reads the wall clock")]
pub(crate) fn now() -> Now {
    Now { wall: Wall(whole(js_sys::Date::now())), monotonic: Span(whole(monotonic())) }
}

/// Milliseconds as JavaScript has them. `as` saturates, and turns NaN into 0.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "saturation is what is wanted")]
pub(crate) const fn whole(milliseconds: f64) -> u64 {
    milliseconds as u64
}

/// Milliseconds for JavaScript. Exact up to 2^53, which is some 285,000 years.
#[expect(clippy::cast_precision_loss, reason = "exact for every instant that a page meets")]
pub(crate) const fn number(milliseconds: u64) -> f64 {
    milliseconds as f64
}

/// A whole number as text. JavaScript has the code for it already.
pub(crate) fn decimal(whole: u64) -> String {
    let text = js_sys::JSON::stringify(&number(whole).into());
    text.ok().and_then(|text| text.as_string()).unwrap_or_default()
}
