//! Options, as the package hands them over.
//!
//! The package has to check them before the wasm is there, so that a mistake is an error at the call: it refuses what
//! is unknown or makes no sense, and fills in what is absent. Nothing of that is done a second time here, and the
//! names, which a page would download twice, stay there: the package and this file know the order.

use crate::machine::{Config, PromptEndsOn, Span, Storage, WhenRejected};
use crate::shell::{Degraded, Endpoint, Endpoints, Fields, Settings, Values};
use js_sys::{Array, Object};
use wasm_bindgen::JsCast;

/// Reads the values that `core-values.ts` makes of the options.
pub(crate) fn read(values: Array, vault: Option<Object>) -> (Config, Settings) {
    let values = &mut Values::new(values);
    let config = Config {
        refresh_early: span(values),
        check_every: span(values),
        refresh_timeout: span(values),
        lock_timeout: span(values),
        refresh_every: span_unless_off(values),
        idle_timeout: span_unless_off(values),
        idle_prompt: span_unless_off(values),
        max_age: span_unless_off(values),
        prompt_ends_on: if values.flag() { PromptEndsOn::Stay } else { PromptEndsOn::Activity },
        when_rejected: if values.flag() { WhenRejected::AtOnce } else { WhenRejected::AtExpiry },
        sliding: values.flag(),
        cookies: values.flag(),
        storage: match (values.flag(), values.flag()) {
            (true, _) => Storage::Memory,
            (_, true) => Storage::PerTab,
            _ => Storage::Shared,
        },
    };
    let settings = Settings {
        degraded: values.flag().then_some(Degraded::NoEncryption),
        cross_tab: values.flag(),
        frames: values.flag(),
        synthetic_activity: values.flag(),
        name: values.text().unwrap_or_default(),
        credentials: values.text().unwrap_or_default(),
        base_url: values.text(),
        endpoints: Endpoints {
            login: endpoint(values),
            register: endpoint(values),
            refresh: endpoint(values),
            logout: endpoint(values),
            verify: endpoint(values),
            change_password: endpoint(values),
            logout_all: Some(endpoint(values)).filter(|endpoint| !endpoint.url.is_empty()),
        },
        fields: Fields {
            access_token: values.text(),
            refresh_token: values.text(),
            expires_in: values.text(),
            expires_at: values.text(),
            user: values.text(),
        },
        activity_events: texts(values),
        vault,
    };
    (config, settings)
}

/// A duration; the package leaves none out.
fn span(values: &mut Values) -> Span {
    values.span().unwrap_or_default()
}

fn span_unless_off(values: &mut Values) -> Option<Span> {
    values.span().filter(|span| *span > Span(0))
}

/// Its URL and its method.
fn endpoint(values: &mut Values) -> Endpoint {
    Endpoint { url: values.text().unwrap_or_default(), method: values.text() }
}

fn texts(values: &mut Values) -> Vec<String> {
    let list = values.take().unchecked_into::<Array>();
    (0..list.length()).filter_map(|index| list.get(index).as_string()).collect()
}
