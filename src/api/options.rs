//! Options, as the package hands them over.
//!
//! The package has to check them before the wasm is there, so that a mistake is an error at the call: it refuses what
//! is unknown or makes no sense, and fills in what is absent. Nothing of that is done a second time here, and the
//! names, which a page would download twice, stay there: the package and this file know the order.

use crate::machine::{Config, PromptEndsOn, Span, Storage, WhenRejected};
use crate::shell::{Degraded, Endpoint, Endpoints, Fields, Settings, whole};
use js_sys::{Array, Object};
use wasm_bindgen::JsCast;

/// Reads the values that `core-values.ts` makes of the options.
pub(crate) fn read(values: &Array, vault: Option<Object>) -> (Config, Settings) {
    let mut values = Values { list: values.clone(), next: 0 };
    let config = Config {
        refresh_early: values.span(),
        check_every: values.span(),
        refresh_timeout: values.span(),
        lock_timeout: values.span(),
        refresh_every: values.span_unless_off(),
        idle_timeout: values.span_unless_off(),
        idle_prompt: values.span_unless_off(),
        max_age: values.span_unless_off(),
        prompt_ends_on: if values.flag() { PromptEndsOn::Stay } else { PromptEndsOn::Activity },
        when_rejected: if values.flag() { WhenRejected::AtOnce } else { WhenRejected::AtExpiry },
        sliding: values.flag(),
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
            login: values.endpoint(),
            register: values.endpoint(),
            refresh: values.endpoint(),
            logout: values.endpoint(),
            verify: values.endpoint(),
            change_password: values.endpoint(),
            logout_all: Some(values.endpoint()).filter(|endpoint| !endpoint.url.is_empty()),
        },
        fields: Fields {
            access_token: values.text(),
            refresh_token: values.text(),
            expires_in: values.text(),
            expires_at: values.text(),
            user: values.text(),
        },
        activity_events: values.texts(),
        vault,
    };
    (config, settings)
}

/// Values without names, in the order in which they are read.
struct Values {
    list: Array,
    next: u32,
}

impl Values {
    fn take(&mut self) -> wasm_bindgen::JsValue {
        let value = self.list.get(self.next);
        self.next += 1;
        value
    }

    fn span(&mut self) -> Span {
        Span(self.take().as_f64().map_or(0, whole))
    }

    fn span_unless_off(&mut self) -> Option<Span> {
        Some(self.span()).filter(|span| *span > Span(0))
    }

    fn flag(&mut self) -> bool {
        self.take().is_truthy()
    }

    fn text(&mut self) -> Option<String> {
        self.take().as_string()
    }

    /// Its URL and its method.
    fn endpoint(&mut self) -> Endpoint {
        Endpoint { url: self.text().unwrap_or_default(), method: self.text() }
    }

    fn texts(&mut self) -> Vec<String> {
        let list = self.take().unchecked_into::<Array>();
        (0..list.length()).filter_map(|index| list.get(index).as_string()).collect()
    }
}
