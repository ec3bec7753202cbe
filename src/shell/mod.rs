//! The browser around the machine: clock, timer, stores, lock, channel, activity, lifecycle, transport.
//!
//! The shell runs the machine's effects and feeds back what happened; nothing is decided here. Effects run
//! after the borrow of the machine is released, and the page is told last of all, so a page that calls back
//! from its listener finds everything in order.

mod activity;
mod answer;
mod browser;
mod channel;
mod clock;
mod codec;
mod copy;
mod error;
mod futures;
mod lifecycle;
mod listener;
mod lock;
mod mark;
mod settings;
mod store;
mod timer;
mod transport;
mod values;

pub use answer::BadAnswer;
pub(crate) use browser::set;
pub(crate) use clock::{now, number, whole};
pub use error::SessionError;
#[cfg(feature = "client")]
pub(crate) use futures::later;
pub use settings::{Endpoint, Endpoints, Fields, Settings};
pub(crate) use values::Values;

use crate::machine::{
    Commit, CommitId, Config, Copy, Effect, Event, Failure, Grant, GrantKind, Input, Machine, Outcome,
    ReadId, RefreshAnswer, Row, Secret, Settlement, Sid, Storage, StoreFailure, TabId, Verdict, View,
    WaiterId, judge,
};
use answer::Source;
use channel::Word;
use js_sys::{Function, Object};
use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::rc::Rc;
#[cfg(feature = "client")]
use std::rc::Weak;
use store::{Place, Store};
use transport::{Answer, Message};
use wasm_bindgen::JsValue;

/// One tab's session. Cheap to clone; the last clone to go leaves nothing behind.
#[derive(Clone)]
pub struct Shell {
    inner: Rc<Inner>,
}

/// A shell that others keep alive.
#[cfg(feature = "client")]
pub(crate) struct WeakShell(Weak<Inner>);

#[cfg(feature = "client")]
impl WeakShell {
    pub(crate) fn upgrade(&self) -> Option<Shell> {
        Some(Shell { inner: self.0.upgrade()? })
    }
}

/// Hears what the machine and the shell have to tell.
pub trait Page {
    /// Something happened. Called while nothing is borrowed: the session may be called back from here.
    fn told(&self, news: News);
}

/// What a [`Page`] hears.
#[derive(Debug)]
pub enum News {
    /// From the machine.
    Event(Event),
    /// The session works, but not as it should.
    Degraded(Degraded),
}

/// What does not work as it should.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Degraded {
    /// IndexedDB is out of reach: two tabs may both believe that they were first.
    NoFence,
    /// No storage at all: the session is this tab's alone and ends with it.
    NoStorage,
    /// A change could not be stored: it may not outlive this tab.
    NotStored,
    /// A newer version of the library has written what is stored: it is left alone, and the session is this tab's.
    NewerVersion,
    /// The browser does not encrypt for this page: the tokens are kept in memory instead.
    NoEncryption,
}

/// A token with what is needed to ask for a better one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token {
    /// The access token.
    pub access_token: Secret,
    /// The session it belongs to.
    pub sid: Sid,
    /// Its generation.
    pub generation: u64,
}

/// Hears how something came out, once. The browser calls back, so the shell does as well; `futures` is for those
/// who would rather await, since a page would download twice as much code for the same.
pub(crate) type Then<T> = Box<dyn FnOnce(T)>;

/// Hears the answer to a question put to the machine: a token where one was asked for.
pub(crate) type Reply = Then<Result<Option<Token>, SessionError>>;

/// A request that is answered with tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Authentication {
    /// Sign in.
    Login,
    /// Sign up, and in.
    Register,
    /// Change the password; the answer may bring new tokens.
    ChangePassword,
}

/// Tokens that nobody here has asked for.
#[cfg_attr(not(feature = "npm"), expect(dead_code, reason = "the npm package alone takes all of them up"))]
pub(crate) enum Taken {
    /// By the application, which got them by itself.
    Given { kind: GrantKind, remember: bool },
    /// From the answer to a login that the page has sent by itself, in this epoch.
    SignIn { epoch: u64 },
    /// Put by the server beside its answer to a request with the token of this generation.
    Beside { sid: Sid, generation: u64 },
}

