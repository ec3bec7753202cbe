//! A world of one test: a session name, a scripted server, and shells that stand for tabs.

pub(crate) mod page;
pub(crate) mod server;

use js_sys::Function;
use page::{empty, get, read_row, text, until};
use server::Server;
use session_warden::machine::{Config, EndReason, Event, Status};
use session_warden::shell::{Authentication, Degraded, News, Page, SessionError, Settings, Shell};
use std::cell::{Cell, RefCell};
use std::ops::Deref;
use std::rc::Rc;
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::spawn_local;

/// What the tabs of one test have in common.
pub(crate) struct World {
    pub(crate) server: Server,
    pub(crate) config: Config,
    pub(crate) settings: Settings,
}

/// A shell and what it told its page. Disposed of with the test.
pub(crate) struct Tab {
    pub(crate) shell: Shell,
    heard: Rc<RefCell<Vec<News>>>,
}

/// A page that does not listen.
pub(crate) struct Deaf;

impl Page for Deaf {
    fn told(&self, _: News) {}
}

struct Ear(Rc<RefCell<Vec<News>>>);

impl Page for Ear {
    fn told(&self, news: News) {
        self.0.borrow_mut().push(news);
    }
}

impl World {
    /// Its session name is its own: tests share no row, copy, lock or channel.
    pub(crate) fn new() -> Self {
        thread_local! {
            static LAST: Cell<u32> = const { Cell::new(0) };
        }
        LAST.set(LAST.get() + 1);
        let settings = Settings { name: format!("test-{}", LAST.get()), ..Settings::default() };
        Self { server: Server::new(), config: Config::default(), settings }
    }

    /// Of row, copy, lock and channel.
    pub(crate) fn key(&self) -> String {
        format!("session-warden:{}", self.settings.name)
    }

    /// A shell that has not been started, and whose life is the test's business.
    pub(crate) fn shell(&self, page: Box<dyn Page>) -> Shell {
        Shell::new(self.config.clone(), self.settings.clone(), Some(self.server.fetch()), page)
    }

    /// A tab that has not been started.
    pub(crate) fn closed_tab(&self) -> Tab {
        self.closed_tab_with(self.server.fetch())
    }

    /// A tab that has not been started, with a `fetch` of its own.
    pub(crate) fn closed_tab_with(&self, fetch: Function) -> Tab {
        let heard = Rc::default();
        let ear = Box::new(Ear(Rc::clone(&heard)));
        Tab { shell: Shell::new(self.config.clone(), self.settings.clone(), Some(fetch), ear), heard }
    }

    /// A tab that knows whether somebody is signed in.
    pub(crate) async fn tab(&self) -> Tab {
        let tab = self.closed_tab();
        tab.start();
        until("the tab is ready", || tab.view().status != Status::Loading).await;
        tab
    }

    /// A tab in which somebody has just signed in.
    pub(crate) async fn signed_in_tab(&self) -> Tab {
        let tab = self.tab().await;
        tab.login().await.expect("the login succeeds");
        tab
    }

    pub(crate) async fn row(&self) -> JsValue {
        read_row(&self.key()).await
    }

    pub(crate) fn copy(&self) -> JsValue {
        page::local::read(&self.key()).map_or(JsValue::UNDEFINED, |text| page::json(&text))
    }
}

impl Deref for Tab {
    type Target = Shell;
    fn deref(&self) -> &Shell {
        &self.shell
    }
}

impl Drop for Tab {
    fn drop(&mut self) {
        self.shell.dispose();
    }
}

impl Tab {
    pub(crate) async fn login(&self) -> Result<(), SessionError> {
        self.authenticate(Authentication::Login, &empty(), true).await
    }

    /// Signs in without "remember me".
    pub(crate) async fn login_until_closed(&self) {
        self.authenticate(Authentication::Login, &empty(), false).await.expect("the login succeeds");
    }

    pub(crate) fn is_signed_in(&self) -> bool {
        self.view().status == Status::Authenticated
    }

    pub(crate) fn is_signed_out(&self) -> bool {
        self.view().status == Status::Unauthenticated
    }

