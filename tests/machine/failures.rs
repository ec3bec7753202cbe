//! Failures that users of other session libraries reported in public, each lived through here.
//!
//! The numbers are ids from the list of known failures that this library was written against; gaps are failures
//! of a browser's storage, of HTTP or of packaging, which are tested elsewhere. A test asserts what reaches the
//! world (requests, revocations, writes, events), not only what a tab believes.

use super::world::{Heard, LockMode, Reply, StoreMode, World, parse};
use session_warden::machine::{
    By, Config, Effect, EndReason, Event, Failure, Grant, GrantKind, Input, Secret, Sid, Span, Status,
    WhenRejected,
};

fn never_idle() -> Config {
    Config { idle_timeout: None, ..Config::default() }
}

fn with_ttl(tabs: usize, ttl: Span) -> World {
    let mut world = World::with_tabs_and(tabs, never_idle());
    world.server.access_ttl = Some(ttl);
    world.log_in(0, "ann");
    world
}

fn ended(event: &Event) -> bool {
    matches!(event, Event::End { .. })
}

fn writes(effect: &Effect) -> bool {
    matches!(effect, Effect::WriteCopy(_) | Effect::WriteActivity(_) | Effect::Commit { .. })
}

fn speaks(effect: &Effect) -> bool {
    matches!(effect, Effect::Announce { .. } | Effect::WriteCopy(_))
}

/// A tab that no message reaches, and that sees what others wrote to localStorage hours late.
fn deafen(world: &mut World, tab: usize) {
    world.bus.deaf.insert(tab);
    world.tabs[tab].copy_lag = Span::minutes(600);
}

/// All tabs but one were signed out once per token lifetime (authts/oidc-client-ts#430).
#[test]
fn failure_01_several_tabs_redeem_one_refresh_token() {
    for tabs in [3, 20] {
        let mut world = World::signed_in_with(tabs, never_idle());
        world.server.delay = Span(300);
        world.run(Span::minutes(57));
        assert_eq!(world.server.presented(1), 1, "{tabs} tabs");
        assert!(world.all_signed_in());
        for tab in 0..tabs {
            assert_eq!(world.tabs[tab].machine.view().generation, 2, "tab {tab}");
        }
        assert!(world.server.revocations.is_empty());
    }
}

/// Both of two waiters on one lock sent, one after the other (auth0/auth0-spa-js PR#973).
#[test]
fn failure_01_two_waiters_on_one_lock_are_one_request() {
    let mut world = World::signed_in(3);
    world.server.delay = Span(300);
    world.want_refresh(0);
    world.run(Span(50));
    let waiting = [1, 2].map(|tab| (tab, world.want_refresh(tab)));
    world.run(Span::seconds(5));
    assert_eq!(world.sends(), 1);
    for (tab, waiter) in waiting {
        assert!(world.settlement(tab, waiter).is_some(), "tab {tab}");
        assert_eq!(world.tabs[tab].machine.view().generation, 2);
    }
}

/// The loser of the race cleared the winner's valid session (bluesky-social/social-app#11195).
#[test]
fn failure_02_the_loser_of_the_race_wipes_the_winners_session() {
    let mut world = World::signed_in_with(2, never_idle());
    deafen(&mut world, 1);
    // Tab 1's token is dead at the server, and its refusal comes in after tab 0 has stored new tokens.
    world.server.delay = Span::seconds(2);
    world.server.script.push_back(Reply::Refuse);
    world.want_refresh(1);
    world.run(Span(500));
    world.server.delay = Span(200);
    world.begin_login(0, "ann", GrantKind::Refresh);
    world.run(Span::seconds(10));
    assert_eq!(world.attempts[0].heard, Some(Heard::Refused));
    assert_eq!(world.row().generation, 2);
    assert!(world.all_signed_in());
    assert_eq!(world.events_everywhere(ended), 0);
    assert_eq!(world.events_everywhere(|event| matches!(event, Event::RefreshRejected { .. })), 0);
    assert!(world.server.revocations.is_empty());
}

/// A tab that had heard nothing of the rotation presented the dead token (supabase/supabase-js#2696).
#[test]
fn failure_02_a_tab_that_missed_the_rotation_adopts_it() {
    let mut world = World::signed_in(2);
    deafen(&mut world, 1);
    world.want_refresh(0);
    world.run(Span::seconds(2));
    let waiter = world.want_refresh(1);
    world.run(Span::seconds(2));
    assert_eq!(world.sends(), 1);
    assert!(world.settlement(1, waiter).is_some());
    assert!(world.all_signed_in());
    assert_eq!(world.events_everywhere(ended), 0);
}

