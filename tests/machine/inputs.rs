//! Any input, in any order, with any value: no panic, and no timer that is due again as soon as it is served.

use proptest::prelude::*;
use session_warden::machine::{
    CommitId, Config, Content, Cooldown, Copy, EndReason, Ended, Failure, Grant, GrantKind, Input, Live,
    Machine, Now, Outcome, PromptEndsOn, ReadId, Record, RefreshAnswer, Row, Secret, Sending, Sid, Span,
    Storage, StoreFailure, TabId, WaiterId, Wall, WhenRejected,
};

// Boxed: as one type, the strategies do not fit on a test thread's stack.

/// Instants and spans that matter: around one another, and at the edges.
fn number() -> impl Strategy<Value = u64> {
    prop_oneof![
        8 => 1_000_000_000_u64..1_000_010_000,
        4 => 0_u64..4_000_000,
        1 => Just(0),
        1 => Just(u64::MAX),
        1 => (u64::MAX - 1_000)..u64::MAX,
        1 => any::<u64>(),
    ]
}

fn wall() -> impl Strategy<Value = Wall> {
    number().prop_map(Wall)
}

fn span() -> impl Strategy<Value = Span> {
    prop_oneof![4 => 0_u64..100_000, 1 => number()].prop_map(Span)
}

fn sid() -> impl Strategy<Value = Sid> {
    (0..3_u8).prop_map(|n| Sid(format!("s{n}")))
}

fn secret() -> impl Strategy<Value = Secret> {
    (0..4_u8).prop_map(|n| Secret::new(if n == 0 { String::new() } else { format!("token {n}") }))
}

fn text() -> impl Strategy<Value = Option<String>> {
    proptest::option::of((0..3_u8).prop_map(|n| if n == 0 { String::new() } else { format!("user {n}") }))
}

fn counter() -> impl Strategy<Value = u64> {
    prop_oneof![8 => 0_u64..6, 1 => Just(u64::MAX), 1 => any::<u64>()]
}

fn failure() -> impl Strategy<Value = Failure> {
    prop_oneof![
        Just(Failure::Network),
        Just(Failure::Timeout),
        any::<u16>().prop_map(|status| Failure::Server { status }),
        any::<u16>().prop_map(|status| Failure::Refused { status }),
    ]
}

fn record() -> BoxedStrategy<Record> {
    (
        secret(),
        proptest::option::of(secret()),
        proptest::option::of(wall()),
        wall(),
        (text(), text()),
        any::<[bool; 2]>(),
    )
        .prop_map(|(access_token, refresh_token, expires_at, received_at, who, flags)| {
            let (subject, user) = who;
            let [after_unauthorized, remember] = flags;
            Record {
                access_token,
                refresh_token,
                expires_at,
                received_at,
                subject,
                user,
                after_unauthorized,
                remember,
            }
        })
        .boxed()
}

fn content() -> BoxedStrategy<Content> {
    let sending = (0..3_u8, wall(), any::<bool>()).prop_map(|(n, until, locked)| Sending {
        owner: TabId(format!("t{n}")),
        until,
        locked,
    });
    let cooldown = (wall(), any::<u32>(), any::<bool>()).prop_map(|(until, failures, asked)| Cooldown {
        until,
        failures,
        asked,
    });
    let live = (
        proptest::option::weighted(0.9, record()),
        proptest::option::of(sending),
        proptest::option::of(cooldown),
        any::<bool>(),
        wall(),
        wall(),
    )
        .prop_map(|(record, sending, cooldown, refused, started_at, activity)| {
            Content::Live(Box::new(Live { record, sending, cooldown, refused, started_at, activity }))
        });
    let ended = wall().prop_map(|at| Content::Ended(Ended { reason: EndReason::Logout, at }));
    prop_oneof![4 => live, 1 => ended].boxed()
}

fn row() -> BoxedStrategy<Row> {
    (counter(), sid(), counter(), wall(), content())
        .prop_map(|(version, sid, generation, at, content)| Row { version, sid, generation, at, content })
        .boxed()
}

