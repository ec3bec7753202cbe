//! Who hears of a session's changes.

use super::Snapshot;
use crate::machine::Event;
use crate::shell::{News, Page, Shell, Then, WeakShell, later};
use std::any::Any;
use std::cell::{Cell, OnceCell, RefCell};
use std::rc::{Rc, Weak};

/// Keeps a listener listening; dropped, it is heard of no more.
#[must_use = "dropped, it ends at once; `forget` makes it last as long as the session"]
pub struct Subscription {
    listener: Rc<dyn Any>,
}

impl Subscription {
    /// Listens for as long as the session lasts.
    pub fn forget(self) {
        std::mem::forget(self.listener);
    }
}

/// Called while nothing is borrowed: whoever listens may subscribe, drop subscriptions and call the session.
#[derive(Default)]
pub(super) struct Audience {
    shell: OnceCell<WeakShell>,
    shown: RefCell<Option<Snapshot>>,
    snapshots: Listeners<Snapshot>,
    news: Listeners<News>,
    waiting: RefCell<Vec<Then<()>>>,
    disposed: Cell<bool>,
}

impl Audience {
    pub(super) fn watch(&self, shell: &Shell) {
        self.shown.replace(Some(Snapshot::of(shell)));
        // There is one shell to a session.
        let _ = self.shell.set(shell.downgrade());
    }

    pub(super) fn subscribe(&self, listener: impl Fn(&Snapshot) + 'static) -> Subscription {
        self.snapshots.add(listener)
    }

    pub(super) fn listen(&self, listener: impl Fn(&News) + 'static) -> Subscription {
        self.news.add(listener)
    }

    /// Waits for [`Event::Ready`], or for the end of the session.
    pub(super) async fn ready(&self) {
        if self.disposed.get() {
            return;
        }
        let ready = later(|then| self.waiting.borrow_mut().push(then));
        ready.await;
    }

    /// Nothing is told from now on: who waits would wait for ever.
    pub(super) fn dispose(&self) {
        self.disposed.set(true);
        self.wait_no_longer();
    }

    fn wait_no_longer(&self) {
        for then in self.waiting.take() {
            then(());
        }
    }

    /// News is not always a change, and a change may have been seen before the news of it.
    fn show(&self) {
        let Some(shell) = self.shell.get().and_then(WeakShell::upgrade) else {
            return;
        };
        let snapshot = Snapshot::of(&shell);
        let is_shown = || self.shown.borrow().as_ref() == Some(&snapshot);
        if is_shown() {
            return;
        }
        self.shown.replace(Some(snapshot.clone()));
        // A listener that has called the session may have made a newer one, which everybody has been told of since.
        for listener in self.snapshots.present().take_while(|_| is_shown()) {
            listener(&snapshot);
        }
    }
}

impl Page for Rc<Audience> {
    fn told(&self, news: News) {
        self.show();
        if matches!(news, News::Event(Event::Ready)) {
            self.wait_no_longer();
        }
        for listener in self.news.present() {
            listener(&news);
        }
    }
}

struct Listeners<T>(RefCell<Vec<Weak<Listener<T>>>>);

type Listener<T> = dyn Fn(&T);

impl<T> Default for Listeners<T> {
    fn default() -> Self {
        Self(RefCell::default())
    }
}

impl<T> Listeners<T> {
    fn add<F: Fn(&T) + 'static>(&self, listener: F) -> Subscription {
        let listener = Rc::new(listener);
        let weak: Weak<F> = Rc::downgrade(&listener);
        let mut all = self.0.borrow_mut();
        all.retain(|other| other.strong_count() > 0);
        all.push(weak);
        Subscription { listener }
    }

    /// Who has come to listen meanwhile hears the next one; who has gone hears no more.
    fn present(&self) -> impl Iterator<Item = Rc<Listener<T>>> + use<T> {
        let all = self.0.borrow().clone();
        all.into_iter().filter_map(|listener| listener.upgrade())
    }
}
