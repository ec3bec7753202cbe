//! The snapshot: what a page renders.

use super::event::{degraded, place};
use crate::machine::{EndReason, Status, Storage, Wall};
use crate::shell::{Shell, number};
use js_sys::{Array, JSON};
use wasm_bindgen::JsValue;

/// The snapshot's values, without their names: the package knows their order.
///
/// `status, user, expiresAt, refreshAt, lastActivityAt, idleAt, promptAt, endsAt, prompting, refreshing, offline,
/// ending, endReason, endedBy, storage, degraded`; `null` where there is none.
pub(crate) fn read(shell: &Shell) -> Array {
    let view = shell.view();
    let status = match view.status {
        Status::Loading => "loading",
        Status::Authenticated => "authenticated",
        Status::Unauthenticated => "unauthenticated",
    };
    let user = shell.user().and_then(|text| JSON::parse(&text).ok());
    let values = Array::of2(&status.into(), &user.unwrap_or(JsValue::NULL));
    let instants =
        [view.expires_at, view.refresh_at, view.last_activity_at, view.idle_at, view.prompt_at, view.ends_at];
    for at in instants {
        values.push(&at.map_or(JsValue::NULL, |Wall(at)| number(at).into()));
    }
    for flag in [view.prompting, view.refreshing, view.offline, view.ending] {
        values.push(&flag.into());
    }
    let (reason, by) = view.end.unzip();
    let storage = match shell.storage() {
        Storage::Shared => "local",
        Storage::PerTab => "session",
        Storage::Memory => "memory",
    };
    for text in [reason.map(EndReason::name), by.map(place), Some(storage), shell.degraded().map(degraded)] {
        values.push(&text.map_or(JsValue::NULL, JsValue::from));
    }
    values
}