/// The event updated the store, but neither the token in memory nor the timer (mainmatter/ember-simple-auth#2416).
#[test]
fn failure_03_a_tab_hears_of_the_rotation_but_keeps_its_timer() {
    let mut world = World::signed_in_with(2, never_idle());
    world.run(Span::minutes(20));
    let was_due = world.tabs[1].machine.view().refresh_at.expect("a refresh to come");
    world.want_refresh(0);
    world.run(Span::seconds(2));
    let waiter = world.want_token(1);
    assert_eq!(world.token_given(1, waiter), Some("access/f1/2"));
    let due = world.instant(was_due);
    world.run(Span(due - world.time + 10_000));
    assert_eq!(world.sends(), 1, "the old timer sends nothing");
    // Its next refresh is on the new token's schedule, with the new token.
    world.crash(0);
    world.run(Span::minutes(21));
    assert_eq!(world.attempts[1].tab, 1);
    assert_eq!(world.server.presented(2), 1);
}

/// A write of the last activity put the old tokens back (bluesky-social/social-app PR#11584).
#[test]
fn failure_04_a_stale_tab_rolls_back_a_newer_session() {
    let mut world = World::signed_in(2);
    deafen(&mut world, 1);
    world.run_active(0, Span::minutes(10));
    world.want_refresh(0);
    world.run(Span::seconds(2));
    let version = world.row().version;
    world.act(1, Input::Activity);
    world.run(Span::seconds(2));
    assert_eq!((world.row().version, world.row().generation), (version, 2));
    assert_eq!(world.count(1, |effect| matches!(effect, Effect::WriteCopy(_))), 0);
}

/// A stale tab's write signed the user in again after the logout (ParabolInc/parabol#815).
#[test]
fn failure_04_a_stale_tab_undoes_a_logout() {
    let mut world = World::signed_in(2);
    deafen(&mut world, 1);
    world.run(Span::minutes(10));
    world.log_out(0);
    world.run(Span::seconds(2));
    world.act(1, Input::Activity);
    world.run(Span::seconds(2));
    assert!(world.row_is_ended());
    assert!(world.all_signed_out(), "the activity met the tombstone in the row");
}

/// Two tabs with different values answered each other for ever (SpoonX/aurelia-authentication#327).
#[test]
fn failure_06_tabs_echo_each_others_changes() {
    let mut world = World::signed_in(3);
    world.bus.jitter = Span(50);
    world.forget_effects();
    world.begin_login(0, "bob", GrantKind::Login);
    world.want_refresh(1);
    world.run(Span::seconds(3));
    assert!(world.all_signed_in());
    assert_eq!(world.tabs[2].machine.subject(), Some("bob"));
    assert_eq!(world.count(2, speaks), 0, "who only listens does not speak");
    assert!(world.count_everywhere(speaks) <= 4);
    assert!(world.sends() <= 1);
    world.forget_effects();
    world.run(Span::minutes(2));
    assert_eq!(world.count_everywhere(speaks), 0);
    assert_eq!(world.count_everywhere(writes), 0);
}

/// A logout that was heard of was told to the others again (openMF/web-app PR#3945).
#[test]
fn failure_06_a_logout_that_was_heard_of_is_not_passed_on() {
    let mut world = World::signed_in(3);
    world.forget_effects();
    world.log_out(0);
    world.run(Span::seconds(3));
    assert!(world.all_signed_out());
    for tab in 1..3 {
        assert_eq!(world.count(tab, |effect| speaks(effect) || writes(effect)), 0, "tab {tab}");
    }
    assert_eq!(world.server.revocations.len(), 1);
}

