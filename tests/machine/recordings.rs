//! A recording holds what came in and what was done, and nothing that is secret or personal.

use super::histories::{self, Step};
use super::inputs;
use super::world::World;
use proptest::prelude::*;
use session_warden::machine::{
    Config, Copy, Effect, Grant, GrantKind, Input, Now, ReadId, Secret, Sid, Span, TabId, WaiterId, Wall,
};
use session_warden::record::{Recorder, Replay};

const NOW: Now = Now { wall: Wall(1_700_000_000_000), monotonic: Span(0) };

fn recorder() -> Recorder {
    Recorder::new(Config::default(), TabId("tab-1".to_owned()), 7)
}

fn started() -> Input {
    Input::Started { copy: Copy::Missing, activity: None, mark: None, visible: true }
}

/// Somebody signs in and out; what is to be done is left undone.
fn a_short_visit() -> Recorder {
    let mut recorder = recorder();
    recorder.handle(NOW, started());
    recorder.handle(NOW, Input::RowRead { id: ReadId(1), result: Ok(None) });
    let grant = Box::new(Grant {
        access_token: Secret::new("access"),
        refresh_token: Some(Secret::new("refresh")),
        lifetime: Some(Span::minutes(60)),
        subject: Some("ann".to_owned()),
        user: None,
    });
    let (waiter, sid) = (WaiterId(1), Sid("s1".to_owned()));
    let kind = GrantKind::Login;
    recorder.handle(NOW, Input::Granted { waiter, sid, epoch: 0, kind, remember: true, grant });
    recorder.handle_timeout(Now { wall: NOW.wall + Span::seconds(2), ..NOW });
    recorder.handle(NOW, Input::LogoutWanted { everywhere: true });
    recorder
}

fn random_life(seed: u64, steps: &[Step]) -> World {
    let mut world = World::new(seed, Config::default());
    for _ in 0..3 {
        world.open_tab();
    }
    world.run(Span(500));
    world.log_in(0, "ann");
    for step in steps {
        histories::take(&mut world, *step);
    }
    world
}

/// Everything that the server of this world has handed out.
fn tokens(world: &World) -> Vec<String> {
    let of_family = |name: &str, accesses: u64, refreshes: u64| {
        let accesses = (1..=accesses).map(|n| format!("access/{name}/{n}")).collect::<Vec<_>>();
        let refreshes = (1..=refreshes).map(|n| format!("refresh/{name}/{n}")).collect();
        [accesses, refreshes].concat()
    };
    let families = world.server.families.iter();
    families.flat_map(|(name, family)| of_family(name, family.issued, family.generation)).collect()
}

proptest! {
    #![proptest_config(crate::property(24))]

    #[test]
    fn every_tab_of_a_long_life_is_replayed_to_the_same_effects(
        seed in any::<u64>(),
        steps in proptest::collection::vec(histories::step(), 150..250),
    ) {
        let world = random_life(seed, &steps);
        for tab in &world.tabs {
            let mut recorder = tab.recorder();
            let lived: Vec<&Effect> = tab.effects.iter().map(|(_, effect)| effect).collect();
            let recorded: Vec<Effect> = core::iter::from_fn(|| recorder.poll_effect()).collect();
            prop_assert!(lived.into_iter().eq(&recorded), "the recorder did something else than the tab");

            let replay = Replay::parse(recorder.recording()).expect("a recording");
            prop_assert_eq!(replay.parting(), None);
            let mut run = replay.run();
            let replayed: usize = run.by_ref().map(|(_, effects)| effects.len()).sum();
            prop_assert_eq!(replayed, recorded.len());
            prop_assert_eq!(run.machine().view(), tab.machine.view());
            prop_assert_eq!(run.machine().poll_timeout(), tab.machine.poll_timeout());
        }
    }

    #[test]
    fn no_token_and_nothing_personal_is_in_a_recording(
        seed in any::<u64>(),
        steps in proptest::collection::vec(histories::step(), 50..100),
    ) {
        let world = random_life(seed, &steps);
        let tokens = tokens(&world);
        prop_assert!(tokens.len() >= 2, "nobody signed in");
        for tab in &world.tabs {
            let recorder = tab.recorder();
            let recording = recorder.recording();
            for token in &tokens {
                prop_assert!(!recording.contains(token), "{} is in the recording", token);
            }
            for personal in ["\"ann\"", "\"bob\"", "@example.org"] {
                prop_assert!(!recording.contains(personal), "{} is in the recording", personal);
            }
        }
    }
}

proptest! {
    #![proptest_config(crate::property(2_000))]

    #[test]
    fn every_input_and_every_effect_is_read_back_as_it_was_written(
        inputs in proptest::collection::vec(inputs::input(), 1..8),
    ) {
        let record = |inputs: Vec<Input>| {
            let mut recorder = recorder();
            inputs.into_iter().for_each(|input| recorder.handle(NOW, input));
            recorder.recording().to_owned()
        };
        let inputs_of = |recording: &str| -> Vec<Input> {
            let replay = Replay::parse(recording).expect("a recording");
            replay.steps().iter().filter_map(|step| step.input.clone()).collect()
        };
        let first = record(inputs.clone());
        prop_assert!(Replay::parse(&first).expect("a recording").parting().is_none());
        let renamed = inputs_of(&first);
        prop_assert_eq!(renamed.len(), inputs.len());
        // Names are given in the order of appearance: those of a replay are the same.
        let second = record(renamed.clone());
        prop_assert_eq!(&inputs_of(&second), &renamed);
        prop_assert_eq!(second, first);
    }
}