impl Taken {
    const fn source(&self) -> Source {
        match self {
            Self::Given { .. } => Source::Application,
            Self::SignIn { .. } => Source::Login,
            Self::Beside { .. } => Source::Refresh,
        }
    }
}

struct Inner {
    machine: RefCell<Machine>,
    settings: Settings,
    fetch: Option<Function>,
    page: Box<dyn Page>,
    inbox: RefCell<VecDeque<Input>>,
    outbox: RefCell<VecDeque<News>>,
    busy: Cell<bool>,
    started: Cell<bool>,
    /// The copy is being opened: the machine knows of nothing yet, and a logout would be lost on it.
    starting: Cell<bool>,
    /// Nobody asks or is told any more.
    disposed: Cell<bool>,
    /// Everything is let go.
    gone: Cell<bool>,
    /// Commits and refreshes whose outcome has not come back.
    under_way: Cell<u32>,
    degraded: Cell<Option<Degraded>>,
    /// The row is behind the session, or so it seems.
    row_behind: Cell<bool>,
    copy_behind: Cell<bool>,
    timer: timer::Timer,
    /// What everything of this session is called: row, copy, lock, channel, mark.
    key: String,
    storage: Storage,
    copy: copy::CopyStore,
    mark: mark::Mark,
    store: Rc<Store>,
    lock: lock::Lock,
    channel: channel::Channel,
    activity: activity::Activity,
    listeners: RefCell<Vec<listener::Listener>>,
    /// Cuts the refresh short that is under way.
    refresh: RefCell<Option<Function>>,
    revocations: RefCell<Vec<Reply>>,
    revoking: Cell<u32>,
    waiters: RefCell<Vec<(WaiterId, Reply)>>,
    last_waiter: Cell<u32>,
}

impl Shell {
    /// A session that has not looked at anything yet. `fetch` replaces the page's own.
    pub fn new(config: Config, settings: Settings, fetch: Option<Function>, page: Box<dyn Page>) -> Self {
        let key = joined(&["session-warden:", &settings.name]);
        let storage = config.storage;
        let copy = copy::CopyStore::new(&key, storage, settings.vault.clone());
        let tab = browser::random_id();
        let seed = seed(&tab);
        let inner = Inner {
            machine: RefCell::new(Machine::new(config, TabId(tab), seed)),
            store: Rc::new(Store::new(copy.clone(), storage, settings.vault.clone())),
            mark: mark::Mark::new(&key),
            key,
            storage,
            copy,
            settings,
            fetch,
            page,
            inbox: RefCell::default(),
            outbox: RefCell::default(),
            busy: Cell::new(false),
            started: Cell::new(false),
            starting: Cell::new(false),
            disposed: Cell::new(false),
            gone: Cell::new(false),
            under_way: Cell::new(0),
            degraded: Cell::new(None),
            row_behind: Cell::new(false),
            copy_behind: Cell::new(false),
            timer: timer::Timer::default(),
            lock: lock::Lock::default(),
            channel: channel::Channel::default(),
            activity: activity::Activity::default(),
            listeners: RefCell::default(),
            refresh: RefCell::default(),
            revocations: RefCell::default(),
            revoking: Cell::new(0),
            waiters: RefCell::default(),
            last_waiter: Cell::new(0),
        };
        Self { inner: Rc::new(inner) }
    }

    /// What does not keep it alive.
    #[cfg(feature = "client")]
    pub(crate) fn downgrade(&self) -> WeakShell {
        WeakShell(Rc::downgrade(&self.inner))
    }