/// Timer, 401, wake-up and manual call each refreshed on their own (authts/oidc-client-ts#1618).
#[test]
fn failure_08_every_trigger_in_one_tab_refreshes_on_its_own() {
    let mut world = World::signed_in_with(1, never_idle());
    world.tabs[0].throttle = Some(Span::minutes(600));
    world.run(Span::minutes(61));
    world.tabs[0].throttle = None;
    let sid = world.row().sid.clone();
    let waiters: Vec<_> = (0..25).map(|_| world.new_waiter(0)).collect();
    for (number, waiter) in waiters.iter().enumerate() {
        let (waiter, sid) = (*waiter, sid.clone());
        world.feed(
            0,
            if number < 15 {
                Input::TokenWanted(waiter)
            } else {
                Input::Unauthorized { waiter, sid, generation: 1 }
            },
        );
    }
    world.feed(0, Input::Visible);
    world.feed(0, Input::Online);
    world.want_refresh(0);
    world.run(Span::seconds(5));
    assert_eq!(world.sends(), 1);
    for waiter in waiters {
        assert_eq!(world.token_given(0, waiter), Some("access/f1/2"));
    }
    // The second wave finds a fresh token.
    for _ in 0..15 {
        let again = world.want_token(0);
        assert_eq!(world.token_given(0, again), Some("access/f1/2"));
    }
    assert_eq!(world.sends(), 1);
}

/// The token had expired before anybody was leader, and nobody renewed it (okta/okta-auth-js#1164).
#[test]
fn failure_14_a_token_that_expired_before_the_start_is_renewed() {
    let mut world = World::signed_in_with(1, never_idle());
    world.crash(0);
    world.run(Span::minutes(90));
    let tab = world.open_tab();
    world.run(Span::seconds(2));
    assert_eq!(world.sends(), 1);
    let waiter = world.want_token(tab);
    assert_eq!(world.token_given(tab, waiter), Some("access/f1/2"));
}

/// The leader was frozen, and the others waited for it for ever (pubkey/broadcast-channel#385).
#[test]
fn failure_14_a_frozen_leader_stops_every_other_tab() {
    let mut world = World::signed_in_with(2, never_idle());
    world.locks.latency = Span(200);
    world.run_until(Span::minutes(60), |world| world.locks.holder.is_some());
    let leader = world.locks.holder.expect("a leader").0;
    world.freeze(leader);
    let other = 1 - leader;
    world.run(Span::minutes(1));
    let waiter = world.want_token(other);
    assert_eq!(world.token_given(other, waiter), Some("access/f1/2"));
    assert_eq!(world.sends(), 1);
}

/// A main thread that was busy for seconds made a second leader (okta/okta-signin-widget#2254).
#[test]
fn failure_14_a_tab_that_is_busy_for_five_seconds_costs_no_second_request() {
    let mut world = World::signed_in_with(3, never_idle());
    world.server.delay = Span::seconds(2);
    world.run_until(Span::minutes(60), |world| world.sends() == 1);
    let busy = world.attempts[0].tab;
    world.freeze(busy);
    world.run(Span::seconds(5));
    world.thaw(busy);
    world.run(Span::seconds(5));
    assert_eq!(world.sends(), 1);
    assert!(world.all_signed_in());
    assert_eq!(world.row().generation, 2);
}

/// A delay beyond 2^31 - 1 ms fired at once: instant expiry, or a loop (keycloak/keycloak-js#107).
#[test]
fn failure_16_a_delay_beyond_31_bits_fires_at_once() {
    let month = Span::minutes(30 * 24 * 60);
    for ttl in [month, Span(1 << 31), Span((1 << 32) - 5_000), Span((1 << 32) + 5_000)] {
        let mut world = World::with_tabs_and(1, Config { idle_timeout: Some(month), ..Config::default() });
        world.server.access_ttl = Some(ttl);
        world.log_in(0, "ann");
        world.run(Span::seconds(10));
        assert_eq!(world.sends(), 0, "{ttl:?}");
        assert!(world.all_signed_in());
        assert_eq!(world.events_everywhere(|e| ended(e) || matches!(e, Event::Prompt { .. })), 0);
        let due = world.tabs[0].machine.view().refresh_at.expect("a refresh to come");
        assert!(due > world.wall(0) + (ttl - Span::minutes(6)), "{ttl:?}");
    }
}

/// The server's `exp` was compared with a clock that was off: a refresh without end (supabase/auth-js#926).
#[test]
fn failure_17_a_clock_that_is_off_makes_each_new_token_look_expired() {
    for minutes in [60, 55, -60] {
        let mut world = World::with_tabs_and(2, never_idle());
        world.set_clocks(minutes * 60_000);
        world.log_in(0, "ann");
        world.run(Span::minutes(2));
        assert_eq!(world.sends(), 0, "{minutes} minutes off");
        let waiter = world.want_token(1);
        assert!(world.token_given(1, waiter).is_some(), "requests are still sent");
        world.run(Span::minutes(57));
        assert_eq!(world.sends(), 1, "renewed before the server's expiry");
        world.run(Span::minutes(11));
        assert_eq!(world.sends(), 1);
        assert!(world.all_signed_in());
    }
}

