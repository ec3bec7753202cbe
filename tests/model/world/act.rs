//! What a move makes of a world.

use super::server::{UNSEEN, parse};
use super::{
    Answer, Ask, Attempt, Budget, EPOCH, Fault, Life, Login, Message, Move, Reply, Rotation, Rules, Stage,
    Tab, Unread, Wants, What, World,
};
use crate::facts::Violation;
use crate::fingerprint;
use crate::mutations;
use session_warden::machine::{
    Commit, CommitId, Copy, Effect, Grant, GrantKind, Input, Machine, Now, RefreshAnswer, Row, Secret,
    Settlement, Sid, Status, Storage, StoreFailure, Wall,
};
use std::collections::VecDeque;
use std::sync::Arc;

/// A move as it is made.
pub(crate) struct Step<'rules> {
    pub(crate) world: World,
    pub(crate) rules: &'rules Rules,
    /// The first fact that does not hold.
    pub(crate) violation: Option<Violation>,
    /// What went in and out, where somebody wants to read it.
    pub(crate) log: Option<Vec<String>>,
    lagging: bool,
    lagged: bool,
    /// What the machine is at, so that the facts know the cause of an effect.
    pub(crate) input: Option<Input>,
}

impl<'rules> Step<'rules> {
    pub(crate) fn new(world: &World, rules: &'rules Rules) -> Self {
        Self {
            world: world.clone(),
            rules,
            violation: None,
            log: None,
            lagging: false,
            lagged: false,
            input: None,
        }
    }

    pub(crate) fn logged(self) -> Self {
        Self { log: Some(Vec::new()), ..self }
    }

    pub(crate) fn make(mut self, step: &Move) -> Self {
        let before = self.world.tabs.clone();
        self.lagging = step.lagging;
        self.take(&step.what);
        if self.lagged {
            self.world.budgets.spend(Budget::Lag);
        }
        self.forget_what_says_nothing();
        let world = &mut self.world;
        world.prints.resize(world.tabs.len(), 0);
        for (index, tab) in world.tabs.iter().enumerate() {
            if before.get(index).is_none_or(|old| !Arc::ptr_eq(old, tab)) {
                world.prints[index] = fingerprint::of(&**tab);
            }
        }
        self
    }

