//! Random lives of several tabs: crashes, freezes, sleep, logins, logouts and outages, with the facts looked at
//! after every step and every tab of one mind in the end.

use super::world::{LockMode, Reply, StoreMode, World};
use proptest::prelude::*;
use session_warden::machine::{Config, GrantKind, Input, Span};

#[derive(Clone, Copy, Debug)]
pub(crate) enum Step {
    Wait(u64),
    ToRefresh,
    Activity(usize),
    Login(usize, bool),
    Logout(usize),
    Token(usize),
    Refresh(usize),
    Unauthorized(usize),
    Open,
    Crash(usize),
    Freeze(usize),
    Suspend(usize),
    Resume(usize),
    Sleep(u64),
    Server(Reply),
    ServerDelay(u64),
    StoreLatency(u64),
    Loss(u64),
    Jitter(u64),
    Lag(usize, u64),
    Lock(LockMode),
    Visible(usize),
    Hidden(usize),
    Online(usize),
}

pub(crate) fn step() -> impl Strategy<Value = Step> {
    let tab = || 0..6_usize;
    prop_oneof![
        6 => prop_oneof![0..500_u64, 500..20_000_u64, 20_000..2_000_000_u64].prop_map(Step::Wait),
        4 => Just(Step::ToRefresh),
        3 => tab().prop_map(Step::Activity),
        2 => (tab(), any::<bool>()).prop_map(|(tab, bob)| Step::Login(tab, bob)),
        2 => tab().prop_map(Step::Logout),
        2 => tab().prop_map(Step::Token),
        4 => tab().prop_map(Step::Refresh),
        2 => tab().prop_map(Step::Unauthorized),
        2 => Just(Step::Open),
        2 => tab().prop_map(Step::Crash),
        2 => tab().prop_map(Step::Freeze),
        1 => tab().prop_map(Step::Suspend),
        3 => tab().prop_map(Step::Resume),
        1 => (0..4_000_000_u64).prop_map(Step::Sleep),
        2 => prop_oneof![
            4 => Just(Reply::Rotate),
            1 => Just(Reply::Network),
            1 => Just(Reply::Never),
            1 => Just(Reply::RotateAndLose),
            1 => Just(Reply::Status(503, None)),
            1 => Just(Reply::Status(429, Some(Span::seconds(30)))),
            1 => Just(Reply::Refuse),
        ].prop_map(Step::Server),
        1 => (0..12_000_u64).prop_map(Step::ServerDelay),
        1 => (0..600_u64).prop_map(Step::StoreLatency),
        1 => (0..100_u64).prop_map(Step::Loss),
        1 => (0..3_000_u64).prop_map(Step::Jitter),
        1 => (tab(), 0..3_000_u64).prop_map(|(tab, lag)| Step::Lag(tab, lag)),
        1 => prop_oneof![Just(LockMode::Works), Just(LockMode::Refuses), Just(LockMode::NeverGrants)]
            .prop_map(Step::Lock),
        1 => tab().prop_map(Step::Visible),
        1 => tab().prop_map(Step::Hidden),
        1 => tab().prop_map(Step::Online),
    ]
}