/// A fixed lead of five minutes renewed a five-minute token on every call (okta/okta-auth-js#175).
#[test]
fn failure_18_lead_longer_than_the_lifetime() {
    for ttl in [300, 120, 30, 5] {
        let mut world = with_ttl(2, Span::seconds(ttl));
        let lifetimes = 10;
        for _ in 0..ttl * lifetimes {
            let waiter = world.want_token(1);
            assert!(world.token_given(1, waiter).is_some(), "a valid token was waited for ({ttl} s)");
            world.run(Span::seconds(1));
        }
        let sends = world.sends() as u64;
        assert!(sends >= lifetimes, "{sends} refreshes in {lifetimes} lifetimes of {ttl} s");
        assert!(sends <= 2 * lifetimes + 2, "{sends} refreshes in {lifetimes} lifetimes of {ttl} s");
    }
}

/// The same token came back, and was refreshed every second (DuendeArchive/identity-model-oidc-client-js#948).
#[test]
fn failure_19_an_answer_that_does_not_move_the_expiry_is_asked_for_again_at_once() {
    let mut world = World::signed_in(2);
    world.server.usual = Reply::SameToken;
    world.run_to_refresh(0, Span(0));
    let before = world.sends();
    world.run(Span::minutes(4));
    let sends = world.sends() - before;
    assert!((1..=9).contains(&sends), "{sends} requests in four minutes");
    assert!(world.all_signed_in());
    assert_eq!(world.events_everywhere(ended), 0);
}

/// An expiry that was no number, or none at all: a refresh every second, or never (AxaFrance/oidc-client#1114).
#[test]
fn failure_19_a_lifetime_that_is_missing_or_nothing_has_a_stated_meaning() {
    // Unknown: on a 401 only.
    let mut world = World::with_tabs_and(1, never_idle());
    world.server.access_ttl = None;
    world.log_in(0, "ann");
    world.run(Span::minutes(600));
    assert_eq!(world.sends(), 0);
    let waiter = world.answered_401(0);
    world.run(Span::seconds(2));
    assert_eq!(world.token_given(0, waiter), Some("access/f1/2"));
    assert_eq!(world.sends(), 1);
    // Nothing left: at most one every half minute.
    for ttl in [0, 1, 500] {
        let mut world = World::signed_in_with(2, never_idle());
        world.server.access_ttl = Some(Span(ttl));
        world.want_refresh(0);
        world.run(Span::minutes(5));
        assert!((2..=12).contains(&world.sends()), "{} requests (lifetime {ttl} ms)", world.sends());
    }
}

/// Timers of a hidden tab came minutes late, and its first requests went out with a dead token
/// (okta/okta-auth-js#1445).
#[test]
fn failure_20_a_throttled_tab_comes_back_with_a_dead_token() {
    for throttle in [Span::minutes(1), Span::minutes(6), Span::minutes(600)] {
        let mut world = with_ttl(1, Span::minutes(5));
        world.act(0, Input::Hidden);
        world.tabs[0].throttle = Some(throttle);
        world.server.usual = Reply::Network;
        world.run(Span::minutes(15));
        world.server.usual = Reply::Rotate;
        let sends = world.sends();
        world.feed(0, Input::Visible);
        let waiter = world.want_token(0);
        assert_eq!(world.settlement(0, waiter), None, "the first request waits");
        world.run(Span::seconds(2));
        assert_eq!(world.token_given(0, waiter), Some("access/f1/2"));
        assert_eq!(world.sends() - sends, 1, "{throttle:?}");
    }
}

/// One failure right after waking stopped the renewal for good (authts/oidc-client-ts#251).
#[test]
fn failure_21_waking_before_the_network_is_back() {
    for lock_pending in [false, true] {
        let mut world = World::signed_in_with(2, never_idle());
        if lock_pending {
            world.locks.mode = LockMode::NeverGrants;
            world.want_refresh(0);
            world.run(Span(100));
        }
        world.act(0, Input::Offline);
        world.server.usual = Reply::Network;
        world.sleep(Span::minutes(480));
        world.locks.mode = LockMode::Works;
        world.run(Span::seconds(4));
        assert_eq!(world.events_everywhere(ended), 0);
        world.server.usual = Reply::Rotate;
        world.act(0, Input::Online);
        world.run(Span::seconds(20));
        assert!(world.all_signed_in(), "lock pending: {lock_pending}");
        let generation = world.row().generation;
        assert_eq!(generation, 2, "lock pending: {lock_pending}");
        world.run(Span::minutes(57));
        assert_eq!(world.row().generation, 3, "the next cycle works");
    }
}