fn copy() -> BoxedStrategy<Copy> {
    prop_oneof![
        1 => Just(Copy::Unavailable),
        2 => Just(Copy::Missing),
        4 => row().prop_map(|row| Copy::Found(Box::new(row))),
    ]
    .boxed()
}

fn grant() -> BoxedStrategy<Box<Grant>> {
    (secret(), proptest::option::of(secret()), proptest::option::of(span()), text(), text())
        .prop_map(|(access_token, refresh_token, lifetime, subject, user)| {
            Box::new(Grant { access_token, refresh_token, lifetime, subject, user })
        })
        .boxed()
}

fn answer() -> BoxedStrategy<RefreshAnswer> {
    prop_oneof![
        grant().prop_map(RefreshAnswer::Granted),
        failure().prop_map(RefreshAnswer::Refused),
        (failure(), proptest::option::of(span()))
            .prop_map(|(failure, retry_after)| RefreshAnswer::Failed { failure, retry_after }),
    ]
    .boxed()
}

pub(crate) fn input() -> BoxedStrategy<Input> {
    let waiter = || (0..9_u32).prop_map(WaiterId);
    let stored = || {
        prop_oneof![
            1 => Just(Err(StoreFailure)),
            1 => Just(Ok(None)),
            6 => row().prop_map(|row| Ok(Some(row))),
        ]
    };
    let outcome =
        (any::<bool>(), stored()).prop_map(|(accepted, row)| row.map(|row| Outcome { accepted, row }));
    prop_oneof![
        2 => (copy(), proptest::option::of(wall()), any::<bool>(), proptest::option::of(sid()))
            .prop_map(|(copy, activity, visible, mark)| Input::Started { copy, activity, visible, mark }),
        3 => (0..9_u64, stored()).prop_map(|(id, result)| Input::RowRead { id: ReadId(id), result }),
        8 => (0..12_u32, outcome).prop_map(|(id, result)| Input::Committed { id: CommitId(id), result }),
        2 => (copy(), proptest::option::of(wall()))
            .prop_map(|(copy, activity)| Input::CopyRead { copy, activity }),
        1 => counter().prop_map(|version| Input::Announced { version }),
        1 => wall().prop_map(Input::ActivitySeen),
        1 => any::<bool>().prop_map(Input::SiblingsSeen),
        1 => Just(Input::HandoverAsked),
        2 => row().prop_map(|row| Input::HandedOver(Box::new(row))),
        3 => Just(Input::LockGranted),
        1 => Just(Input::LockRefused),
        4 => (sid(), counter(), answer())
            .prop_map(|(sid, generation, answer)| Input::RefreshAnswered { sid, generation, answer }),
        2 => Just(Input::Activity),
        1 => Just(Input::Stay),
        1 => Just(Input::Visible),
        1 => Just(Input::Hidden),
        1 => Just(Input::Resumed),
        1 => Just(Input::Suspending),
        1 => Just(Input::Online),
        1 => Just(Input::Offline),
        2 => (waiter(), sid(), counter(), (0..3_u8, any::<bool>()), grant())
            .prop_map(|(waiter, sid, epoch, (kind, remember), grant)| {
            let kind = match kind {
                0 => GrantKind::Login,
                1 => GrantKind::Refresh,
                _ => GrantKind::Auto,
            };
            Input::Granted { waiter, sid, epoch, kind, remember, grant }
        }),
        1 => waiter().prop_map(Input::TokenWanted),
        2 => waiter().prop_map(Input::RefreshWanted),
        1 => (waiter(), sid(), counter())
            .prop_map(|(waiter, sid, generation)| Input::Unauthorized { waiter, sid, generation }),
        1 => (waiter(), sid(), counter(), grant())
            .prop_map(|(waiter, sid, generation, grant)| Input::Rotated { waiter, sid, generation, grant }),
        1 => (sid(), counter()).prop_map(|(sid, generation)| Input::VerifyRefused { sid, generation }),
        1 => waiter().prop_map(Input::WaiterGone),
        1 => any::<bool>().prop_map(|everywhere| Input::LogoutWanted { everywhere }),
    ]
    .boxed()
}