    /// Looks at the stores and listens to the page. Once.
    pub fn start(&self) {
        if self.inner.started.replace(true) || self.inner.disposed.get() {
            return;
        }
        let shell = Rc::downgrade(&self.inner);
        let mut listeners = vec![lifecycle::listener(&shell)];
        // What a tab keeps to itself is told to nobody.
        if self.inner.settings.cross_tab && self.inner.storage != Storage::PerTab {
            listeners.push(channel::storage_listener(&shell));
        }
        self.inner.listeners.replace(listeners);
        if let Some(what) = self.inner.settings.degraded {
            self.inner.degrade(what);
        }
        self.inner.open_channel();
        self.inner.activity.watch(&shell, &self.inner.settings);
        self.inner.starting.set(true);
        self.inner.begin();
        self.inner.copy.read(Box::new(move |copy| {
            if let Some(inner) = shell.upgrade() {
                let (activity, mark) = (inner.copy.read_activity(), inner.mark.read());
                let started = Input::Started { copy, activity, visible: browser::is_visible(), mark };
                inner.inbox.borrow_mut().push_front(started);
                inner.starting.set(false);
                inner.end();
                inner.take_inputs();
            }
        }));
    }

    /// What the page sees.
    pub fn view(&self) -> View {
        self.inner.machine.borrow().view()
    }

    /// The access token as it is.
    pub fn peek(&self) -> Option<Token> {
        let machine = self.inner.machine.borrow();
        let (access_token, sid, generation) = machine.token()?;
        Some(Token { access_token: access_token.clone(), sid: sid.clone(), generation })
    }

    /// The application's user object, as JSON text.
    pub fn user(&self) -> Option<String> {
        self.inner.machine.borrow().user().map(str::to_owned)
    }

    /// Where the tokens are, which is not where they were to be in a browser that refuses.
    pub fn storage(&self) -> Storage {
        let is_refused = match self.inner.storage {
            Storage::Shared => self.inner.store.place().get() == Place::Memory,
            Storage::PerTab | Storage::Memory => !self.inner.copy.is_available(),
        };
        if is_refused { Storage::Memory } else { self.inner.storage }
    }

    /// What does not work as it should.
    pub fn degraded(&self) -> Option<Degraded> {
        self.inner.degraded.get()
    }

    /// The user is active, as the page knows and the shell cannot (a frame, a video).
    pub fn touch(&self) {
        self.say(Input::Activity);
    }

    /// The user answered the prompt.
    pub fn stay(&self) {
        self.say(Input::Stay);
    }

    /// Lets everything go: timers, listeners, channel, lock. Whoever waits is told. Idempotent.
    ///
    /// What is under way is still brought to its end: the tokens of a refresh that has been sent are the only
    /// ones that are good, and other tabs are told of a logout when it is stored.
    pub fn dispose(&self) {
        self.inner.dispose();
    }

    /// Tells the machine what the page wants, while it may want something.
    fn say(&self, input: Input) {
        if !self.inner.disposed.get() {
            self.inner.feed(input);
        }
    }

    pub(crate) fn ask_retry_token(&self, sid: Sid, generation: u64, then: Reply) {
        self.ask(|waiter| Input::Unauthorized { waiter, sid, generation }, then);
    }

    /// Takes up tokens that this shell has not asked for.
    pub(crate) fn ask_take(&self, tokens: &JsValue, how: Taken, then: Reply) {
        // The names that the auth server uses apply to its answers alone.
        let (usual, source) = (Fields::default(), how.source());
        let fields = if source == Source::Login { &self.inner.settings.fields } else { &usual };
        let grant = transport::object(tokens).ok_or(BadAnswer("tokens"));
        match (grant.and_then(|tokens| answer::read_grant(tokens, fields, source)), how) {
            (Err(bad), _) => then(Err(SessionError::BadAnswer(bad))),
            (Ok(grant), Taken::Given { kind, remember }) => {
                self.grant(grant, kind, remember, self.epoch(), then);
            }
            (Ok(grant), Taken::SignIn { epoch }) => self.grant(grant, GrantKind::Login, true, epoch, then),
            (Ok(grant), Taken::Beside { sid, generation }) => {
                let grant = Box::new(grant);
                self.ask(|waiter| Input::Rotated { waiter, sid, generation, grant }, then);
            }
        }
    }

    /// A resource has refused the token of `generation`, which is to end the session.
    pub(crate) fn token_refused(&self, sid: Sid, generation: u64) {
        self.say(Input::VerifyRefused { sid, generation });
    }

    /// Moves with every login, logout and account switch.
    pub(crate) fn epoch(&self) -> u64 {
        self.inner.machine.borrow().epoch()
    }