/// Airplane mode ended a session whose refresh token was valid (supabase/auth-js#141).
#[test]
fn failure_23_being_offline_at_expiry_is_a_logout() {
    for boots_offline in [false, true] {
        let mut world = World::signed_in_with(1, never_idle());
        let mut tab = 0;
        world.server.usual = Reply::Network;
        if boots_offline {
            world.crash(0);
            world.run(Span::minutes(90));
            tab = world.open_tab();
        }
        world.act(tab, Input::Offline);
        world.run(Span::minutes(90));
        let view = world.tabs[tab].machine.view();
        assert_eq!((view.status, view.offline), (Status::Authenticated, true));
        assert_eq!(world.row().generation, 1);
        assert!(!world.row_is_ended());
        assert_eq!(world.events_everywhere(ended), 0);
        assert!(world.server.revocations.is_empty());
        world.server.usual = Reply::Rotate;
        world.act(tab, Input::Online);
        world.run(Span::seconds(5));
        let waiter = world.want_token(tab);
        assert_eq!(world.token_given(tab, waiter), Some("access/f1/2"));
    }
}

/// Whatever was not a success was taken for the session's end, at every deploy (workos/authkit-js PR#130).
#[test]
fn failure_24_a_server_in_trouble_is_a_logout() {
    let not_the_server = Reply::Status(403, None);
    let troubles = [408, 425, 429, 500, 502, 503, 504].map(|status| Reply::Status(status, None));
    let others = [Reply::Status(429, Some(Span::seconds(90))), Reply::Network, Reply::Never, not_the_server];
    for trouble in troubles.into_iter().chain(others) {
        let mut world = World::signed_in_with(2, never_idle());
        world.server.usual = trouble;
        world.run(Span::minutes(90));
        assert!(world.all_signed_in(), "{trouble:?}");
        assert_eq!(world.events_everywhere(ended), 0, "{trouble:?}");
        assert!(world.server.revocations.is_empty(), "no logout of its own accord: {trouble:?}");
        world.server.usual = Reply::Rotate;
        world.run(Span::minutes(6));
        assert_eq!(world.row().generation, 2, "{trouble:?}");
    }
}

/// The other half: an authoritative no ends the session once, without a call to the logout
/// (geolens-io/geolens PR#2051).
#[test]
fn failure_24_an_authoritative_no_ends_the_session_once_and_calls_no_logout() {
    let config = Config { when_rejected: WhenRejected::AtOnce, ..never_idle() };
    let mut world = World::signed_in_with(3, config);
    world.server.usual = Reply::Refuse;
    world.run(Span::minutes(57));
    assert!(world.all_signed_out());
    assert!(world.row_is_ended());
    for tab in 0..3 {
        let rejected = |e: &Event| matches!(e, Event::End { reason: EndReason::RefreshRejected, .. });
        assert_eq!((world.events(tab, rejected), world.events(tab, ended)), (1, 1), "tab {tab}");
    }
    assert_eq!(world.sends(), 1);
    assert!(world.server.revocations.is_empty());
}

/// A wait of no length that the server asked for was kept to the letter (supabase/supabase-js#2145).
#[test]
fn failure_25_a_retry_after_of_nothing_is_no_licence_to_hammer() {
    let mut world = World::signed_in_with(3, never_idle());
    world.server.usual = Reply::Status(429, Some(Span(0)));
    world.run_until(Span::minutes(60), |world| world.sends() == 1);
    world.run(Span::minutes(10));
    assert!((3..=40).contains(&world.sends()), "{} requests in ten minutes", world.sends());
    assert!(world.all_signed_in());
}

/// A failed early refresh destroyed a session with minutes to live, then flooded the server
/// (supabase/supabase-js#2145).
#[test]
fn failure_25_a_failed_early_refresh_hammers_the_server() {
    let mut world = World::signed_in_with(5, never_idle());
    world.server.usual = Reply::Status(500, None);
    world.run(Span::minutes(56));
    for number in 0..50 {
        let waiter = world.want_token(number % 5);
        assert!(world.token_given(number % 5, waiter).is_some());
    }
    world.run(Span::minutes(10));
    assert!((3..=30).contains(&world.sends()), "{} requests by five tabs", world.sends());
    assert_eq!(world.events_everywhere(ended), 0);
    let told = world.events_everywhere(|event| matches!(event, Event::RefreshFailed { .. }));
    assert_eq!(told, world.sends(), "each failure is told, once");
}

