//! Activity keeps a session, idleness ends it: failures 43, 44, 46.

use super::world::World;
use session_warden::machine::{
    By, Commit, Config, Dismissal, Effect, EndReason, Event, Input, PromptEndsOn, Span, Status, Wall,
};

fn ended_idle(event: &Event) -> bool {
    matches!(event, Event::End { reason: EndReason::Idle, .. })
}

#[test]
fn thirty_idle_minutes_sign_every_tab_out_with_one_logout_call() {
    let mut world = World::signed_in(4);
    world.act(2, Input::Activity);
    world.run(Span(Span::minutes(30).0 - 100));
    assert!(world.all_signed_in());
    world.run(Span::seconds(1));
    assert!(world.all_signed_out());
    for tab in 0..4 {
        assert_eq!(world.events(tab, ended_idle), 1, "tab {tab}");
    }
    let in_this_tab = Event::End { reason: EndReason::Idle, by: By::ThisTab };
    assert_eq!(world.events_everywhere(|event| *event == in_this_tab), 1);
    assert_eq!(world.server.revocations.len(), 1);
}

#[test]
fn the_prompt_comes_at_twenty_nine_minutes_in_every_tab_and_activity_dismisses_it() {
    let mut world = World::signed_in(3);
    world.act(0, Input::Activity);
    world.run(Span(Span::minutes(29).0 - 100));
    assert_eq!(world.events_everywhere(|event| matches!(event, Event::Prompt { .. })), 0);
    world.run(Span(200));
    for tab in 0..3 {
        assert_eq!(world.events(tab, |event| matches!(event, Event::Prompt { .. })), 1, "tab {tab}");
        assert!(world.tabs[tab].machine.view().prompting);
    }
    world.act(1, Input::Activity);
    world.run(Span::seconds(1));
    for tab in 0..3 {
        let dismissed = Event::PromptDismissed { by: Dismissal::Activity };
        assert_eq!(world.events(tab, |event| *event == dismissed), 1, "tab {tab}");
        assert!(!world.tabs[tab].machine.view().prompting);
    }
    world.run(Span::minutes(28));
    assert!(world.all_signed_in());
}

#[test]
fn a_prompt_that_wants_an_answer_is_not_dismissed_by_activity() {
    let config = Config { prompt_ends_on: PromptEndsOn::Stay, ..Config::default() };
    let mut world = World::signed_in_with(2, config.clone());
    world.act(0, Input::Activity);
    world.run(Span(Span::minutes(29).0 + 500));
    world.act(0, Input::Activity);
    world.run(Span::seconds(1));
    assert!(world.tabs[0].machine.view().prompting);
    assert!(world.tabs[1].machine.view().prompting);
    world.act(1, Input::Stay);
    world.run(Span::seconds(1));
    for tab in 0..2 {
        let dismissed = Event::PromptDismissed { by: Dismissal::Stay };
        assert_eq!(world.events(tab, |event| *event == dismissed), 1, "tab {tab}");
    }
    world.run(Span::minutes(28));
    assert!(world.all_signed_in());

    let mut world = World::signed_in_with(2, config);
    world.run(Span(Span::minutes(29).0 + 500));
    world.run_active(0, Span::minutes(2));
    assert!(world.all_signed_out());
}

#[test]
fn activity_in_one_tab_keeps_the_others_for_two_hours() {
    let mut world = World::signed_in(3);
    world.run_active(0, Span::minutes(120));
    assert!(world.all_signed_in());
    assert_eq!(world.events_everywhere(|event| matches!(event, Event::Prompt { .. })), 0);
    world.freeze(2);
    world.run(Span::minutes(30));
    assert!([0, 1].iter().all(|tab| world.status(*tab) == Status::Unauthenticated));
    assert_eq!(world.server.revocations.len(), 1);
    world.resume(2);
    world.run(Span::seconds(1));
    assert!(world.all_signed_out());
    assert_eq!(world.server.revocations.len(), 1);
}

#[test]
fn refreshes_and_requests_are_not_activity() {
    let mut world = World::with_tabs(2);
    world.server.access_ttl = Some(Span::minutes(10));
    world.log_in(0, "ann");
    for _ in 0..29 {
        world.run(Span::minutes(1));
        let waiter = world.want_token(1);
        assert!(world.token_given(1, waiter).is_some());
    }
    assert!(world.sends() >= 4);
    world.run(Span::minutes(2));
    assert!(world.all_signed_out());
}

