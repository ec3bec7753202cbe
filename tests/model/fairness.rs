//! From a state in which only time can pass, a fair continuation: faults stop, everything is delivered, time
//! runs. It must end well, which is what stands for liveness in a search that ends.

use crate::facts::{Fact, Violation};
use crate::world::{Move, Rules, Step, What, World};
use session_warden::machine::{Span, Storage};

/// A lost message is made good by the next look, and every wait that a fault left behind is over by then.
const AGREED_AFTER: u64 = 50_000;

/// A new tab has asked for the tokens by then, and has renewed the session by its cookie.
const COOKIE_WAIT: u64 = 2_000;

/// More moves than this at one instant are a loop.
const RESTLESS: usize = 500;

/// How the session ends, if not well. `known` says whether this state was seen to end well before, and is told
/// of every quiet state on the way.
pub(crate) fn ends_well(
    world: &World,
    rules: &Rules,
    log: bool,
    known: &mut impl FnMut(u128) -> bool,
) -> Result<(), (Violation, Vec<String>)> {
    let rules = Rules { horizon: u64::MAX, ..rules.clone() };
    let mut step = Step::new(world, &rules);
    if log {
        step = step.logged();
    }
    step.mend();
    let mended_at = step.world.now;
    // The last refresh may have been put off by the longest pause, and activity may just have been.
    let idle_timeout = rules.config.idle_timeout.unwrap_or(Span(0)).0;
    let over_at = mended_at + AGREED_AFTER + idle_timeout + 10_000;
    let mut asked_newcomer = false;
    loop {
        rest(&mut step);
        let elapsed = step.world.now - mended_at;
        if elapsed >= AGREED_AFTER {
            if let Some(what) = step.disagreement() {
                step.violated(Fact::AllEndsWell, || what);
            }
            if let Some(sid) = step.returned() {
                step.violated(Fact::LogoutIsFinal, || {
                    format!("the row holds {sid:?}, whose user signed out")
                });
            }
            if let Some(latest) = step.outdated() {
                step.violated(Fact::NothingIsLost, || format!("the row has not got {latest:?}"));
            }
            if let Some(tab) = step.overdue() {
                step.violated(Fact::AllEndsWell, || {
                    format!("the token of t{tab} is dead and is not renewed")
                });
            }
            if step.violation.is_none() && !std::mem::replace(&mut asked_newcomer, true) {
                newcomer_agrees(&mut step);
            }
        }
        if step.all_is_over() && elapsed >= AGREED_AFTER {
            break;
        }
        if step.violation.is_none() && rules.config.idle_timeout.is_some() && step.world.now > over_at {
            step.violated(Fact::AllEndsWell, || "the idle session does not end".to_owned());
        }
        if let Some(violation) = step.violation {
            return Err((violation, step.log.unwrap_or_default()));
        }
        // Once the tabs agree, only the end of the session is still to come.
        if elapsed >= AGREED_AFTER && (rules.config.idle_timeout.is_none() || known(step.world.fingerprint()))
        {
            return Ok(());
        }
        let Some(at) = step.world.next_deadline(&rules) else {
            if step.world.awake().next().is_none() {
                newcomer_agrees(&mut step);
                return step.violation.map_or(Ok(()), |it| Err((it, step.log.unwrap_or_default())));
            } else if step.all_is_over() {
                break;
            } else {
                step.violated(Fact::AllEndsWell, || "nobody will ever look again".to_owned());
                continue;
            }
        };
        step.pass_time_to(at);
    }
    Ok(())
}

/// Everything that can happen happens, without time.
pub(crate) fn rest(step: &mut Step<'_>) {
    for _ in 0..RESTLESS {
        let mut moves = Vec::new();
        step.world.by_itself(step.rules, &mut moves);
        let Some(next) = moves.into_iter().next() else { return };
        *step = again(step, &next);
        if step.violation.is_some() {
            return;
        }
    }
    step.violated(Fact::OnlyChanges, || "there is no end to it, though no time passes".to_owned());
}

fn again<'rules>(step: &mut Step<'rules>, next: &Move) -> Step<'rules> {
    let mut log = step.log.take();
    if let Some(log) = &mut log {
        log.push(format!("{:>8} * {}", step.world.now, crate::facts::line(next)));
    }
    let mut following = Step::new(&step.world, step.rules);
    following.log = log;
    following.violation = step.violation.take();
    following.make(next)
}

/// A tab that is opened now finds what the others have.
fn newcomer_agrees(step: &mut Step<'_>) {
    let mut opened = Step::new(&step.world, step.rules);
    opened.log = step.log.clone();
    opened.world.budgets = crate::world::Budgets::of(&[(crate::world::Budget::Open, 1)]);
    let what = match step.rules.config.storage {
        Storage::Shared | Storage::Memory => What::Opens,
        Storage::PerTab => {
            let held = step.world.awake().find(|(_, tab)| tab.machine.token().is_some());
            let Some((tab, _)) = held else { return };
            What::Duplicates(tab)
        }
    };
    let mut opened = again(&mut opened, &Move { what, lagging: false });
    rest(&mut opened);
    // It asks the other tabs before it sends the cookie.
    let renewed_at = opened.world.now + if step.rules.config.cookies { COOKIE_WAIT } else { 0 };
    while let Some(at) = opened.world.next_deadline(step.rules).filter(|at| *at <= renewed_at) {
        opened.pass_time_to(at);
        rest(&mut opened);
    }
    if opened.violation.is_none()
        && let Some(what) = opened.disagreement()
    {
        opened.violated(Fact::AllEndsWell, || format!("a new tab does not agree: {what}"));
    }
    if opened.violation.is_some() {
        *step = opened;
    }
}