/// A refused early refresh signed the user out in the middle of a form (supabase/supabase-js PR#2436).
#[test]
fn failure_25_a_refused_early_refresh_destroys_a_valid_session() {
    let mut world = World::signed_in_with(3, never_idle());
    let expires_at = world.instant(world.expires_at(0));
    world.server.usual = Reply::Refuse;
    world.run(Span::minutes(57));
    for tab in 0..3 {
        assert_eq!(world.events(tab, |event| matches!(event, Event::RefreshRejected { .. })), 1);
        let waiter = world.want_token(tab);
        assert!(world.token_given(tab, waiter).is_some(), "served until it expires");
    }
    world.run(Span(expires_at - world.time - 10));
    assert_eq!(world.events_everywhere(ended), 0);
    world.run(Span::seconds(1));
    assert!(world.all_signed_out());
    assert_eq!(world.events_everywhere(ended), 3);
    assert_eq!(world.sends(), 1);
}

/// The server rotated and the answer was lost; with a grace window that is recovered
/// (redon2/strapi-plugin-refresh-token#11).
#[test]
fn failure_27_a_lost_answer_is_recovered_within_the_servers_grace() {
    let mut world = World::signed_in_with(3, never_idle());
    world.server.grace = Some(Span::seconds(60));
    world.server.script.push_back(Reply::RotateAndLose);
    world.run(Span::minutes(57));
    assert!(world.all_signed_in());
    assert_eq!(world.row().generation, 2);
    assert_eq!(world.server.presented(1), 2, "the same token once more");
    assert_eq!(world.events_everywhere(ended), 0);
}

/// Without one it is one clean sign-out, the same in all tabs (DuendeArchive/Support#815).
#[test]
fn failure_27_a_lost_answer_under_strict_rotation_is_one_clean_sign_out() {
    let mut world = World::signed_in_with(3, never_idle());
    world.server.script.push_back(Reply::RotateAndLose);
    world.run(Span::minutes(65));
    assert!(world.all_signed_out());
    assert!(world.row_is_ended());
    for tab in 0..3 {
        let rejected = |e: &Event| matches!(e, Event::End { reason: EndReason::RefreshRejected, .. });
        assert_eq!((world.events(tab, rejected), world.events(tab, ended)), (1, 1), "tab {tab}");
    }
    assert_eq!(world.server.presented(1), 2);
}

/// A reload in the middle of the refresh lost the tokens (Devstackr/task-manager-mean-stack#1).
#[test]
fn failure_27_a_reload_in_the_middle_of_the_refresh_leaves_the_tabs_of_one_mind() {
    for grace in [None, Some(Span::seconds(60))] {
        let mut world = World::signed_in_with(2, never_idle());
        world.server.grace = grace;
        world.want_refresh(0);
        world.run_until(Span::seconds(5), |world| world.sends() == 1);
        world.crash(0);
        let reloaded = world.open_tab();
        world.run(Span(200));
        world.want_refresh(reloaded);
        world.run(Span::minutes(1));
        assert_eq!(world.server.presented(1), 2, "the same token once more");
        if grace.is_some() {
            assert!(world.all_signed_in());
        } else {
            world.run(Span::minutes(60));
            assert!(world.all_signed_out());
        }
    }
}

/// The answer had no refresh token, and the old one was dropped (nuxt-community/auth-module PR#593).
#[test]
fn failure_28_an_answer_without_a_refresh_token_overwrites_the_old_one() {
    let mut world = World::signed_in(1);
    world.server.usual = Reply::KeepRefreshToken;
    for _ in 0..2 {
        world.run_to_refresh(0, Span(0));
        world.run(Span::seconds(5));
    }
    assert_eq!(world.row().generation, 3);
    assert_eq!(world.server.presented(1), 2, "the second refresh carries the original token");
}

