//! Every state of a scope, layer by layer, so that the first counterexample is among the shortest.
//!
//! States are remembered by their fingerprints; only the layer that is being looked at is kept, with the moves
//! that led to it as a list that its states share.

use crate::facts::{Violation, line};
use crate::fairness;
use crate::fingerprint;
use crate::scopes::Scope;
use crate::world::{Move, Rules, Step, World};
use std::collections::HashSet;
use std::io::Write as _;
use std::sync::{Arc, Mutex, MutexGuard};
use std::thread;

const THREADS: usize = 2;
const SHARDS: usize = 64;
const CHUNK: usize = 64;

/// More states than this are not what the scope was meant to be, and more than the machine may have room for.
const MOST_STATES: u64 = 60_000_000;

/// Searches share memory and cores: one at a time.
static TURN: Mutex<()> = Mutex::new(());

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    pub(crate) states: u64,
    pub(crate) transitions: u64,
    /// States from which a fair continuation was run.
    pub(crate) quiet: u64,
    pub(crate) depth: usize,
    widest: usize,
}

pub(crate) struct Counterexample {
    pub(crate) violation: Violation,
    pub(crate) story: String,
}

struct Node {
    world: World,
    path: Path,
}

type Path = Option<Arc<Link>>;

struct Link {
    step: Move,
    before: Path,
}

impl Drop for Link {
    /// A long list must not be dropped by recursion.
    fn drop(&mut self) {
        let mut next = self.before.take();
        while let Some(link) = next {
            next = Arc::try_unwrap(link).ok().and_then(|mut link| link.before.take());
        }
    }
}

struct Seen(Vec<Mutex<HashSet<u128, fingerprint::Build>>>);

impl Seen {
    fn new() -> Self {
        Self((0..SHARDS).map(|_| Mutex::default()).collect())
    }

    fn insert(&self, print: u128) -> bool {
        let shard = (print >> 64) as usize % SHARDS;
        lock(&self.0[shard]).insert(print)
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}

struct Found {
    violation: Violation,
    path: Path,
    /// After the last move, in a fair continuation.
    afterwards: bool,
}

#[derive(Default)]
struct Share {
    next: Vec<Node>,
    tally: Tally,
    found: Vec<Found>,
}

/// Every state of `scope`, or the first violation.
pub(crate) fn explore(scope: &Scope) -> (Tally, Option<Counterexample>) {
    let _turn = lock(&TURN);
    let (seen, settled) = (Seen::new(), Seen::new());
    let root = scope.root();
    seen.insert(root.fingerprint());
    let mut layer = vec![Node { world: root, path: None }];
    let mut tally = Tally { states: 1, ..Tally::default() };
    while !layer.is_empty() {
        tally.widest = tally.widest.max(layer.len());
        let shares = search_layer(layer, &scope.rules, &seen, &settled);
        layer = Vec::new();
        let mut found = Vec::new();
        for share in shares {
            tally.states += share.tally.states;
            tally.transitions += share.tally.transitions;
            tally.quiet += share.tally.quiet;
            layer.extend(share.next);
            found.extend(share.found);
        }
        // The same one in every run, whichever thread was the first.
        if let Some(found) = found.into_iter().min_by(|a, b| a.violation.cmp(&b.violation)) {
            let story = tell(scope, &found);
            return (tally, Some(Counterexample { violation: found.violation, story }));
        }
        if tally.states > MOST_STATES {
            panic!("{}: cut off after {} states: the scope is too wide", scope.name, tally.states);
        }
        tally.depth += 1;
    }
    (tally, None)
}

fn search_layer(layer: Vec<Node>, rules: &Rules, seen: &Seen, settled: &Seen) -> Vec<Share> {
    let mut chunks = Vec::new();
    let mut nodes = layer.into_iter().peekable();
    while nodes.peek().is_some() {
        chunks.push(nodes.by_ref().take(CHUNK).collect::<Vec<_>>());
    }
    let chunks = Mutex::new(chunks);
    let work = || {
        let mut share = Share::default();
        loop {
            let Some(chunk) = lock(&chunks).pop() else { return share };
            for node in chunk {
                visit(node, rules, seen, settled, &mut share);
            }
        }
    };
    thread::scope(|threads| {
        let others: Vec<_> = (1..THREADS).map(|_| threads.spawn(work)).collect();
        let mut shares = vec![work()];
        shares.extend(others.into_iter().map(|other| other.join().expect("a search that does not panic")));
        shares
    })
}

fn visit(node: Node, rules: &Rules, seen: &Seen, settled: &Seen, share: &mut Share) {
    let Node { world, path } = node;
    if world.is_quiet(rules) {
        share.tally.quiet += 1;
        let mut known = |print| !settled.insert(print);
        if let Err((violation, _)) = fairness::ends_well(&world, rules, false, &mut known) {
            share.found.push(Found { violation, path, afterwards: true });
            return;
        }
    }
    for step in world.moves(rules) {
        share.tally.transitions += 1;
        let made = Step::new(&world, rules).make(&step);
        let link = || Some(Arc::new(Link { step: step.clone(), before: path.clone() }));
        if let Some(violation) = made.violation {
            share.found.push(Found { violation, path: link(), afterwards: false });
            continue;
        }
        if seen.insert(made.world.fingerprint()) {
            share.tally.states += 1;
            share.next.push(Node { path: link(), world: made.world });
        }
    }
}

/// The whole story of a counterexample: its moves, and what went into and came out of each tab.
fn tell(scope: &Scope, found: &Found) -> String {
    let mut steps = Vec::new();
    let mut link = found.path.as_ref();
    while let Some(Link { step, before }) = link.map(|link| &**link) {
        steps.push(step.clone());
        link = before.as_ref();
    }
    steps.reverse();
    let mut world = scope.root();
    let mut story = format!("{}: {}\nin {} moves:\n", scope.name, found.violation, steps.len());
    for step in &steps {
        story.push_str(&format!("{:>8} * {}\n", world.now, line(step)));
        let made = Step::new(&world, &scope.rules).logged().make(step);
        for line in made.log.iter().flatten() {
            story.push_str(&format!("    {line}\n"));
        }
        world = made.world;
    }
    if found.afterwards {
        story.push_str("and then, when all goes well again:\n");
        if let Err((_, log)) = fairness::ends_well(&world, &scope.rules, true, &mut |_| false) {
            for line in log {
                story.push_str(&format!("    {line}\n"));
            }
        }
    }
    story.push_str(&format!("row: {:?}\n", world.row));
    story
}

/// Past the test runner, which would swallow it.
pub(crate) fn report(line: &str) {
    let _ = writeln!(std::io::stderr(), "{line}");
}

impl Tally {
    pub(crate) fn line(&self) -> String {
        let Self { states, transitions, quiet, depth, widest } = self;
        format!(
            "{states} states, {transitions} transitions, {quiet} fair continuations, depth {depth}, widest layer \
             {widest}"
        )
    }
}