#[test]
fn activity_right_after_waking_past_the_deadline_does_not_revive_the_session() {
    for input in [Input::Activity, Input::Visible, Input::Online, Input::Stay, Input::Resumed] {
        let mut world = World::signed_in(2);
        world.run(Span::minutes(1));
        world.forget_effects();
        world.sleep(Span::minutes(45));
        world.feed(0, input.clone());
        assert!(world.tabs[0].machine.token().is_none(), "{input:?}");
        let waiter = world.want_token(0);
        world.run(Span::seconds(1));
        assert!(world.all_signed_out(), "{input:?}");
        assert!(world.failure_given(0, waiter).is_some());
        assert_eq!(world.sends(), 0, "{input:?}");
        let wrote = |effect: &_| matches!(effect, Effect::WriteActivity(_));
        assert_eq!(world.count_everywhere(wrote), 0, "{input:?}");
    }
    let mut world = World::signed_in(1);
    world.sleep(Span::minutes(29));
    world.act(0, Input::Activity);
    world.run(Span::minutes(20));
    assert!(world.all_signed_in());
}

#[test]
fn a_tab_that_slept_through_the_others_activity_does_not_end_it() {
    let mut world = World::signed_in(2);
    world.freeze(1);
    // Short pauses only, for an hour.
    for _ in 0..60 {
        world.run(Span::minutes(1));
        world.act(0, Input::Activity);
    }
    world.tabs[1].copy_lag = Span::minutes(600);
    world.tabs[1].inbox.clear();
    world.thaw(1);
    world.run(Span::seconds(5));
    assert!(world.all_signed_in(), "the row knew of the activity");
    assert_eq!(world.events_everywhere(ended_idle), 0);
}

#[test]
fn a_tab_that_wakes_late_keeps_to_the_shared_deadline() {
    let mut world = World::signed_in(2);
    world.freeze(1);
    for _ in 0..62 {
        world.run(Span::minutes(1));
        world.act(0, Input::Activity);
    }
    // 29.5 minutes after the last activity, which came too soon after another to be put into the row.
    world.freeze(0);
    world.run(Span(Span::minutes(29).0 + 30_000));
    world.tabs[1].inbox.clear();
    world.thaw(1);
    world.run(Span::seconds(10));
    assert_eq!(world.status(1), Status::Authenticated);
    world.run(Span::seconds(25));
    assert_eq!(world.status(1), Status::Unauthenticated);
}

#[test]
fn a_deaf_tab_about_to_end_meets_fresh_activity_in_the_row() {
    let mut world = World::signed_in(2);
    world.bus.deaf.insert(1);
    world.tabs[1].copy_lag = Span::minutes(600);
    world.run(Span::minutes(25));
    world.act(0, Input::Activity);
    world.run(Span::minutes(10));
    assert!(world.all_signed_in());
    assert_eq!(world.events_everywhere(ended_idle), 0);
    world.run(Span::minutes(21));
    assert!(world.all_signed_out());
}

#[test]
fn a_session_past_its_idle_deadline_is_never_shown_as_signed_in_at_start() {
    let mut world = World::signed_in(1);
    world.crash(0);
    world.run(Span::minutes(31));
    let tab = world.open_tab();
    let mut seen = Vec::new();
    for _ in 0..200 {
        seen.push(world.status(tab));
        world.run(Span(1));
    }
    assert!(!seen.contains(&Status::Authenticated));
    assert_eq!(world.status(tab), Status::Unauthenticated);
    assert_eq!(world.server.revocations.len(), 1);
}

#[test]
fn the_absolute_lifetime_ends_an_active_session() {
    let config = Config { max_age: Some(Span::minutes(120)), ..Config::default() };
    let mut world = World::signed_in_with(2, config);
    world.run_active(0, Span::minutes(119));
    assert!(world.all_signed_in());
    world.run_active(0, Span::minutes(2));
    assert!(world.all_signed_out());
    assert_eq!(world.events_everywhere(|e| matches!(e, Event::End { reason: EndReason::MaxAge, .. })), 2);
    assert_eq!(world.server.revocations.len(), 1);
}

#[test]
fn without_an_idle_timeout_nobody_is_signed_out() {
    let mut world = World::signed_in_with(2, Config { idle_timeout: None, ..Config::default() });
    world.run(Span::minutes(24 * 60));
    assert!(world.all_signed_in());
}

fn stamps_written(world: &World) -> usize {
    world.count(0, |effect| matches!(effect, Effect::WriteActivity(_)))
}

/// How often the row was asked to take up activity.
fn touches(world: &World) -> usize {
    let touch = |effect: &Effect| matches!(effect, Effect::Commit { commit, .. } if is_touch(commit));
    world.count(0, touch)
}

fn is_touch(commit: &Commit) -> bool {
    matches!(commit, Commit::Touch { .. })
}

fn last_activity(world: &World) -> Option<Wall> {
    world.tabs[0].machine.view().last_activity_at
}

