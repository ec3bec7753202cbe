//! Futures and promises, each with its machinery compiled once: boxed, not generic.

use std::cell::RefCell;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

pub(crate) type Task<T> = Pin<Box<dyn Future<Output = T>>>;

/// Runs `work` in the page's microtasks.
pub(crate) fn spawn(work: impl Future<Output = ()> + 'static) {
    run(Box::pin(work));
}

fn run(work: Task<()>) {
    wasm_bindgen_futures::spawn_local(work);
}

/// A value that comes later, once. For one thread, which is all that a page has.
pub(crate) fn later<T>() -> (Sender<T>, Receiver<T>) {
    let shared = Rc::new(RefCell::new(Later { value: None, waker: None, closed: false }));
    (Sender(Rc::clone(&shared)), Receiver(shared))
}

#[derive(Debug)]
struct Later<T> {
    value: Option<T>,
    waker: Option<Waker>,
    closed: bool,
}

/// Gives the value. Dropped without one, it tells the receiver so.
#[derive(Debug)]
pub(crate) struct Sender<T>(Rc<RefCell<Later<T>>>);

/// Waits for the value; `None` where none will come.
#[derive(Debug)]
pub(crate) struct Receiver<T>(Rc<RefCell<Later<T>>>);

impl<T> Sender<T> {
    pub(crate) fn send(self, value: T) {
        self.0.borrow_mut().value = Some(value);
    }
}

impl<T> Drop for Sender<T> {
    fn drop(&mut self) {
        let waker = {
            let mut later = self.0.borrow_mut();
            later.closed = true;
            later.waker.take()
        };
        if let Some(waker) = waker {
            waker.wake();
        }
    }
}

impl<T> Future for Receiver<T> {
    type Output = Option<T>;
    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<T>> {
        let mut later = self.0.borrow_mut();
        match later.value.take() {
            Some(value) => Poll::Ready(Some(value)),
            None if later.closed => Poll::Ready(None),
            None => {
                later.waker = Some(context.waker().clone());
                Poll::Pending
            }
        }
    }
}