    fn read_answer(&self, body: Option<&Object>) -> Result<Grant, BadAnswer> {
        let body = body.ok_or(BadAnswer("body"))?;
        answer::read_grant(body, &self.inner.settings.fields, Source::Login)
    }

    fn grant(&self, grant: Grant, kind: GrantKind, remember: bool, epoch: u64, then: Reply) {
        let (sid, grant) = (Sid(browser::random_id()), Box::new(grant));
        self.ask(|waiter| Input::Granted { waiter, sid, epoch, kind, remember, grant }, then);
    }

    pub(crate) fn ask(&self, input: impl FnOnce(WaiterId) -> Input, then: Reply) {
        if let Some(waiter) = self.new_waiter(then) {
            self.inner.feed(input(waiter));
        }
    }

    /// Whether nothing can be asked any more. Nothing that a page does comes in the middle of an input: where one is
    /// under way the module has trapped in it, and whoever waits would wait for ever.
    fn is_gone(&self) -> bool {
        if self.inner.busy.get() {
            self.inner.dispose();
            self.inner.let_go();
        }
        self.inner.disposed.get()
    }

    /// Apart from [`Shell::ask`], of which there is one for each kind of question.
    #[inline(never)]
    fn new_waiter(&self, then: Reply) -> Option<WaiterId> {
        if self.is_gone() {
            then(Err(SessionError::Disposed));
            return None;
        }
        let waiter = WaiterId(self.inner.last_waiter.get().wrapping_add(1));
        self.inner.last_waiter.set(waiter.0);
        self.inner.waiters.borrow_mut().push((waiter, then));
        Some(waiter)
    }

    fn ask_token(&self, then: Then<Result<Token, SessionError>>) {
        self.ask(Input::TokenWanted, Box::new(move |answer| then(answer.and_then(token))));
    }

    pub(crate) fn ask_authenticate(&self, what: Authentication, body: JsValue, remember: bool, then: Reply) {
        if what != Authentication::ChangePassword {
            return self.post(what, None, &body, remember, then);
        }
        let shell = self.clone();
        self.ask_token(Box::new(move |answer| match answer {
            Ok(token) => shell.post(what, Some(&token.access_token), &body, remember, then),
            Err(error) => then(Err(error)),
        }));
    }

    fn post(
        &self,
        what: Authentication,
        bearer: Option<&Secret>,
        body: &JsValue,
        remember: bool,
        then: Reply,
    ) {
        if self.inner.disposed.get() {
            return then(Err(SessionError::Disposed));
        }
        let endpoints = &self.inner.settings.endpoints;
        let endpoint = match what {
            Authentication::Login => &endpoints.login,
            Authentication::Register => &endpoints.register,
            Authentication::ChangePassword => &endpoints.change_password,
        };
        let epoch = self.epoch();
        let message = Message { endpoint, bearer, body, keepalive: false };
        let shell = self.clone();
        let answered = move |answer| match answer {
            Ok(answer) => shell.authenticated(what, remember, epoch, &answer, then),
            Err(failure) => then(Err(failed(failure))),
        };
        self.inner.send(&message, Box::new(answered));
    }

    fn authenticated(&self, what: Authentication, remember: bool, epoch: u64, answer: &Answer, then: Reply) {
        if !answer.is_success() {
            return then(Err(SessionError::Http {
                status: answer.status,
                code: answer.text("error"),
                description: answer.text("error_description").or_else(|| answer.text("message")),
            }));
        }
        match (self.read_answer(answer.body.as_ref()), what) {
            (Ok(grant), Authentication::ChangePassword) => {
                self.grant(grant, GrantKind::Auto, remember, epoch, then)
            }
            (Ok(grant), _) => self.grant(grant, GrantKind::Login, remember, epoch, then),
            // The answer to a changed password need not bring tokens; the old ones may be void.
            (Err(_), Authentication::ChangePassword) => self.ask(Input::RefreshWanted, then),
            (Err(bad), _) => then(Err(SessionError::BadAnswer(bad))),
        }
    }

    pub(crate) fn ask_verify(&self, then: Then<Result<Option<bool>, SessionError>>) {
        let shell = self.clone();
        self.ask_token(Box::new(move |answer| match answer {
            Ok(token) => shell.verify_token(token, then),
            Err(error) => then(Err(error)),
        }));
    }