fn config() -> BoxedStrategy<Config> {
    let maybe = || proptest::option::of(span());
    ((span(), maybe(), span(), span(), span()), (maybe(), maybe(), maybe()), any::<[bool; 4]>(), 0..3_u8)
        .prop_map(
            |(
                (refresh_early, refresh_every, check_every, refresh_timeout, lock_timeout),
                ends,
                flags,
                storage,
            )| {
                let [stay, at_once, sliding, cookies] = flags;
                Config {
                    refresh_early,
                    refresh_every,
                    check_every,
                    refresh_timeout,
                    lock_timeout,
                    idle_timeout: ends.0,
                    idle_prompt: ends.1,
                    max_age: ends.2,
                    prompt_ends_on: if stay { PromptEndsOn::Stay } else { PromptEndsOn::Activity },
                    when_rejected: if at_once { WhenRejected::AtOnce } else { WhenRejected::AtExpiry },
                    sliding,
                    cookies,
                    storage: match storage {
                        0 => Storage::Shared,
                        1 => Storage::PerTab,
                        _ => Storage::Memory,
                    },
                }
            },
        )
        .boxed()
}

/// An input, or nothing but time passing.
fn step() -> BoxedStrategy<(Now, Option<Input>)> {
    let now = (wall(), span()).prop_map(|(wall, monotonic)| Now { wall, monotonic });
    (now, proptest::option::weighted(0.85, input())).boxed()
}

fn drain(machine: &mut Machine) -> usize {
    let mut effects = 0;
    while machine.poll_effect().is_some() {
        effects += 1;
        assert!(effects < 500, "effects without end");
    }
    effects
}

proptest! {
    #![proptest_config(crate::property(2_000))]

    #[test]
    fn any_inputs_in_any_order_are_survived(
        config in config(),
        seed in any::<u64>(),
        first in (copy(), proptest::option::of(wall())),
        steps in proptest::collection::vec(step(), 1..60),
    ) {
        let mut machine = Machine::new(config, TabId("t0".to_owned()), seed);
        let (copy, activity) = first;
        let start = steps.first().map_or(Now::default(), |(now, _)| *now);
        machine.handle(start, Input::Started { copy, activity, visible: true, mark: None });
        drain(&mut machine);
        let mut sane = start.wall.0 < 1 << 53 && start.monotonic.0 < 1 << 53;
        for (now, input) in steps {
            match input {
                Some(input) => machine.handle(now, input),
                None => machine.handle_timeout(now),
            }
            drain(&mut machine);
            let mut served = 0;
            // A page's clock is a double: beyond its whole numbers deadlines saturate and are all due at once.
            sane &= now.wall.0 < 1 << 53 && now.monotonic.0 < 1 << 53;
            let due = |at: Wall| sane && at <= now.wall;
            while let Some((at, timer)) = machine.poll_timeout().filter(|(at, _)| due(*at)) {
                served += 1;
                prop_assert!(served < 40, "{timer:?} of {at:?} is due for ever at {now:?}");
                machine.handle_timeout(now);
                drain(&mut machine);
            }
        }
    }

    #[test]
    fn the_same_inputs_have_the_same_effects(
        seed in any::<u64>(),
        steps in proptest::collection::vec(step(), 1..30),
    ) {
        let mut machines =
            [0, 1].map(|_| Machine::new(Config::default(), TabId("t0".to_owned()), seed));
        for (now, input) in steps {
            let effects = machines.each_mut().map(|machine| {
                match &input {
                    Some(input) => machine.handle(now, input.clone()),
                    None => machine.handle_timeout(now),
                }
                core::iter::from_fn(|| machine.poll_effect()).collect::<Vec<_>>()
            });
            prop_assert_eq!(&effects[0], &effects[1]);
        }
    }
}