pub(crate) fn take(world: &mut World, step: Step) {
    let living: Vec<usize> = world.living().collect();
    let pick = |n: usize| living.get(n.checked_rem(living.len()).unwrap_or(0)).copied();
    match step {
        Step::Wait(ms) => world.run(Span(ms)),
        Step::ToRefresh => {
            let due = living.iter().filter_map(|tab| world.tabs[*tab].machine.view().refresh_at).min();
            if let Some(due) = due {
                let at = world.instant(due);
                world.run(Span(at.saturating_sub(world.time)));
            }
        }
        Step::Open if living.len() < 6 => {
            world.open_tab();
        }
        Step::Sleep(ms) => {
            world.sleep(Span(ms));
            world.run(Span(0));
        }
        Step::Server(reply) => world.server.usual = reply,
        Step::ServerDelay(ms) => world.server.delay = Span(ms),
        Step::StoreLatency(ms) => world.store.latency = Span(ms),
        Step::Loss(percent) => world.bus.loss_percent = percent,
        Step::Jitter(ms) => world.bus.jitter = Span(ms),
        Step::Lock(mode) => world.locks.mode = mode,
        Step::Activity(n) => with(world, pick(n), |world, tab| world.act(tab, Input::Activity)),
        Step::Login(n, bob) => with(world, pick(n), |world, tab| {
            world.begin_login(tab, if bob { "bob" } else { "ann" }, GrantKind::Login);
        }),
        Step::Logout(n) => with(world, pick(n), World::log_out),
        Step::Token(n) => with(world, pick(n), |world, tab| {
            world.want_token(tab);
        }),
        Step::Refresh(n) => with(world, pick(n), |world, tab| {
            world.want_refresh(tab);
        }),
        Step::Unauthorized(n) => with(world, pick(n), |world, tab| {
            if world.tabs[tab].machine.token().is_some() {
                world.answered_401(tab);
            }
        }),
        Step::Crash(n) => with(world, pick(n), World::crash),
        Step::Freeze(n) => with(world, pick(n), World::freeze),
        Step::Suspend(n) => with(world, pick(n), World::suspend),
        Step::Resume(n) => with(world, pick(n), |world, tab| {
            if world.tabs[tab].frozen {
                world.resume(tab);
            }
        }),
        Step::Lag(n, ms) => with(world, pick(n), |world, tab| world.tabs[tab].copy_lag = Span(ms)),
        Step::Visible(n) => with(world, pick(n), |world, tab| world.act(tab, Input::Visible)),
        Step::Hidden(n) => with(world, pick(n), |world, tab| world.act(tab, Input::Hidden)),
        Step::Online(n) => with(world, pick(n), |world, tab| world.act(tab, Input::Online)),
        Step::Open => {}
    }
}

fn with(world: &mut World, tab: Option<usize>, act: impl FnOnce(&mut World, usize)) {
    if let Some(tab) = tab {
        act(world, tab);
    }
}

/// Mends everything, wakes everybody, and waits for the world to settle.
fn heal(world: &mut World) {
    world.server.usual = Reply::Rotate;
    world.server.delay = Span(200);
    world.store.mode = StoreMode::Works;
    world.store.latency = Span(1);
    world.bus.loss_percent = 0;
    world.bus.jitter = Span(0);
    world.locks.mode = LockMode::Works;
    let living: Vec<usize> = world.living().collect();
    for tab in &living {
        world.tabs[*tab].copy_lag = Span(0);
        if world.tabs[*tab].frozen {
            world.resume(*tab);
        }
    }
    world.run(Span::minutes(1));
    for tab in &living {
        world.act(*tab, Input::Visible);
    }
    world.run(Span::minutes(1));
}

fn live(seed: u64, strict: bool, steps: &[Step]) {
    let mut world = World::new(seed, Config::default());
    world.server.grace = (!strict).then_some(Span::seconds(60));
    for _ in 0..3 {
        world.open_tab();
    }
    world.run(Span(500));
    world.log_in(0, "ann");
    for step in steps {
        take(&mut world, *step);
    }
    heal(&mut world);
    // An end that is due at this very moment takes a moment.
    if !world.run_until(Span::seconds(10), |world| world.all_signed_in() || world.all_signed_out()) {
        world.fail("the tabs are of two minds");
    }
    if world.living().next().is_some() && world.all_signed_out() && !world.row_is_ended() {
        world.fail("every tab is signed out, and the row is not");
    }
}

proptest! {
    #![proptest_config(crate::property(
        std::env::var("SESSION_WARDEN_HISTORIES").ok().and_then(|n| n.parse().ok()).unwrap_or(1_000),
    ))]

    #[test]
    fn every_history_keeps_the_facts_under_strict_rotation(
        seed in any::<u64>(),
        steps in proptest::collection::vec(step(), 1..40),
    ) {
        live(seed, true, &steps);
    }

    #[test]
    fn every_history_keeps_the_facts_with_a_grace_window(
        seed in any::<u64>(),
        steps in proptest::collection::vec(step(), 1..40),
    ) {
        live(seed, false, &steps);
    }
}