    fn take(&mut self, what: &What) {
        match what {
            What::TimerFires(tab) => self.look(*tab),
            What::StoreApplies(tab) => self.store(*tab, None),
            What::StoreFails { tab, applied } => {
                self.world.budgets.spend(Budget::StoreFailure);
                self.store(*tab, Some(*applied));
            }
            What::StoreAnswers(tab) => {
                let index = *tab;
                let answer = self.tab(*tab).answers.pop_front().expect("an answer");
                if let Answer::Row { id, .. } = answer {
                    let tab = self.tab(*tab);
                    tab.unread = tab.unread.take().filter(|unread| id <= unread.after);
                    self.look_if_due(index);
                }
                if let Answer::Row { result: Ok(row), .. } | Answer::Committed { result: Ok((_, row)), .. } =
                    &answer
                {
                    mutations::shown(self.rules.mutation, self.tab(*tab), row.clone());
                }
                self.feed(*tab, answer.into_input());
            }
            What::Hears { tab, message } => {
                self.world.mail[*tab].retain(|other| other != message);
                self.look_if_due(*tab);
                if let Message::HandedOver(row) = message {
                    self.is_given_tokens(*tab, row);
                }
                self.feed(*tab, message.clone().into_input());
                mutations::given(self, *tab, message);
            }
            What::Loses { tab, message } => {
                self.world.ghosts.lost = true;
                self.world.budgets.spend(Budget::Loss);
                self.world.mail[*tab].retain(|other| other != message);
            }
            What::LockGranted(tab) => {
                self.world.lock.told = true;
                self.tab(*tab).robbed = false;
                self.feed(*tab, Input::LockGranted);
            }
            What::LockRefused(tab) => {
                self.world.budgets.spend(Budget::LockRefusal);
                self.world.lock.forget(*tab);
                self.feed(*tab, Input::LockRefused);
            }
            What::LockLost => {
                self.world.budgets.spend(Budget::LockLoss);
                let holder = self.world.lock.holder.expect("a holder");
                self.world.lock.forget(holder);
                self.world.lock.robbed = Some(holder);
                self.tab(holder).robbed = true;
                for attempt in self.world.attempts.iter_mut().filter(|attempt| attempt.tab == holder) {
                    attempt.robbed = true;
                }
            }
            What::TheftTold(tab) => {
                self.world.lock.robbed = None;
                self.feed(*tab, Input::LockRefused);
            }
            What::ServerReceives { attempt, fault } => self.receive(*attempt, *fault),
            What::ServerAnswers(attempt) => self.answer(*attempt),
            What::RequestTimesOut(attempt) => {
                let attempt = self.world.attempts.remove(*attempt);
                self.world.ghosts.lost = true;
                let answer = RefreshAnswer::Failed {
                    failure: session_warden::machine::Failure::Timeout,
                    retry_after: None,
                };
                self.feed(
                    attempt.tab,
                    Input::RefreshAnswered { sid: attempt.sid, generation: attempt.generation, answer },
                );
            }
            What::LoginAnswered(tab) => {
                let Login { sid, epoch, waiter, family } = self.tab(*tab).logins.remove(0);
                let mut grant = Box::new(self.world.server.grant(family, 1, self.rules.lifetime));
                self.take_cookie(&mut grant);
                self.feed(
                    *tab,
                    Input::Granted {
                        waiter,
                        sid,
                        epoch,
                        kind: GrantKind::Login,
                        remember: self.rules.remember,
                        grant,
                    },
                );
            }
            What::LogsIn(tab) => {
                self.world.budgets.spend(Budget::Login);
                self.begin_login(*tab);
            }
            What::LogsOut(tab) => {
                self.world.budgets.spend(Budget::Logout);
                self.feed(*tab, Input::LogoutWanted { everywhere: false });
            }
            What::IsActive(tab) => {
                self.world.budgets.spend(Budget::Activity);
                self.feed(*tab, Input::Activity);
            }
            What::WantsToken(tab) => {
                self.world.budgets.spend(Budget::WantToken);
                let since = self.world.now;
                let waiter = self.tab(*tab).wait(since, Wants::Token);
                self.feed(*tab, Input::TokenWanted(waiter));
            }
            What::WantsRefresh(tab) => {
                self.world.budgets.spend(Budget::WantRefresh);
                let since = self.world.now;
                let waiter = self.tab(*tab).wait(since, Wants::Refresh);
                self.feed(*tab, Input::RefreshWanted(waiter));
            }
            What::Rotates { tab, wholly } => {
                self.world.budgets.spend(if *wholly { Budget::Rotation } else { Budget::NewAccess });
                self.rotate(*tab, *wholly);
            }
            What::RotationArrives(index) => {
                let Rotation { tab, sid, generation, mut grant } = self.world.rotations.remove(*index);
                self.take_cookie(&mut grant);
                let since = self.world.now;
                let waiter = self.tab(tab).wait(since, Wants::Refresh);
                self.feed(tab, Input::Rotated { waiter, sid, generation, grant: Box::new(grant) });
            }
            What::Opens => {
                self.world.budgets.spend(Budget::Open);
                self.open();
            }
            What::Duplicates(tab) => {
                self.world.budgets.spend(Budget::Open);
                self.duplicate(*tab);
            }
            What::SiblingsSeen(tab) => {
                let sid = self.tab(*tab).looks_for_siblings.take().expect("a question");
                let alive = self.world.mark.as_ref() == Some(&sid) || self.has_sibling(*tab, &sid);
                self.feed(*tab, Input::SiblingsSeen(alive));
            }
            What::BrowserCloses => {
                self.world.budgets.spend(Budget::Close);
                self.browser_closes();
                self.world.mark = None;
                for tab in 0..self.world.tabs.len() {
                    self.crash(tab, false);
                }
            }
            What::MarkIsCleared => {
                self.world.budgets.spend(Budget::Unmark);
                self.world.ghosts.mark_cleared = true;
                self.world.mark = None;
            }
            What::Crashes { tab, survives } => {
                self.world.budgets.spend(Budget::Crash);
                self.crash(*tab, *survives);
            }
            What::Freezes { tab, told } => {
                self.world.budgets.spend(Budget::Freeze);
                if *told {
                    self.feed(*tab, Input::Suspending);
                }
                self.world.ghosts.lost = true;
                self.tab(*tab).life = Life::Frozen { told: *told };
                self.be_away(Some(*tab));
            }
            What::Resumes { tab, told } => self.resume(*tab, *told),
            What::TimePasses => {
                for budget in self.world.delays() {
                    self.world.ghosts.lost |= budget == Budget::Delay;
                    self.world.budgets.spend(budget);
                }
                let at = self.world.next_deadline(self.rules).expect("a deadline");
                self.pass_time_to(at);
            }
            What::Sleeps(span) => {
                self.world.budgets.spend(Budget::Sleep);
                self.world.ghosts.lost = true;
                self.world.slept += span;
                self.world.now += span;
                let now = self.world.now;
                self.world.storage.catch_up(now);
                self.be_away(None);
            }
        }
    }

