//! A session that is disposed of leaves nothing behind, and says so to whoever asks.

use crate::support::page::{Census, dispatch, empty, hold_lock, json, locks, pause, until};
use crate::support::server::Reply;
use crate::support::{Asked, Deaf, World};
use session_warden::machine::{EndReason, GrantKind, Sid, Span};
use session_warden::shell::{Authentication, SessionError};
use wasm_bindgen_test::wasm_bindgen_test;

#[wasm_bindgen_test]
async fn everything_is_let_go() {
    let census = Census::new();
    let world = World::new();
    let tab = world.signed_in_tab().await;
    tab.touch();
    assert!(census.listener_count() > 10);
    assert_eq!(census.channel_count(), 1);
    until("only the deadline is left", || census.timer_count() == 1).await;

    tab.dispose();
    assert_eq!(census.timer_count(), 0);
    assert_eq!(census.channel_count(), 0);
    assert_eq!(census.listener_count(), 0);
    assert_eq!(locks(&world.key()).await, 0);
    tab.dispose();
}

#[wasm_bindgen_test]
async fn the_last_clone_to_go_lets_everything_go() {
    let census = Census::new();
    let world = World::new();
    let shell = world.shell(Box::new(Deaf));
    let clone = shell.clone();
    shell.start();
    shell.authenticate(Authentication::Login, &empty(), true).await.expect("the login succeeds");
    until("only the deadline is left", || census.timer_count() == 1).await;
    drop(shell);
    assert!(census.listener_count() > 0);
    drop(clone);
    assert_eq!(census.listener_count(), 0);
    assert_eq!(census.timer_count(), 0);
    assert_eq!(census.channel_count(), 0);
}

#[wasm_bindgen_test]
async fn a_refresh_that_was_sent_is_brought_to_its_end() {
    let census = Census::new();
    let world = World::new();
    let tab = world.signed_in_tab().await;
    let gate = world.server.hold("/refresh");
    let refresh = Asked::of(&tab, async |shell| shell.refresh().await);
    until("the refresh is sent", || world.server.count("/refresh") == 1).await;
    assert_eq!(locks(&world.key()).await, 1);

    tab.dispose();
    assert_eq!(refresh.answer().await, Err(SessionError::Disposed));
    assert!(!world.server.last("/refresh").is_aborted());
    // Strict rotation: the old refresh token is dead, and another tab must not present it.
    let next = world.tab().await;
    let joined = Asked::of(&next, async |shell| shell.refresh().await);
    pause(100).await;
    assert_eq!(locks(&world.key()).await, 2, "whoever got the lock would take the first one for dead");
    gate.open();
    assert_eq!(joined.answer().await, Ok(()));
    // It is to be had again.
    drop(hold_lock(&world.key()).await);
    next.has("access-2").await;
    assert_eq!(world.server.count("/refresh"), 1);
    assert_eq!(tab.access_token().as_deref(), Some("access-2"));

    drop(next);
    until("nothing is left of either", || census.timer_count() == 0).await;
    assert_eq!(census.listener_count(), 0);
    assert_eq!(census.channel_count(), 0);
}

#[wasm_bindgen_test]
async fn a_refresh_that_is_never_answered_leaves_nothing_behind() {
    let census = Census::new();
    let mut world = World::new();
    world.config.refresh_timeout = Span(200);
    let tab = world.signed_in_tab().await;
    world.server.reply("/refresh", Reply::Silence);
    let refresh = Asked::of(&tab, async |shell| shell.refresh().await);
    until("the refresh is sent", || world.server.count("/refresh") == 1).await;
    tab.dispose();
    assert_eq!(refresh.answer().await, Err(SessionError::Disposed));
    until("the request is given up", || world.server.last("/refresh").is_aborted()).await;
    until("nothing is left", || census.timer_count() == 0 && census.channel_count() == 0).await;
    assert_eq!(census.listener_count(), 0);
    assert_eq!(locks(&world.key()).await, 0);
}