/// The same for one that is there and empty (lelylan/simple-oauth2#58).
#[test]
fn failure_28_an_empty_refresh_token_overwrites_the_old_one() {
    let mut world = World::signed_in(1);
    let (waiter, epoch) = (world.new_waiter(0), world.tabs[0].machine.epoch());
    let grant = Box::new(Grant {
        access_token: Secret::new("access/f1/2"),
        refresh_token: Some(Secret::new("")),
        lifetime: Some(Span::minutes(60)),
        subject: None,
        user: None,
    });
    let (sid, kind) = (Sid("unused".to_owned()), GrantKind::Refresh);
    world.act(0, Input::Granted { waiter, sid, epoch, kind, remember: true, grant });
    world.run(Span::seconds(1));
    world.want_refresh(0);
    world.run(Span::seconds(1));
    assert_eq!(world.server.presented(1), 1);
    assert_eq!(world.row().generation, 3);
}

/// The server was asked first, and when it could not be reached the user stayed signed in
/// (supabase/supabase-js#2501).
#[test]
fn failure_29_a_logout_needs_the_server_or_the_store() {
    for store in [StoreMode::Works, StoreMode::Fails, StoreMode::Hangs] {
        let mut world = World::signed_in(2);
        world.act(0, Input::Offline);
        world.server.usual = Reply::Network;
        world.store.mode = store;
        world.feed(0, Input::LogoutWanted { everywhere: false });
        assert_eq!(world.status(0), Status::Unauthenticated, "before anything answers");
        assert_eq!(world.server.revocations.len(), 1, "told once, best effort");
        world.run(Span::seconds(1));
        world.store.mode = StoreMode::Works;
        world.run(Span::seconds(40));
        assert!(world.all_signed_out(), "the store {store:?}");
        world.crash(0);
        let reloaded = world.open_tab();
        world.run(Span::seconds(5));
        assert_eq!(world.status(reloaded), Status::Unauthenticated, "a reload stays out");
        assert!(world.row_is_ended());
    }
}

/// A refresh that was in flight at the logout signed the user in again (supabase/supabase-js PR#2392).
#[test]
fn failure_30_a_late_refresh_resurrects_a_logged_out_session() {
    for frozen in [false, true] {
        let mut world = World::signed_in(2);
        world.aborts_work = false;
        world.server.delay = Span::seconds(2);
        world.want_refresh(1);
        world.run(Span(500));
        if frozen {
            world.freeze(1);
        }
        world.log_out(0);
        world.run(Span::seconds(5));
        if frozen {
            world.resume(1);
        }
        world.run(Span::seconds(5));
        assert!(world.all_signed_out(), "frozen meanwhile: {frozen}");
        assert!(world.row_is_ended());
        assert_eq!(world.events_everywhere(|event| matches!(event, Event::Refresh { .. })), 0);
    }
}

/// The answer for one user's refresh was stored over the next user's tokens (supabase/supabase-swift PR#1374).
#[test]
fn failure_30_a_late_refresh_lands_on_the_next_user() {
    for frozen in [false, true] {
        let mut world = World::signed_in(2);
        world.aborts_work = false;
        world.server.delay = Span::seconds(2);
        world.want_refresh(1);
        world.run(Span(500));
        if frozen {
            world.freeze(1);
        }
        world.log_out(0);
        world.server.delay = Span(100);
        world.begin_login(0, "bob", GrantKind::Login);
        world.run(Span::seconds(5));
        if frozen {
            world.resume(1);
        }
        world.run(Span::seconds(5));
        assert!(world.all_signed_in(), "frozen meanwhile: {frozen}");
        for tab in 0..2 {
            assert_eq!(world.tabs[tab].machine.subject(), Some("bob"));
            let (token, _, _) = world.tabs[tab].machine.token().expect("bob's token");
            assert_eq!(parse(token.expose()).expect("a token of the server").0, "f2");
        }
        assert_eq!(world.row().generation, 1);
        assert_eq!(world.events_everywhere(|event| matches!(event, Event::Refresh { .. })), 0);
    }
}

/// A token change was taken for a refresh: one user's name stood over another's data (rune-org/rune#499).
#[test]
fn failure_32_an_account_switch_leaves_mixed_tabs() {
    let mut world = World::signed_in(2);
    deafen(&mut world, 1);
    let sid = world.row().sid.clone();
    world.server.delay = Span::seconds(4);
    let queued = world.answered_401(1);
    world.run(Span(200));
    world.server.delay = Span(100);
    world.forget_effects();
    world.log_out(0);
    world.begin_login(0, "bob", GrantKind::Login);
    world.run(Span::seconds(5));
    world.act(1, Input::Visible);
    world.run(Span::seconds(1));
    assert_eq!(world.tabs[1].machine.subject(), Some("bob"));
    let changed = Event::UserChanged { from: Some("ann".to_owned()), to: Some("bob".to_owned()) };
    assert_eq!(world.events(1, |event| *event == changed), 1);
    let failure = world.failure_given(1, queued);
    assert!(matches!(failure, Some(Failure::UserChanged | Failure::SignedOut)), "{failure:?}");
    // Nor is a request that the old user made replayed when its 401 comes in late.
    let late = world.new_waiter(1);
    world.act(1, Input::Unauthorized { waiter: late, sid, generation: 1 });
    assert_eq!(world.failure_given(1, late), Some(Failure::UserChanged));
}