#[test]
fn a_recording_tells_what_came_in_and_what_was_done() {
    let mut recorder = recorder();
    recorder.handle(NOW, started());
    recorder.handle_timeout(NOW);
    assert!(recorder.poll_effect().is_some(), "what is recorded is still to be done");
    let lines: Vec<&str> = recorder.recording().lines().collect();
    assert!(lines[0].starts_with(r#"{"recording":1,"library":""#), "{}", lines[0]);
    assert!(lines[0].contains(r#""tab":"tab-1","seed":7,"config":{"refresh_early":300000"#), "{}", lines[0]);
    let now = r#"{"now":{"wall":1700000000000,"monotonic":0}"#;
    let started = format!(r#"{now},"input":{{"Started":{{"copy":"Missing","#);
    assert!(lines[1].starts_with(&started), "{}", lines[1]);
    assert!(lines[1].ends_with(r#","effects":[{"ReadRow":{"id":1}}]}"#), "{}", lines[1]);
    assert_eq!(lines[2], format!(r#"{now},"input":null,"effects":[]}}"#));
}

#[test]
fn a_replay_tells_at_which_line_it_parts_from_its_recording() {
    let recording = a_short_visit().recording().to_owned();
    assert_eq!(Replay::parse(&recording).expect("a recording").parting(), None);

    let other = recording.replacen(r#""everywhere":true"#, r#""everywhere":false"#, 1);
    assert_ne!(other, recording);
    let replay = Replay::parse(&other).expect("a recording");
    let parting = replay.parting().expect("the effects were recorded for another input");
    assert_eq!(parting.line, 6);
    assert_eq!(parting.step.input, Some(Input::LogoutWanted { everywhere: false }));
    assert!(parting.to_string().starts_with("line 6: recorded [Revoke"), "{parting}");
}

#[test]
fn a_step_written_without_effects_is_right_with_any() {
    let recording = a_short_visit().recording().to_owned();
    let inputs_only: Vec<&str> = recording
        .lines()
        .map(|line| line.split_once(r#","effects""#).map_or(line, |(call, _)| call))
        .collect();
    let inputs_only = format!("{}\n{}}}\n", inputs_only[0], inputs_only[1..].join("}\n"));
    let replay = Replay::parse(&inputs_only).expect("a recording");
    assert_eq!(replay.steps().len(), 5);
    assert_eq!(replay.parting(), None);
}

#[test]
fn a_recording_at_its_limit_ends_and_says_so_and_the_session_goes_on() {
    let mut recorder = recorder().with_limit(2_000);
    for _ in 0..100 {
        recorder.handle(NOW, started());
        recorder.handle(NOW, Input::RowRead { id: ReadId(1), result: Ok(None) });
        recorder.handle(NOW, Input::Visible);
    }
    assert!(recorder.recording().len() < 2_500, "{} bytes", recorder.recording().len());
    let effects = core::iter::from_fn(|| recorder.poll_effect()).count();
    assert!(effects > 200, "the session stopped with its recording: {effects} effects");
    let replay = Replay::parse(recorder.recording()).expect("a recording");
    assert_eq!(replay.stopped(), Some("the limit of 2000 bytes is reached"));
    assert!(replay.steps().len() > 5);
    assert_eq!(replay.parting(), None);
}

#[test]
fn what_is_no_recording_is_refused_with_the_line_and_the_reason() {
    let recording = a_short_visit().recording().to_owned();
    let lines: Vec<&str> = recording.lines().collect();
    let refusal = |text: &str| Replay::parse(text).expect_err("no recording").to_string();

    assert_eq!(refusal(""), "line 1: not the header of a recording");
    assert_eq!(refusal(r#"{"token":"eyJ.a.b"}"#), "line 1: not the header of a recording");
    assert_eq!(refusal(lines[1]), "line 1: not the header of a recording");
    assert_eq!(
        refusal(&recording.replacen(r#""recording":1"#, r#""recording":2"#, 1)),
        "line 1: the recording has format 2, and this library reads 1"
    );
    let unknown = recording.replacen("LogoutWanted", "LogoutHoped", 1);
    assert!(refusal(&unknown).starts_with("line 6, column "), "{}", refusal(&unknown));
    assert!(refusal(&unknown).contains("unknown variant `LogoutHoped`"), "{}", refusal(&unknown));
    let cut = &recording[..recording.len() - 10];
    assert!(refusal(cut).starts_with("line 6, column "), "{}", refusal(cut));
    let after = format!("{}\n{}\n{}\n", lines[0], r#"{"stopped":"enough"}"#, lines[1]);
    assert_eq!(refusal(&after), "line 3: a step after the recording was stopped");
}