    fn verify_token(&self, token: Token, then: Then<Result<Option<bool>, SessionError>>) {
        let Token { access_token, sid, generation } = token;
        let endpoint = &self.inner.settings.endpoints.verify;
        let body = Object::new();
        let message = Message { endpoint, bearer: Some(&access_token), body: &body, keepalive: false };
        let shell = self.clone();
        let answered = move |answer: Result<Answer, Failure>| {
            let valid = match answer.map(|answer| verdict(&answer)) {
                Ok(Verdict::Granted) => Some(true),
                Ok(Verdict::Refused) => {
                    shell.token_refused(sid, generation);
                    Some(false)
                }
                Ok(Verdict::Transient(_)) | Err(_) => None,
            };
            then(Ok(valid));
        };
        self.inner.send(&message, Box::new(answered));
    }

    /// Signs out: here before this returns, at the server as far as it can be reached before `then`.
    pub(crate) fn ask_logout(&self, everywhere: bool, then: Reply) {
        if self.is_gone() {
            return then(Err(SessionError::Disposed));
        }
        self.say(Input::LogoutWanted { everywhere });
        if self.inner.revoking.get() > 0 {
            self.inner.revocations.borrow_mut().push(then);
        } else {
            then(Ok(None));
        }
    }
}

impl Inner {
    /// Hands an input to the machine, runs what it asks for, and tells the page. An input that comes up in
    /// the middle of this waits its turn.
    fn feed(self: &Rc<Self>, input: Input) {
        self.push(input);
        self.take_inputs();
    }

    fn take_inputs(self: &Rc<Self>) {
        if !self.busy.replace(true) {
            self.run_inputs();
        }
    }

    /// For an outcome that is known at once: it comes after the effects of what went before.
    fn push(&self, input: Input) {
        self.inbox.borrow_mut().push_back(input);
    }

    fn woken(self: &Rc<Self>) {
        self.timer.fired();
        if self.busy.replace(true) {
            return;
        }
        self.machine.borrow_mut().handle_timeout(now());
        self.run_effects();
        self.run_inputs();
    }

    fn run_inputs(self: &Rc<Self>) {
        while let Some(input) = self.next_input() {
            self.machine.borrow_mut().handle(now(), input);
            self.run_effects();
        }
        self.busy.set(false);
        if self.disposed.get() {
            self.outbox.take();
            if self.under_way.get() == 0 {
                return self.let_go();
            }
        }
        self.arm();
        self.tell();
    }

    fn next_input(&self) -> Option<Input> {
        if self.gone.get() || self.starting.get() {
            return None;
        }
        self.inbox.borrow_mut().pop_front()
    }

    fn run_effects(self: &Rc<Self>) {
        while let Some(effect) = self.next_effect() {
            self.run(effect);
        }
    }

    /// A function of its own, so that the borrow ends before the effect runs.
    fn next_effect(&self) -> Option<Effect> {
        self.machine.borrow_mut().poll_effect()
    }

    fn arm(self: &Rc<Self>) {
        let deadline = self.machine.borrow().poll_timeout().map(|(at, _)| at);
        let shell = Rc::downgrade(self);
        self.timer.arm(now().wall, deadline, move || {
            if let Some(inner) = shell.upgrade() {
                inner.woken();
            }
        });
    }

    fn tell(&self) {
        while let Some(news) = self.next_news() {
            self.page.told(news);
        }
    }

    fn next_news(&self) -> Option<News> {
        self.outbox.borrow_mut().pop_front()
    }