/// The idle timer stood still while the computer slept, and the first movement wound it up again
/// (SupremeTechnopriest/react-idle-timer#281).
#[test]
fn failure_43_waking_up_counts_as_activity() {
    for first in [Input::Activity, Input::Stay, Input::Visible, Input::Resumed, Input::Online] {
        let mut world = World::signed_in(2);
        world.forget_effects();
        world.sleep(Span::minutes(45));
        world.feed(0, first.clone());
        assert!(world.tabs[0].machine.token().is_none(), "{first:?}");
        let waiter = world.want_token(0);
        world.run(Span::seconds(5));
        assert!(world.token_given(0, waiter).is_none());
        assert!(world.all_signed_out(), "{first:?}");
        assert_eq!(world.count_everywhere(|effect| matches!(effect, Effect::WriteActivity(_))), 0);
        assert_eq!(world.sends(), 0);
        assert_eq!(world.events(0, |e| matches!(e, Event::End { reason: EndReason::Idle, .. })), 1);
    }
    let mut world = World::signed_in(1);
    world.sleep(Span::minutes(29));
    world.act(0, Input::Activity);
    world.run(Span::minutes(1));
    assert!(world.all_signed_in(), "29 minutes are not 30");
}

/// A background tab signed the active user out; a dead one kept everybody in
/// (SupremeTechnopriest/react-idle-timer#223).
#[test]
fn failure_44_activity_is_not_shared_and_one_dead_tab_decides() {
    for dies in [false, true] {
        let mut world = World::signed_in(3);
        world.run_active(0, Span::minutes(120));
        assert_eq!(world.events_everywhere(ended), 0);
        if dies {
            world.crash(2);
        } else {
            world.freeze(2);
        }
        world.run(Span::minutes(30) - Span::seconds(301));
        assert!(world.tabs[0].machine.token().is_some());
        world.run(Span::seconds(302));
        for tab in 0..2 {
            assert_eq!(world.status(tab), Status::Unauthenticated, "tab {tab}");
        }
        assert_eq!(world.server.revocations.len(), 1, "one logout call");
        if !dies {
            world.run(Span::minutes(5));
            world.tabs[2].frozen = false;
            world.feed(2, Input::Resumed);
            assert!(world.tabs[2].machine.token().is_none(), "out at once");
            world.run(Span::seconds(1));
            assert_eq!(world.status(2), Status::Unauthenticated);
            assert_eq!(world.server.revocations.len(), 1);
        }
    }
}

/// Polling and silent refreshes kept an abandoned session alive (apache/gravitino#11630).
#[test]
fn failure_46_background_work_counts_as_activity() {
    let mut world = World::with_tabs(2);
    world.server.access_ttl = Some(Span::minutes(5));
    world.log_in(0, "ann");
    world.forget_effects();
    for _ in 0..40 {
        world.want_token(1);
        world.act(0, Input::Hidden);
        world.act(0, Input::Visible);
        world.run(Span::minutes(1));
    }
    assert!(world.sends() >= 5, "it was refreshed all along");
    assert!(world.all_signed_out());
    assert_eq!(world.count_everywhere(|effect| matches!(effect, Effect::WriteActivity(_))), 0);
    let idle = Event::End { reason: EndReason::Idle, by: By::ThisTab };
    assert!(world.events_everywhere(|event| *event == idle) >= 1);
}

/// Whoever reads or watches makes no input: the page says so, in any tab (JillElaine/jquery-idleTimeout#16).
#[test]
fn failure_46_the_page_can_say_that_somebody_is_there() {
    let mut world = World::signed_in(2);
    for _ in 0..8 {
        world.act(1, Input::Activity);
        world.run(Span::minutes(5));
    }
    assert!(world.all_signed_in());
    assert_eq!(world.events_everywhere(ended), 0);
}