#[wasm_bindgen_test]
async fn a_refresh_that_still_waits_for_its_turn_is_not_sent() {
    let world = World::new();
    let tab = world.signed_in_tab().await;
    let lock = hold_lock(&world.key()).await;
    let refresh = Asked::of(&tab, async |shell| shell.refresh().await);
    until("the refresh is begun", || tab.view().refreshing).await;
    tab.dispose();
    assert_eq!(refresh.answer().await, Err(SessionError::Disposed));
    drop(lock);
    pause(50).await;
    assert_eq!(world.server.count("/refresh"), 0);
    assert_eq!(locks(&world.key()).await, 0);
}

#[wasm_bindgen_test]
async fn questions_under_way_and_later_ones_are_answered_alike() {
    let world = World::new();
    let tab = world.signed_in_tab().await;
    let gate = world.server.hold("/refresh");
    let held = world.server.hold("/login");
    let refresh = Asked::of(&tab, async |shell| shell.refresh().await);
    let login =
        Asked::of(&tab, async |shell| shell.authenticate(Authentication::Login, &empty(), true).await);
    until("both are sent", || world.server.paths().len() == 3).await;
    tab.dispose();
    assert_eq!(refresh.answer().await, Err(SessionError::Disposed));
    gate.open();
    held.open();
    assert_eq!(login.answer().await, Err(SessionError::Disposed));

    let sent = world.server.paths().len();
    let tokens = json(r#"{ "access_token": "late" }"#);
    assert_eq!(tab.token().await, Err(SessionError::Disposed));
    assert_eq!(tab.retry_token(Sid("sid".to_owned()), 1).await, Err(SessionError::Disposed));
    assert_eq!(tab.refresh().await, Err(SessionError::Disposed));
    assert_eq!(tab.login().await, Err(SessionError::Disposed));
    assert_eq!(tab.verify().await, Err(SessionError::Disposed));
    assert_eq!(tab.set_tokens(&tokens, GrantKind::Login, true).await, Err(SessionError::Disposed));
    tab.logout(false).await;
    tab.touch();
    tab.stay();
    tab.start();
    pause(50).await;
    assert_eq!(world.server.paths().len(), sent, "nothing is sent any more");
}

#[wasm_bindgen_test]
async fn nothing_is_told_any_more() {
    let world = World::new();
    let (tab, other) = (world.signed_in_tab().await, world.tab().await);
    tab.dispose();
    let news = tab.news_count();
    other.logout(false).await;
    dispatch("window", "focus");
    dispatch("window", "offline");
    pause(50).await;
    assert_eq!(tab.news_count(), news);
}

#[wasm_bindgen_test]
async fn a_session_disposed_of_before_its_start_never_starts() {
    let census = Census::new();
    let world = World::new();
    let tab = world.closed_tab();
    tab.dispose();
    tab.start();
    pause(50).await;
    assert_eq!(tab.news_count(), 0);
    assert_eq!(census.listener_count(), 0);
    assert_eq!(tab.token().await, Err(SessionError::Disposed));
}

#[wasm_bindgen_test]
async fn a_session_disposed_of_while_it_looks_at_the_row_is_still() {
    let world = World::new();
    drop(world.signed_in_tab().await);
    let tab = world.closed_tab();
    tab.start();
    let token = Asked::of(&tab, async |shell| shell.token().await);
    tab.dispose();
    assert_eq!(token.answer().await, Err(SessionError::Disposed));
    pause(50).await;
    assert_eq!(tab.news_count(), 0);
}

#[wasm_bindgen_test]
async fn a_logout_just_before_is_carried_through() {
    let world = World::new();
    let (tab, other) = (world.signed_in_tab().await, world.tab().await);
    let told = tab.logout(false);
    tab.dispose();
    told.await;
    until("the server is told", || world.server.count("/logout") == 1).await;
    other.signs_out(EndReason::Logout).await;
    assert!(world.tab().await.is_signed_out());
}

#[wasm_bindgen_test]
async fn the_session_itself_outlives_the_shell() {
    let world = World::new();
    drop(world.signed_in_tab().await);
    let tab = world.tab().await;
    assert_eq!(tab.access_token().as_deref(), Some("access-1"));
    assert_eq!(world.server.count("/logout"), 0);
}