    pub(crate) fn pass_time_to(&mut self, at: u64) {
        self.before_time_passes(at);
        self.world.now = at;
        self.world.storage.catch_up(at);
    }

    /// Mends the world, so that what follows is fair: nobody is frozen, nothing more goes wrong.
    pub(crate) fn mend(&mut self) {
        self.world.budgets = super::Budgets::default();
        for tab in 0..self.world.tabs.len() {
            if matches!(self.world.tabs[tab].life, Life::Frozen { .. }) {
                self.resume(tab, true);
            }
        }
    }

    // --- the browser -------------------------------------------------------------------------------------

    fn store(&mut self, tab: usize, fails: Option<bool>) {
        let ask = self.tab(tab).asked.pop_front().expect("something asked");
        let done = match &ask {
            Ask::Read { .. } => (false, self.world.row.clone()),
            Ask::Commit { commit, .. } if fails != Some(false) => self.decide(tab, commit),
            Ask::Commit { .. } => (false, None),
        };
        let answer = match ask {
            Ask::Read { id } => {
                Answer::Row { id, result: if fails.is_some() { Err(StoreFailure) } else { Ok(done.1) } }
            }
            Ask::Commit { id, .. } => {
                Answer::Committed { id, result: if fails.is_some() { Err(StoreFailure) } else { Ok(done) } }
            }
        };
        if fails.is_some() {
            for attempt in self.world.attempts.iter_mut().filter(|attempt| attempt.tab == tab) {
                attempt.unwritten = true;
            }
        }
        self.world.ghosts.lost |= fails.is_some();
        if self.world.tabs[tab].life != Life::Dead {
            self.tab(tab).answers.push_back(answer);
        }
    }

    fn decide(&mut self, tab: usize, commit: &Commit) -> (bool, Option<Arc<Row>>) {
        let now = self.world.clocks().wall;
        let decided = mutations::decide(self, tab, commit, now);
        if let Some(row) = &decided {
            self.say(|| format!("  row of t{tab}: {commit:?}"));
            self.row_changes(tab, commit, row);
            let row = Arc::new(row.clone());
            self.world.row = mutations::written(self.rules.mutation, commit, row);
        } else {
            self.say(|| format!("  row refuses t{tab}: {commit:?}"));
        }
        let accepted = decided.is_some() || mutations::always_accepts(self.rules.mutation, commit);
        (accepted, self.world.row.clone())
    }

    fn receive(&mut self, index: usize, fault: Option<Fault>) {
        let attempt = self.world.attempts[index].clone();
        if let Some(fault) = fault {
            self.world.budgets.spend(match fault {
                Fault::Lost => Budget::LostAnswer,
                Fault::Refused => Budget::Refusal,
                Fault::Unreachable => Budget::Outage,
            });
        }
        let now = self.world.now;
        self.world.ghosts.lost |= fault == Some(Fault::Lost);
        let reply = match fault {
            Some(Fault::Unreachable) => Reply::Unreachable,
            Some(Fault::Refused) => {
                self.world.server.families[attempt.token.0].revoked = true;
                Reply::Refused
            }
            Some(Fault::Lost) | None => self.world.server.refresh(now, attempt.token, self.rules.grace),
        };
        if reply == Reply::Refused {
            self.world.ghosts.refused(&attempt);
        }
        self.say(|| format!("  server: {:?} of t{} -> {reply:?}", attempt.token, attempt.tab));
        if attempt.unheard {
            if let (true, Reply::Granted { family, generation }) = (self.rules.config.cookies, reply) {
                self.world.cookie = Some((family, generation));
            }
            self.world.ghosts.lost = true;
            self.world.attempts.remove(index);
        } else if fault == Some(Fault::Lost) {
            self.world.attempts[index].stage = Stage::Lost;
        } else {
            self.world.attempts[index].stage = Stage::Returning(reply);
        }
    }