    fn run(self: &Rc<Self>, effect: Effect) {
        match effect {
            Effect::ReadRow { id } => self.read_row(id),
            Effect::Commit { id, commit } => self.commit(id, commit),
            Effect::ReadCopy => self.copy.read(self.copy_seen()),
            Effect::WriteCopy(row) => self.write_copy(&row),
            Effect::WriteActivity(at) => {
                self.copy.write_activity(at);
                if self.storage == Storage::PerTab {
                    self.say(Word::Activity, &number(at.0).into());
                }
            }
            Effect::Announce { version } => self.say(Word::Announce, &number(version).into()),
            Effect::AskHandover => self.say(Word::AskHandover, &JsValue::NULL),
            Effect::HandOver(row) => self.say(Word::HandOver, &codec::to_js(&row)),
            Effect::Mark(sid) => self.mark.set(&sid),
            Effect::Unmark(sid) => self.mark.remove(&sid),
            Effect::LookForSiblings(sid) => self.look_for_siblings(&sid),
            Effect::TakeLock => self.lock.take(self),
            Effect::ReleaseLock => self.lock.release(),
            Effect::SendRefresh { sid, generation, token } => self.send_refresh(sid, generation, token),
            Effect::AbortRefresh => {
                if let Some(abort) = self.refresh.take() {
                    // It does not throw.
                    let _ = abort.call0(&JsValue::UNDEFINED);
                }
            }
            Effect::Revoke { access_token, refresh_token, everywhere } => {
                self.revoke(&access_token, refresh_token.as_ref(), everywhere);
            }
            Effect::Settle { waiter, settlement } => {
                if let Some(then) = self.take_waiter(waiter) {
                    then(answer_to(settlement));
                }
            }
            Effect::Notify(Event::NotStored) => self.stored(&self.row_behind, false),
            Effect::Notify(event) => self.outbox.borrow_mut().push_back(News::Event(event)),
        }
    }

    /// A function of its own, so that the borrow ends before whoever waited is told.
    fn take_waiter(&self, waiter: WaiterId) -> Option<Reply> {
        let mut waiters = self.waiters.borrow_mut();
        let index = waiters.iter().position(|(id, _)| *id == waiter)?;
        Some(waiters.swap_remove(index).1)
    }

    /// The session whose row, lock and words are meant, where each has its own.
    fn scope(&self) -> Option<Sid> {
        let machine = self.machine.borrow();
        machine.scope().filter(|_| self.storage == Storage::PerTab).cloned()
    }

    /// The name of the row and the lock of `sid`.
    fn scoped_key(&self, sid: Option<&Sid>) -> String {
        match sid.filter(|_| self.storage == Storage::PerTab) {
            Some(sid) => joined(&[&self.key, ":", &sid.0]),
            None => self.key.clone(),
        }
    }

    /// Hands in the copy as it was found, with the last activity.
    fn copy_seen(self: &Rc<Self>) -> Then<Copy> {
        let inner = Rc::clone(self);
        Box::new(move |copy| {
            let activity = inner.copy.read_activity();
            inner.feed(Input::CopyRead { copy, activity });
        })
    }

    fn say(&self, word: Word, payload: &JsValue) {
        self.channel.say(self.scope().as_ref(), word, payload);
    }

    fn sibling_asked(&self, sid: &Sid) {
        if self.machine.borrow().token().is_some_and(|(_, ours, _)| ours == sid) {
            self.channel.say(Some(sid), Word::Alive, &JsValue::NULL);
        }
    }

    fn look_for_siblings(self: &Rc<Self>, sid: &Sid) {
        // Another tab may have marked the browser since.
        if self.mark.read().as_ref() == Some(sid) {
            self.push(Input::SiblingsSeen(true));
        } else {
            self.channel.say(Some(sid), Word::LookForSiblings, &JsValue::NULL);
        }
    }

    fn sibling_seen(self: &Rc<Self>, sid: &Sid) {
        if self.machine.borrow().scope() == Some(sid) {
            self.feed(Input::SiblingsSeen(true));
        }
    }

    fn read_row(self: &Rc<Self>, id: ReadId) {
        let scope = self.scope();
        if scope.is_none() && self.storage == Storage::PerTab {
            // The row without a session's name is one that other tabs share.
            return self.push(Input::RowRead { id, result: Ok(None) });
        }
        let inner = Rc::clone(self);
        let read = move |result: Result<Outcome, StoreFailure>| {
            inner.notice_place();
            inner.feed(Input::RowRead { id, result: result.map(|outcome| outcome.row) });
        };
        self.store.run(self.scoped_key(scope.as_ref()), None, Box::new(read));
    }

