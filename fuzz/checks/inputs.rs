//! Any life of one tab: what a browser would answer, mixed with what none ever would.

use super::facts;
use super::values::{AROUND, TOKEN, below, value};
use arbitrary::Unstructured;
use session_warden::machine::{
    Config, Copy, Effect, Grant, GrantKind, Input, Now, Outcome, RefreshAnswer, Row, Secret, Sid, Span,
    StoreFailure, TabId, WaiterId, Wall,
};
use session_warden::record::{Recorder, Replay};
use std::collections::VecDeque;

/// Longer lives find little more and take their time.
const STEPS: usize = 300;

pub(crate) fn check(bytes: &[u8]) {
    live(bytes).check_recording();
}

/// Bytes without a meaning: every byte string is a life.
pub(crate) fn seeds() -> Vec<Vec<u8>> {
    let mut state = 1_u64;
    let mut byte = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        state.to_be_bytes()[0]
    };
    (1..=64).map(|size| (0..size * 64).map(|_| byte()).collect()).collect()
}

pub(crate) fn live(bytes: &[u8]) -> Life {
    let mut bytes = Unstructured::new(bytes);
    let mut life = Life::begin(&mut bytes);
    for _ in 0..STEPS {
        if bytes.is_empty() {
            break;
        }
        life.step(&mut bytes);
    }
    life
}

const fn wants_an_answer(effect: &Effect) -> bool {
    matches!(
        effect,
        Effect::ReadRow { .. }
            | Effect::Commit { .. }
            | Effect::ReadCopy
            | Effect::TakeLock
            | Effect::SendRefresh { .. }
    )
}

pub(crate) struct Life {
    pub(crate) recorder: Recorder,
    /// Recorded, and looked through for tokens: this takes most of the time, and every input can choose it.
    watched: bool,
    now: Now,
    /// A page's clock is a double: beyond its whole numbers deadlines saturate and are all due at once.
    sane: bool,
    row: Option<Row>,
    /// Effects that want an answer.
    asked: VecDeque<Effect>,
    granted: u32,
    calls: usize,
}

impl Life {
    fn begin(bytes: &mut Unstructured<'_>) -> Self {
        let seed = below(bytes, 256);
        let config = if below(bytes, 2) == 0 { Config::default() } else { value(bytes) };
        let watched = seed.is_multiple_of(8);
        let limit = if watched { usize::MAX } else { 0 };
        let mut life = Self {
            recorder: Recorder::new(config, TabId("t0".to_owned()), seed).with_limit(limit),
            watched,
            now: Now { wall: Wall(AROUND), monotonic: Span(0) },
            sane: true,
            row: (below(bytes, 2) == 1).then(|| value(bytes)),
            asked: VecDeque::new(),
            granted: 0,
            calls: 0,
        };
        let copy = match below(bytes, 4) {
            0 => life.copy(),
            1 => Copy::Unavailable,
            2 => Copy::Missing,
            _ => value(bytes),
        };
        let mark = value(bytes);
        life.take(Input::Started { copy, activity: value(bytes), visible: true, mark });
        life
    }

    fn step(&mut self, bytes: &mut Unstructured<'_>) {
        match below(bytes, 64) {
            0..=39 => self.answer(bytes),
            40..=49 => {
                let next = self.recorder.poll_timeout().map(|(at, _)| at.since(self.now.wall));
                self.pass(next.unwrap_or(Span(0)).min(Span::minutes(60 * 24)));
            }
            50..=53 => self.pass(value::<Span>(bytes)),
            54 => {
                self.now = value(bytes);
                self.sane &= self.now.wall.0 < 1 << 53 && self.now.monotonic.0 < 1 << 53;
                self.look();
            }
            55 | 56 => self.log_in(),
            _ => self.take(value(bytes)),
        }
    }

    fn pass(&mut self, span: Span) {
        self.now = Now { wall: self.now.wall + span, monotonic: self.now.monotonic + span };
        self.sane &= self.now.wall.0 < 1 << 53 && self.now.monotonic.0 < 1 << 53;
        self.look();
    }