    fn answer(&mut self, index: usize) {
        let Attempt { tab, sid, generation, stage, .. } = self.world.attempts[index].clone();
        let Stage::Returning(reply) = stage else { unreachable!("an answer on its way") };
        if reply == Reply::Unreachable || self.world.attempts[index].unheard {
            self.world.attempts.remove(index);
        } else {
            self.world.attempts[index].stage = Stage::Known;
        }
        let mut answer = self.world.server.answer(reply, self.rules.lifetime);
        if let RefreshAnswer::Granted(grant) = &mut answer {
            self.take_cookie(grant);
        }
        self.feed(tab, Input::RefreshAnswered { sid, generation, answer });
    }

    /// Where the refresh token is in a cookie, the browser keeps it and no script sees it.
    fn take_cookie(&mut self, grant: &mut Grant) {
        if self.rules.config.cookies
            && let Some(token) = &mut grant.refresh_token
        {
            self.world.cookie = Some(parse(token));
            *token = Secret::new(UNSEEN.to_owned());
        }
    }

    fn rotate(&mut self, tab: usize, wholly: bool) {
        let (token, sid, generation) = self.world.tabs[tab].machine.token().expect("a token to send");
        let (token, sid) = (token.clone(), sid.clone());
        let (now, lifetime) = (self.world.now, self.rules.lifetime);
        let grant = self.world.server.rotate(now, &token, wholly, lifetime);
        self.world.rotations.push(Rotation { tab, sid, generation, grant });
    }

    fn begin_login(&mut self, tab: usize) {
        let number = self.world.server.families.len();
        let user = if number == 0 { 'a' } else { 'b' };
        let family = self.world.server.log_in(user);
        let sid = Sid(format!("s{number}"));
        self.world.ghosts.begin(sid.clone(), tab);
        let since = self.world.now;
        let epoch = self.world.tabs[tab].machine.epoch();
        let waiter = self.tab(tab).wait(since, Wants::Login);
        self.tab(tab).logins.push(Login { sid, epoch, waiter, family });
    }

    pub(crate) fn open(&mut self) -> usize {
        self.open_with(None)
    }

    pub(crate) fn duplicate(&mut self, tab: usize) -> usize {
        self.open_with(self.world.tabs[tab].own_copy.clone())
    }

    fn open_with(&mut self, own_copy: Option<Arc<Row>>) -> usize {
        let tab = self.world.tabs.len();
        self.world.tabs.push(Arc::new(Tab::new(self.rules.config.clone(), tab)));
        self.world.mail.push(Vec::new());
        self.tab(tab).own_copy = own_copy;
        let (copy, activity) = self.read_storage(tab);
        let mark = self.world.mark.clone();
        self.feed(tab, Input::Started { copy, activity, visible: true, mark });
        tab
    }

    fn crash(&mut self, tab: usize, survives: bool) {
        let config = self.rules.config.clone();
        self.tab(tab).die(config, tab, survives);
        self.world.mail[tab].clear();
        self.world.lock.forget(tab);
        self.world.ghosts.lost = true;
        self.world.rotations.retain(|rotation| rotation.tab != tab);
        self.world.attempts.retain_mut(|attempt| {
            if attempt.tab != tab {
                return true;
            }
            attempt.unheard = true;
            survives && attempt.stage == Stage::Travelling
        });
    }

    fn resume(&mut self, tab: usize, told: bool) {
        self.tab(tab).life = Life::Awake;
        if !told {
            return;
        }
        let now = self.world.now;
        let back = self.tab(tab);
        let after = back.last_read;
        back.unread = back.holds.clone().map(|sid| Unread { sid, since: now, after });
        self.feed(tab, Input::Resumed);
        if mutations::resumes_unread(self.rules.mutation) {
            let id = self.tab(tab).last_read;
            self.feed(tab, Input::RowRead { id, result: Err(StoreFailure) });
        }
    }

