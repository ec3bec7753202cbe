//! What the user does is sampled: between samples nobody listens.

use crate::support::World;
use crate::support::page::{Census, Frame, dispatch, local, pause, scroll, until};
use session_warden::machine::Span;
use session_warden::shell::Settings;
use wasm_bindgen_test::wasm_bindgen_test;

#[wasm_bindgen_test]
async fn between_samples_no_listener_is_attached() {
    let events = Settings::default().activity_events;
    let census = Census::new();
    let world = World::new();
    let tab = world.signed_in_tab().await;
    let listening = || events.iter().filter(|event| census.is_listening(event)).count();
    assert_eq!(listening(), events.len());
    let before = tab.view().last_activity_at;
    pause(20).await;

    scroll();
    until("the sample is taken", || listening() == 0).await;
    assert!(tab.view().last_activity_at > before, "a scroll by the browser counts");
    pause(500).await;
    assert_eq!(listening(), 0, "a second of rest");
    until("the next sample is awaited", || listening() == events.len()).await;
}

#[wasm_bindgen_test]
async fn a_script_is_not_the_user() {
    let world = World::new();
    let tab = world.signed_in_tab().await;
    let before = tab.view().last_activity_at;
    pause(20).await;
    for event in ["pointerdown", "keydown", "scroll", "wheel"] {
        dispatch("window", event);
    }
    assert_eq!(tab.view().last_activity_at, before);
    tab.touch();
    assert!(tab.view().last_activity_at > before, "but the page may say so");
}

#[wasm_bindgen_test]
async fn events_of_a_script_count_where_that_is_asked_for() {
    let mut world = World::new();
    world.settings.synthetic_activity = true;
    let tab = world.signed_in_tab().await;
    let before = tab.view().last_activity_at;
    pause(20).await;
    dispatch("window", "keydown");
    assert!(tab.view().last_activity_at > before);
}

#[wasm_bindgen_test]
async fn activity_in_a_frame_counts_where_that_is_asked_for() {
    for frames in [true, false] {
        let mut world = World::new();
        world.settings.frames = frames;
        let early = Frame::open().await;
        let tab = world.signed_in_tab().await;
        let late = Frame::open().await;
        // The late one first: after a sample all frames are looked for anew.
        for frame in [&late, &early] {
            let before = tab.view().last_activity_at;
            pause(20).await;
            frame.scroll();
            if frames {
                until("the scroll is heard of", || tab.view().last_activity_at > before).await;
                // Nobody listens for a second after a sample.
                pause(1_100).await;
            } else {
                pause(300).await;
                assert_eq!(tab.view().last_activity_at, before);
            }
        }
    }
}

#[wasm_bindgen_test]
async fn a_frame_of_another_origin_does_no_harm() {
    let mut world = World::new();
    world.settings.frames = true;
    let _foreign = Frame::sandboxed().await;
    let own = Frame::open().await;
    let tab = world.signed_in_tab().await;
    let before = tab.view().last_activity_at;
    pause(20).await;
    own.scroll();
    until("the scroll is heard of", || tab.view().last_activity_at > before).await;
}

#[wasm_bindgen_test]
async fn activity_in_one_tab_keeps_the_others() {
    let mut world = World::new();
    world.config.idle_timeout = Some(Span(1_500));
    world.config.idle_prompt = None;
    let (first, second) = (world.signed_in_tab().await, world.tab().await);
    let start = crate::support::page::now();
    until("twice the timeout is over", || {
        first.touch();
        assert!(second.is_signed_in(), "the other tab was not told");
        crate::support::page::now() - start > 3_000.0
    })
    .await;
}

#[wasm_bindgen_test]
async fn activity_is_written_at_most_once_a_second() {
    let world = World::new();
    let tab = world.signed_in_tab().await;
    let key = format!("{}:activity", world.key());
    tab.touch();
    let first = local::read(&key).expect("a stamp");
    pause(50).await;
    tab.touch();
    assert_eq!(local::read(&key), Some(first.clone()));
    until("the next stamp is written", || {
        tab.touch();
        local::read(&key).as_ref() != Some(&first)
    })
    .await;
    let stamp = |text: &str| text.parse::<f64>().expect("a stamp is milliseconds");
    let second = local::read(&key).expect("a stamp");
    assert!(stamp(&second) - stamp(&first) >= 1_000.0, "{first} and {second}");
}

#[wasm_bindgen_test]
async fn nobody_signed_in_has_no_activity() {
    let world = World::new();
    let tab = world.tab().await;
    let news = tab.news_count();
    tab.touch();
    tab.stay();
    assert_eq!(tab.news_count(), news);
    assert_eq!(local::read(&format!("{}:activity", world.key())), None);
}