    /// The access token as it is.
    pub(crate) fn access_token(&self) -> Option<String> {
        Some(self.peek()?.access_token.expose().to_owned())
    }

    pub(crate) fn end_reason(&self) -> Option<EndReason> {
        Some(self.view().end?.0)
    }

    /// Waits for the token that the server issued last.
    pub(crate) async fn has(&self, token: &str) {
        until("the tab has the new token", || self.access_token().as_deref() == Some(token)).await;
    }

    pub(crate) async fn signs_out(&self, reason: EndReason) {
        until("the tab signs out", || self.is_signed_out()).await;
        assert_eq!(self.end_reason(), Some(reason));
    }

    /// Everything heard so far from the machine, but that something changed.
    pub(crate) fn events(&self) -> Vec<Event> {
        let heard = self.heard.borrow();
        let events = heard.iter().filter_map(|news| match news {
            News::Event(Event::Changed) | News::Degraded(_) => None,
            News::Event(event) => Some(event.clone()),
        });
        events.collect()
    }

    pub(crate) fn degradations(&self) -> Vec<Degraded> {
        let heard = self.heard.borrow();
        let degradations = heard.iter().filter_map(|news| match news {
            News::Degraded(what) => Some(*what),
            News::Event(_) => None,
        });
        degradations.collect()
    }

    pub(crate) fn news_count(&self) -> usize {
        self.heard.borrow().len()
    }
}

/// A question that was put to a shell and goes on while the test does something else.
pub(crate) struct Asked<T>(Rc<RefCell<Option<T>>>);

impl<T: 'static> Asked<T> {
    pub(crate) fn of(tab: &Tab, question: impl AsyncFnOnce(Shell) -> T + 'static) -> Self {
        let (shell, answer) = (tab.shell.clone(), Rc::default());
        let asked = Self(Rc::clone(&answer));
        spawn_local(async move {
            let value = question(shell).await;
            answer.replace(Some(value));
        });
        asked
    }

    pub(crate) fn is_answered(&self) -> bool {
        self.0.borrow().is_some()
    }

    pub(crate) async fn answer(self) -> T {
        until("the question is answered", || self.is_answered()).await;
        self.0.take().expect("it is answered")
    }
}

/// Waits for what is written to the row without anybody waiting for it.
pub(crate) async fn until_row_is(world: &World, is_right: impl Fn(&JsValue) -> bool) {
    for _ in 0..100 {
        if is_right(&world.row().await) {
            return;
        }
        page::pause(5).await;
    }
    panic!("the row is not what it should be: {:?}", js_sys::JSON::stringify(&world.row().await));
}

/// The access token in a row or a copy.
pub(crate) fn stored_token(row: &JsValue) -> Option<String> {
    text(&get(row, "record"), "access")
}

/// Why a row or a copy says that its session ended.
pub(crate) fn stored_end(row: &JsValue) -> Option<String> {
    text(&get(row, "ended"), "reason")
}

/// A row as it is stored: alive, of generation 1, its token good for an hour.
pub(crate) fn live_row(version: u32, sid: &str, token: &str) -> JsValue {
    let (row, record) = (empty(), empty());
    page::set(&record, "access", token);
    page::set(&record, "refresh", "refresh-stored");
    for (name, value) in [("v", 1), ("version", version), ("generation", 1)] {
        page::set(&row, name, value);
    }
    page::set(&row, "sid", sid);
    let now = page::now();
    for (name, at) in [("receivedAt", now), ("expiry", now + 3_600_000.0)] {
        page::set(&record, name, at);
    }
    page::set(&row, "record", record);
    for (name, at) in [("at", now), ("startedAt", now), ("activity", now)] {
        page::set(&row, name, at);
    }
    row
}

/// A tombstone as it is stored.
pub(crate) fn ended_row(version: u32, sid: &str) -> JsValue {
    let (row, ended) = (empty(), empty());
    page::set(&ended, "reason", "logout");
    page::set(&ended, "at", page::now());
    page::set(&row, "ended", ended);
    for (name, value) in [("v", 1), ("version", version), ("generation", 1)] {
        page::set(&row, name, value);
    }
    page::set(&row, "sid", sid);
    page::set(&row, "at", page::now());
    row
}
