//! One timer, armed against the clock.

use crate::support::World;
use crate::support::page::{Census, hide, pause, until};
use session_warden::machine::{EndReason, Event, Span};
use wasm_bindgen_test::wasm_bindgen_test;

const DAYS: f64 = 86_400.0;

#[wasm_bindgen_test]
async fn a_deadline_beyond_what_a_timer_holds_does_not_fire_at_once() {
    // A page in view looks at its stores twice a minute; this one is to have nothing to do for weeks.
    let hidden = hide();
    let mut world = World::new();
    world.config.idle_timeout = None;
    world.config.check_every = Span::minutes(90 * 24 * 60);
    world.server.lifetime(80.0 * DAYS);
    let census = Census::new();
    let tab = world.signed_in_tab().await;
    pause(100).await;
    drop(hidden);

    let due = tab.view().refresh_at.expect("a refresh is due").0 as f64 - crate::support::page::now();
    assert!(due > f64::from(1_u32 << 31), "{due} ms");
    assert_eq!(census.delays(), [f64::from(0x7fff_ffff)]);
    assert_eq!(world.server.paths(), ["/login"]);
    drop(tab);
    assert_eq!(census.timer_count(), 0);
}

#[wasm_bindgen_test]
async fn there_is_one_timer_and_it_follows_the_deadline() {
    let census = Census::new();
    let world = World::new();
    let tab = world.tab().await;
    until("nothing is under way", || census.timer_count() == 0).await;

    world.server.lifetime(20.0);
    tab.login().await.expect("the login succeeds");
    until("only the deadline is left", || census.timer_count() == 1).await;
    assert!(census.delays()[0] <= 11_000.0, "half of the lifetime: {:?}", census.delays());

    world.server.lifetime(3_600.0);
    tab.refresh().await.expect("the refresh succeeds");
    until("only the deadline is left", || census.timer_count() == 1).await;
    assert!(census.delays()[0] > 20_000.0, "the next look: {:?}", census.delays());

    tab.logout(false).await;
    until("nothing is left to wait for", || census.timer_count() == 0).await;
}

#[wasm_bindgen_test]
async fn a_refresh_comes_by_itself_when_it_is_due() {
    let world = World::new();
    let tab = world.tab().await;
    world.server.lifetime(2.0);
    tab.login().await.expect("the login succeeds");
    world.server.lifetime(3_600.0);
    tab.has("access-2").await;
    let expiry = tab.view().expires_at.expect("a lifetime").0 as f64 - crate::support::page::now();
    assert!(expiry > 3_590_000.0, "{expiry} ms");
}

#[wasm_bindgen_test]
async fn idleness_prompts_and_ends_in_every_tab() {
    let mut world = World::new();
    world.config.idle_timeout = Some(Span(900));
    world.config.idle_prompt = Some(Span(500));
    let (first, second) = (world.signed_in_tab().await, world.tab().await);
    until("both prompt", || first.view().prompting && second.view().prompting).await;
    first.stay();
    assert!(!first.view().prompting);
    assert!(first.events().iter().any(|event| matches!(event, Event::PromptDismissed { .. })));

    first.signs_out(EndReason::Idle).await;
    second.signs_out(EndReason::Idle).await;
    until("the server is told", || world.server.count("/logout") > 0).await;
    pause(100).await;
    assert_eq!(world.server.count("/logout"), 1, "by one of them");
}

#[wasm_bindgen_test]
async fn the_absolute_lifetime_ends_an_active_session() {
    let mut world = World::new();
    world.config.max_age = Some(Span(400));
    let tab = world.signed_in_tab().await;
    until("the session ends", || {
        tab.touch();
        tab.is_signed_out()
    })
    .await;
    assert_eq!(tab.end_reason(), Some(EndReason::MaxAge));
}