#[test]
fn activity_is_written_down_once_a_second_at_most() {
    let mut world = World::signed_in(1);
    world.run(Span::seconds(10));
    world.act(0, Input::Activity);
    world.act(0, Input::Activity);
    assert_eq!(stamps_written(&world), 1);
    world.run(Span(999));
    world.act(0, Input::Activity);
    assert_eq!(stamps_written(&world), 1);
    world.run(Span(1));
    world.act(0, Input::Activity);
    assert_eq!(stamps_written(&world), 2);
    world.set_clocks(-3_600_000);
    world.act(0, Input::Activity);
    assert_eq!(stamps_written(&world), 3, "the last stamp lies ahead now");
}

#[test]
fn activity_is_put_into_the_row_after_a_tenth_of_the_idle_timeout() {
    let mut world = World::signed_in(1);
    let in_row = world.instant(world.row().live().expect("a session").activity);
    world.run(Span(in_row + Span::minutes(3).0 - world.time));
    world.act(0, Input::Activity);
    assert_eq!(touches(&world), 0);
    world.run(Span(1));
    world.act(0, Input::Activity);
    assert_eq!(touches(&world), 1);
    world.run(Span::seconds(1));
    world.act(0, Input::Activity);
    assert_eq!(touches(&world), 1, "the row has it");
    // The row's stamp lies 2 s ahead: no more than clocks may differ.
    world.set_clocks(-3_000);
    world.act(0, Input::Activity);
    assert_eq!(touches(&world), 1);
    world.set_clocks(-1);
    world.act(0, Input::Activity);
    assert_eq!(touches(&world), 2, "a clock that was set back");
}

#[test]
fn a_stamp_may_lie_two_seconds_ahead() {
    let mut world = World::signed_in(1);
    world.run(Span::minutes(1));
    let now = world.wall(0);
    for (stamp, shown) in [
        (now - Span::seconds(1), now - Span::seconds(1)),
        (now + Span::seconds(2), now + Span::seconds(2)),
        // Taken for one from before the clock was set back: it says that there was activity, not when.
        (now + Span(2_001), now + Span::seconds(2)),
    ] {
        world.feed(0, Input::ActivitySeen(stamp));
        assert_eq!(last_activity(&world), Some(shown));
    }
    world.set_clocks(-1);
    world.act(0, Input::Hidden);
    assert_eq!(last_activity(&world), Some(now - Span(1)), "2,001 ms ahead of the clock as it is now");
    world.feed(0, Input::ActivitySeen(now + Span::seconds(1)));
    world.set_clocks(-999);
    world.act(0, Input::Visible);
    assert_eq!(last_activity(&world), Some(now + Span::seconds(1)), "2 s ahead");
}

#[test]
fn a_stamp_from_before_the_clock_was_set_back_counts_once() {
    let mut world = World::signed_in(1);
    let ahead = world.wall(0) + Span::minutes(60);
    let idle_at = |world: &World| world.tabs[0].machine.view().idle_at;
    world.run(Span::minutes(10));
    world.feed(0, Input::ActivitySeen(ahead));
    let once = idle_at(&world);
    assert_eq!(once, Some(world.wall(0) + Span::minutes(30)));
    world.run(Span::minutes(10));
    world.feed(0, Input::ActivitySeen(ahead));
    assert_eq!(idle_at(&world), once);
    world.feed(0, Input::ActivitySeen(ahead + Span(1)));
    let since = idle_at(&world);
    assert_eq!(since, Some(world.wall(0) + Span::minutes(30)), "somebody was active since");
    world.run(Span::minutes(5));
    world.feed(0, Input::ActivitySeen(ahead));
    assert_eq!(idle_at(&world), since, "an earlier one, from a tab that was slow to tell");
}

#[test]
fn activity_too_long_ago_to_put_the_prompt_off_does_not_dismiss_it() {
    let mut world = World::signed_in(1);
    world.run(Span::minutes(29));
    world.run_until(Span::seconds(5), |world| world.tabs[0].machine.view().prompting);
    let dismissals = |world: &World| world.events(0, |event| matches!(event, Event::PromptDismissed { .. }));
    world.feed(0, Input::ActivitySeen(world.wall(0) - Span::minutes(29)));
    assert!(world.tabs[0].machine.view().prompting);
    assert_eq!(dismissals(&world), 0);
    world.feed(0, Input::ActivitySeen(world.wall(0) - Span::minutes(29) + Span(1)));
    assert!(!world.tabs[0].machine.view().prompting);
    assert_eq!(dismissals(&world), 1);
}

#[test]
fn a_prompt_as_long_as_the_idle_timeout_is_none() {
    let timeout = Span::minutes(30);
    for (prompt, prompts) in [(timeout, 0), (Span(timeout.0 - 1), 1)] {
        let mut world = World::signed_in_with(1, Config { idle_prompt: Some(prompt), ..Config::default() });
        world.run(Span::minutes(29));
        assert_eq!(world.events(0, |event| matches!(event, Event::Prompt { .. })), prompts);
        world.run(Span::minutes(2));
        assert!(world.all_signed_out());
    }
}
