//! The snapshot: what a page renders.

use crate::machine::{By, EndReason, Storage, Wall};
use crate::shell::{Shell, number};
use js_sys::{Array, JSON};
use wasm_bindgen::prelude::*;

#[wasm_bindgen]
extern "C" {
    /// The snapshot's values, without their names: the package knows their order.
    #[wasm_bindgen(js_namespace = Array, js_name = of)]
    fn values(
        status: u8,
        user: &JsValue,
        expires_at: Option<f64>,
        refresh_at: Option<f64>,
        last_activity_at: Option<f64>,
        idle_at: Option<f64>,
        prompt_at: Option<f64>,
        ends_at: Option<f64>,
        prompting: bool,
        refreshing: bool,
        offline: bool,
        ending: bool,
        end_reason: Option<&str>,
        ended_elsewhere: bool,
        in_memory: bool,
        degraded: Option<u8>,
        epoch: f64,
    ) -> Array;
}

pub(crate) fn read(shell: &Shell) -> Array {
    let view = shell.view();
    let user = shell.user().and_then(|text| JSON::parse(&text).ok());
    let (reason, by) = view.end.unzip();
    values(
        view.status as u8,
        &user.unwrap_or(JsValue::NULL),
        at(view.expires_at),
        at(view.refresh_at),
        at(view.last_activity_at),
        at(view.idle_at),
        at(view.prompt_at),
        at(view.ends_at),
        view.prompting,
        view.refreshing,
        view.offline,
        view.ending,
        reason.map(EndReason::name),
        by == Some(By::OtherTab),
        shell.storage() == Storage::Memory,
        shell.degraded().map(|what| what as u8),
        number(shell.epoch()),
    )
}

fn at(wall: Option<Wall>) -> Option<f64> {
    wall.map(|Wall(at)| number(at))
}