    /// A tab that has just been given the tokens of a session looks at the row before it uses them.
    fn is_given_tokens(&mut self, tab: usize, row: &Arc<Row>) {
        let now = self.world.clocks();
        let mut given = self.world.tabs[tab].machine.clone();
        // Whose a session is that a cookie is to renew, nobody knows yet.
        let is_signed_in = |machine: &Machine| machine.view().status == Status::Authenticated;
        let was_signed_in = is_signed_in(&given);
        given.handle(now, Message::HandedOver(Arc::clone(row)).into_input());
        if was_signed_in || !is_signed_in(&given) {
            return;
        }
        let sid = row.sid.clone();
        let (since, to) = (self.world.now, self.tab(tab));
        to.unread = Some(Unread { sid, since, after: to.last_read });
    }

    fn has_sibling(&self, tab: usize, sid: &Sid) -> bool {
        let mut others = self.world.tabs.iter().enumerate();
        others.any(|(other, it)| other != tab && it.holds.as_ref() == Some(sid))
    }

    /// The timers of a page that is frozen, or of a computer that sleeps, do not run.
    fn be_away(&mut self, tab: Option<usize>) {
        for attempt in &mut self.world.attempts {
            if tab.is_none_or(|tab| tab == attempt.tab) {
                attempt.away = true;
            }
        }
    }

    fn read_storage(&mut self, tab: usize) -> (Copy, Option<Wall>) {
        let storage = &self.world.storage;
        self.lagged |= self.lagging && (storage.copy.can_lag(tab) || storage.activity.can_lag(tab));
        let copy = match self.rules.config.storage {
            Storage::PerTab => self.world.tabs[tab].own_copy.clone(),
            Storage::Shared | Storage::Memory => storage.copy.read(tab, self.lagging),
        };
        let copy = match copy {
            Some(row) => Copy::Found(Box::new((*row).clone())),
            None => Copy::Missing,
        };
        (copy, storage.activity.read(tab, self.lagging))
    }

    fn tell_others(&mut self, tab: usize, message: &Message) {
        for other in 0..self.world.tabs.len() {
            let hears = self.rules.config.storage != Storage::PerTab
                || self.world.tabs[other].machine.scope() == self.world.tabs[tab].machine.scope();
            if other != tab && self.world.tabs[other].life != Life::Dead && hears {
                let mail = &mut self.world.mail[other];
                if !mail.contains(message) {
                    mail.push(message.clone());
                    mail.sort_by_key(Message::rank);
                }
            }
        }
    }

    /// A message that changes nothing, and never will.
    fn forget_what_says_nothing(&mut self) {
        let now = self.world.clocks();
        for (tab, mail) in self.world.tabs.iter().zip(&mut self.world.mail) {
            if mail.is_empty() || tab.machine.poll_timeout().is_some_and(|(at, _)| at <= now.wall) {
                continue;
            }
            let mut as_it_is = tab.machine.clone();
            as_it_is.handle_timeout(now);
            mail.retain(|message| {
                if message.may_matter_later() {
                    return true;
                }
                let mut told = tab.machine.clone();
                told.handle(now, message.clone().into_input());
                told != as_it_is
            });
        }
    }

    // --- the machine -------------------------------------------------------------------------------------

    pub(crate) fn tab(&mut self, tab: usize) -> &mut Tab {
        Arc::make_mut(&mut self.world.tabs[tab])
    }

    fn look(&mut self, tab: usize) {
        let now = self.world.clocks();
        self.say(|| format!("t{tab} looks at the clock"));
        self.input = None;
        self.tab(tab).machine.handle_timeout(now);
        self.drain(tab, now);
    }

    /// So that what a message brings about is not mixed up with what a timer does.
    fn look_if_due(&mut self, tab: usize) {
        if self.world.timer_of(&self.world.tabs[tab]).is_some_and(|at| at <= self.world.now) {
            self.look(tab);
        }
    }

    pub(crate) fn feed(&mut self, tab: usize, input: Input) {
        let input = mutations::input(self, tab, input);
        let now = mutations::clocks(self, tab, &input);
        self.before_input(tab, &input);
        self.say(|| format!("t{tab} <- {input:?}"));
        self.input = Some(input.clone());
        if let Some(effect) = mutations::first(self, tab, &input) {
            self.effect(tab, &effect);
            self.carry_out(tab, effect, &mut VecDeque::new());
        }
        self.tab(tab).machine.handle(now, input);
        self.drain(tab, now);
    }