    fn commit(self: &Rc<Self>, id: CommitId, commit: Box<Commit>) {
        let inner = Rc::clone(self);
        self.begin();
        // Of all changes it alone may be made of a row that is behind.
        let is_touch = matches!(*commit, Commit::Touch { .. });
        let committed = move |result: Result<Outcome, StoreFailure>| {
            inner.notice_place();
            inner.end();
            if !is_touch && result.as_ref().is_ok_and(|outcome| outcome.accepted) {
                inner.stored(&inner.row_behind, true);
            }
            inner.feed(Input::Committed { id, result });
        };
        self.store.run(self.scoped_key(Some(commit.sid())), Some(Rc::from(commit)), Box::new(committed));
    }

    fn begin(&self) {
        self.under_way.set(self.under_way.get().saturating_add(1));
    }

    fn end(&self) {
        self.under_way.set(self.under_way.get().saturating_sub(1));
    }

    fn write_copy(&self, row: &Row) {
        // Where the copy is the row, it is written behind its fence, and perhaps has been again since.
        if self.store.place().get() == Place::LocalStorage {
            return;
        }
        self.stored(&self.copy_behind, self.copy.write(row) || !self.copy.is_available());
    }

    /// Whether the row or the copy is what it should be. Once both are, nothing is lost with this tab any more.
    fn stored(&self, behind: &Cell<bool>, is_stored: bool) {
        behind.set(!is_stored);
        if !is_stored {
            self.degrade(Degraded::NotStored);
        } else if !self.row_behind.get()
            && !self.copy_behind.get()
            && self.degraded.get() == Some(Degraded::NotStored)
        {
            self.degraded.set(self.settings.degraded);
            self.notice_place();
            self.outbox.borrow_mut().push_back(News::Event(Event::Changed));
        }
    }

    fn notice_place(&self) {
        match self.store.place().get() {
            _ if self.store.is_newer() => self.degrade(Degraded::NewerVersion),
            // That something could not be stored is the graver news.
            _ if self.degraded.get().is_some() => {}
            Place::LocalStorage => self.degrade(Degraded::NoFence),
            // Each tab's own copy is still there.
            Place::Memory if self.storage == Storage::PerTab && self.copy.is_available() => {
                self.degrade(Degraded::NoFence);
            }
            Place::Memory => self.degrade(Degraded::NoStorage),
            Place::Unknown | Place::IndexedDb => {}
        }
    }

    /// Told once, not once for each time.
    fn degrade(&self, what: Degraded) {
        // Why nothing can be stored says more than that.
        if self.degraded.get() == Some(Degraded::NewerVersion) {
            return;
        }
        if self.degraded.replace(Some(what)) != Some(what) {
            self.outbox.borrow_mut().push_back(News::Degraded(what));
        }
    }

    fn send_refresh(self: &Rc<Self>, sid: Sid, generation: u64, token: Secret) {
        let body = Object::new();
        let sliding = self.machine.borrow().config().sliding;
        if !sliding {
            set(&body, self.refresh_field(), &token.expose().into());
        }
        let message = Message {
            endpoint: &self.settings.endpoints.refresh,
            bearer: sliding.then_some(&token),
            body: &body,
            keepalive: false,
        };
        let inner = Rc::clone(self);
        self.begin();
        let answered = move |answer| {
            let answer = inner.refresh_answer(answer);
            inner.end();
            inner.feed(Input::RefreshAnswered { sid, generation, answer });
        };
        self.refresh.replace(Some(self.send(&message, Box::new(answered))));
    }

    fn refresh_answer(&self, answer: Result<Answer, Failure>) -> RefreshAnswer {
        let answer = match answer {
            Ok(answer) => answer,
            Err(failure) => return RefreshAnswer::Failed { failure, retry_after: None },
        };
        let status = answer.status;
        match (verdict(&answer), &answer.body) {
            (Verdict::Granted, Some(body)) => {
                answer::read_grant(body, &self.settings.fields, Source::Refresh).map_or(
                    RefreshAnswer::Failed { failure: Failure::NotTheServer { status }, retry_after: None },
                    |grant| RefreshAnswer::Granted(Box::new(grant)),
                )
            }
            (Verdict::Refused, _) => RefreshAnswer::Refused(Failure::Refused { status }),
            (Verdict::Transient(failure), _) => {
                RefreshAnswer::Failed { failure, retry_after: answer.retry_after }
            }
            (Verdict::Granted, None) => {
                RefreshAnswer::Failed { failure: Failure::NotTheServer { status }, retry_after: None }
            }
        }
    }