    fn log_in(&mut self) {
        let grant = Box::new(self.grant());
        let (sid, epoch) = (Sid(format!("login {}", self.granted)), self.recorder.epoch());
        let (waiter, kind) = (WaiterId(self.granted), GrantKind::Login);
        self.take(Input::Granted { waiter, sid, epoch, kind, remember: true, grant });
    }

    fn grant(&mut self) -> Grant {
        self.granted += 1;
        let number = self.granted;
        Grant {
            access_token: Secret::new(format!("{TOKEN}access {number}")),
            refresh_token: Some(Secret::new(format!("{TOKEN}refresh {number}"))),
            lifetime: Some(Span::minutes(60)),
            subject: Some("subject 1".to_owned()),
            user: None,
        }
    }

    fn copy(&self) -> Copy {
        self.row.clone().map_or(Copy::Missing, |row| Copy::Found(Box::new(row)))
    }

    /// Answers the effect that has waited longest, most often as a browser would.
    fn answer(&mut self, bytes: &mut Unstructured<'_>) {
        let Some(effect) = self.asked.pop_front() else { return };
        let fails = below(bytes, 16) == 15;
        match effect {
            Effect::ReadRow { id } => {
                let result = if fails { Err(StoreFailure) } else { Ok(self.row.clone()) };
                self.take(Input::RowRead { id, result });
            }
            Effect::Commit { id, commit } => {
                let result = if fails {
                    Err(StoreFailure)
                } else {
                    let decided = facts::decide(&commit, self.row.as_ref(), self.now.wall);
                    let accepted = decided.is_some();
                    self.row = decided.or_else(|| self.row.take());
                    Ok(Outcome { accepted, row: self.row.clone() })
                };
                self.take(Input::Committed { id, result });
            }
            Effect::ReadCopy => {
                let copy = if fails { Copy::Unavailable } else { self.copy() };
                self.take(Input::CopyRead { copy, activity: None });
            }
            Effect::TakeLock => self.take(if fails { Input::LockRefused } else { Input::LockGranted }),
            Effect::SendRefresh { sid, generation, .. } => {
                let answer =
                    if fails { value(bytes) } else { RefreshAnswer::Granted(Box::new(self.grant())) };
                self.take(Input::RefreshAnswered { sid, generation, answer });
            }
            _ => {}
        }
    }

    fn take(&mut self, input: Input) {
        self.recorder.handle(self.now, input);
        self.drain();
        self.serve_timers();
    }

    fn look(&mut self) {
        self.recorder.handle_timeout(self.now);
        self.drain();
        self.serve_timers();
    }

    /// A timer that is due as soon as it has been served would keep the page busy for ever.
    fn serve_timers(&mut self) {
        let mut served = 0;
        while let Some((at, timer)) = self.recorder.poll_timeout() {
            if !self.sane || at > self.now.wall {
                return;
            }
            served += 1;
            assert!(served < 40, "{timer:?} of {at:?} is due for ever at {:?}", self.now);
            self.recorder.handle_timeout(self.now);
            self.drain();
        }
    }

    fn drain(&mut self) {
        self.calls += 1;
        let mut effects = 0;
        while let Some(effect) = self.recorder.poll_effect() {
            effects += 1;
            // Each call that was left unanswered may have its say at once.
            assert!(effects < 100 + 10 * self.calls, "effects without end");
            if self.watched {
                let shown = format!("{effect:?}");
                assert!(!shown.contains(TOKEN), "a token is shown: {shown}");
            }
            if wants_an_answer(&effect) {
                self.asked.push_back(effect);
            }
        }
    }

    fn check_recording(&self) {
        let shown = format!("{:?}", *self.recorder);
        assert!(!shown.contains(TOKEN), "a token is shown: {shown}");
        let recording = self.recorder.recording();
        assert!(!recording.contains(TOKEN), "a token is in the recording");
        assert!(!recording.contains("subject 1"), "a subject is in the recording");
        let replay = Replay::parse(recording).expect("a recording");
        if let Some(parting) = replay.parting() {
            panic!("the same inputs had other effects: {parting}");
        }
    }
}