    fn drain(&mut self, tab: usize, now: Now) {
        let mut reads = VecDeque::new();
        loop {
            while let Some(effect) = self.tab(tab).machine.poll_effect() {
                for effect in mutations::effects(self, effect).into_iter().flatten() {
                    self.say(|| format!("    t{tab} -> {effect:?}"));
                    self.effect(tab, &effect);
                    self.carry_out(tab, effect, &mut reads);
                }
            }
            self.after_input(tab);
            let Some(read) = reads.pop_front() else { return };
            self.say(|| format!("t{tab} <- {read:?}"));
            self.input = Some(read.clone());
            self.tab(tab).machine.handle(now, read);
        }
    }

    fn carry_out(&mut self, tab: usize, effect: Effect, reads: &mut VecDeque<Input>) {
        match effect {
            Effect::ReadRow { id } => {
                let tab = self.tab(tab);
                tab.last_read = id;
                tab.asked.push_back(Ask::Read { id });
            }
            Effect::Commit { id, commit } => self.ask(tab, id, *commit),
            Effect::ReadCopy => {
                let (copy, activity) = self.read_storage(tab);
                reads.push_back(Input::CopyRead { copy, activity });
            }
            Effect::WriteCopy(row) if self.rules.config.storage == Storage::PerTab => {
                self.tab(tab).own_copy = Some(Arc::new(*row));
            }
            Effect::WriteCopy(row) => {
                let row = Arc::new(*row);
                self.world.storage.copy.write(self.world.now, tab, Arc::clone(&row));
                if self.rules.storage_events {
                    self.tell_others(tab, &Message::Copy(row));
                }
            }
            Effect::WriteActivity(at) => {
                self.world.storage.activity.write(self.world.now, tab, at);
                self.tell_others(tab, &Message::Activity(at));
            }
            Effect::Announce { version } => {
                if self.rules.channel {
                    self.tell_others(tab, &Message::Version(version));
                }
            }
            Effect::TakeLock => self.world.lock.ask(tab),
            Effect::ReleaseLock => self.world.lock.forget(tab),
            Effect::SendRefresh { sid, generation, token } => self.world.attempts.push(Attempt {
                tab,
                sid,
                generation,
                own: self.world.tabs[tab].machine.view().generation,
                token: self.world.presented(&token),
                sent_at: self.world.now,
                stage: Stage::Travelling,
                unheard: false,
                away: false,
                unwritten: false,
                robbed: self.world.tabs[tab].robbed,
            }),
            Effect::AbortRefresh => self.world.attempts.retain_mut(|attempt| {
                if attempt.tab == tab && attempt.stage != Stage::Known {
                    self.world.ghosts.lost = true;
                    attempt.unheard = true;
                    // An answer that has come in already is heard of all the same.
                    return attempt.stage != Stage::Lost;
                }
                true
            }),
            Effect::Revoke { access_token, .. } => {
                let (family, _) = self.world.presented(&access_token);
                self.world.server.families[family].revoked = true;
            }
            Effect::Settle { waiter, .. } => self.tab(tab).waiting.retain(|waiting| waiting.id != waiter),
            Effect::Notify(_) => {}
            Effect::Mark(sid) => self.world.mark = Some(sid),
            Effect::Unmark(sid) => self.world.mark = self.world.mark.take().filter(|mark| *mark != sid),
            Effect::LookForSiblings(sid) => self.tab(tab).looks_for_siblings = Some(sid),
            Effect::AskHandover => {
                let now = self.world.now;
                self.tab(tab).asked_for_tokens_at = Some(now);
                self.tell_others(tab, &Message::HandoverAsked);
            }
            Effect::HandOver(row) => self.tell_others(tab, &Message::HandedOver(Arc::new(*row))),
        }
    }

    fn ask(&mut self, tab: usize, id: CommitId, commit: Commit) {
        self.tab(tab).asked.push_back(Ask::Commit { id, commit: Arc::new(commit) });
    }

    pub(crate) fn say(&mut self, line: impl FnOnce() -> String) {
        if let Some(log) = &mut self.log {
            log.push(format!("{:>8} {}", self.world.now, line()));
        }
    }
}

/// The instant that the world counts as this.
pub(crate) const fn instant(wall: Wall) -> u64 {
    wall.0.saturating_sub(EPOCH)
}

/// Used by the facts, which tell a token from a refusal.
pub(crate) const fn is_token(settlement: &Settlement) -> bool {
    matches!(settlement, Settlement::Token { .. })
}