    fn revoke(self: &Rc<Self>, access_token: &Secret, refresh_token: Option<&Secret>, everywhere: bool) {
        let endpoints = &self.settings.endpoints;
        let body = Object::new();
        if let Some(token) = refresh_token {
            set(&body, self.refresh_field(), &token.expose().into());
        }
        let all = endpoints.logout_all.as_ref().filter(|_| everywhere);
        if everywhere && all.is_none() {
            set(&body, "everywhere", &JsValue::TRUE);
        }
        let endpoint = all.unwrap_or(&endpoints.logout);
        let message = Message { endpoint, bearer: Some(access_token), body: &body, keepalive: true };
        let inner = Rc::clone(self);
        self.revoking.set(self.revoking.get().saturating_add(1));
        // Best effort: the session is over here whatever the server says.
        let answered = move |_| {
            inner.revoking.set(inner.revoking.get().saturating_sub(1));
            if inner.revoking.get() == 0 {
                inner.tell_revoked();
            }
        };
        self.send(&message, Box::new(answered));
    }

    fn tell_revoked(&self) {
        for then in self.revocations.take() {
            then(Ok(None));
        }
    }

    /// Returns the function that cuts it short.
    fn send(&self, message: &Message<'_>, then: Then<Result<Answer, Failure>>) -> Function {
        let timeout = self.machine.borrow().config().refresh_timeout;
        transport::send(&self.settings, self.fetch.as_ref(), message, timeout, then)
    }

    fn refresh_field(&self) -> &str {
        self.settings.fields.refresh_token.as_deref().unwrap_or("refresh_token")
    }

    fn open_channel(self: &Rc<Self>) {
        if self.settings.cross_tab {
            self.channel.open(&self.key, &Rc::downgrade(self));
        }
    }

    fn dispose(self: &Rc<Self>) {
        if self.disposed.replace(true) {
            return;
        }
        self.activity.stop();
        self.listeners.take();
        self.dismiss();
        // What is sent stays sent, under its lock; nothing new is begun.
        self.feed(Input::Suspending);
    }

    /// Tells whoever waits that there is nothing left to wait for.
    fn dismiss(&self) {
        self.tell_revoked();
        for (_, then) in self.waiters.take() {
            then(Err(SessionError::Disposed));
        }
    }

    fn let_go(&self) {
        self.gone.set(true);
        self.inbox.take();
        self.timer.fired();
        self.channel.close();
        self.lock.release();
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        self.dismiss();
        self.let_go();
    }
}

fn answer_to(settlement: Settlement) -> Result<Option<Token>, SessionError> {
    match settlement {
        Settlement::Done => Ok(None),
        Settlement::Token { access_token, sid, generation } => {
            Ok(Some(Token { access_token, sid, generation }))
        }
        Settlement::Failed { failure, retry_at } => {
            Err(SessionError::Failed { failure, retry_at: retry_at.map(|at| at.0) })
        }
    }
}

fn token(answer: Option<Token>) -> Result<Token, SessionError> {
    answer.ok_or(failed(Failure::SignedOut))
}

fn verdict(answer: &Answer) -> Verdict {
    judge(answer.status, answer.body.is_some(), answer.text("error").as_deref(), answer.is_final)
}

/// For spreading retries: from the digits of an id, which are random already.
fn seed(id: &str) -> u64 {
    id.bytes().fold(0, |seed, digit| seed.rotate_left(5) ^ u64::from(digit))
}

/// As `concat` does it, in a tenth of the code.
fn joined(parts: &[&str]) -> String {
    let mut whole = String::new();
    for part in parts {
        whole.push_str(part);
    }
    whole
}

const fn failed(failure: Failure) -> SessionError {
    SessionError::Failed { failure, retry_at: None }
}
