//! The row as JavaScript keeps it.
//!
//! Read and written member by member: a derived deserialiser for these few types would make up a fifth of
//! what a page downloads.

use super::browser::{get, set};
use super::clock::{number, whole};
use crate::machine::{
    Content, Cooldown, EndReason, Ended, Live, Record, Row, Secret, Sending, Sid, TabId, Wall,
};
use js_sys::{JSON, Object};
use wasm_bindgen::JsValue;

/// Rises only when an older reader would act wrongly on what it finds.
const VERSION: u64 = 1;

/// What was found under a row's key.
#[derive(Debug)]
pub(crate) enum Found {
    Nothing,
    Row(Box<Row>),
    /// Not a row: damaged, or somebody else's.
    Damaged,
    /// Written by a newer version of the library: to be left alone.
    Newer,
}

pub(crate) fn to_text(row: &Row) -> Option<String> {
    JSON::stringify(&to_js(row)).ok()?.as_string()
}

pub(crate) fn from_text(text: &str) -> Found {
    JSON::parse(text).map_or(Found::Damaged, |value| from_js(&value))
}

pub(crate) fn from_js(value: &JsValue) -> Found {
    if value.is_undefined() || value.is_null() {
        return Found::Nothing;
    }
    match Reader(value).count("v") {
        Some(version) if version > VERSION => Found::Newer,
        Some(_) => read_row(Reader(value)).map_or(Found::Damaged, |row| Found::Row(Box::new(row))),
        None => Found::Damaged,
    }
}

pub(crate) fn to_js(row: &Row) -> JsValue {
    let out = Writer::default();
    out.count("v", VERSION);
    out.count("version", row.version);
    out.text("sid", &row.sid.0);
    out.count("generation", row.generation);
    out.count("at", row.at.0);
    match &row.content {
        Content::Ended(ended) => {
            let end = Writer::default();
            end.text("reason", ended.reason.name());
            end.count("at", ended.at.0);
            out.object("ended", end);
        }
        Content::Live(live) => {
            write_live(&out, live);
            if cfg!(feature = "next") {
                out.count("next", row.generation);
            }
        }
    }
    out.0.into()
}

fn write_live(out: &Writer, live: &Live) {
    if let Some(record) = &live.record {
        out.object("record", write_record(record));
    }
    out.flag("refused", live.refused);
    out.count("startedAt", live.started_at.0);
    out.count("activity", live.activity.0);
    if let Some(sending) = &live.sending {
        let claim = Writer::default();
        claim.text("owner", &sending.owner.0);
        claim.count("until", sending.until.0);
        claim.flag("locked", sending.locked);
        out.object("sending", claim);
    }
    if let Some(cooldown) = live.cooldown {
        let pause = Writer::default();
        pause.count("until", cooldown.until.0);
        pause.count("failures", u64::from(cooldown.failures));
        pause.flag("asked", cooldown.asked);
        out.object("cooldown", pause);
    }
}

fn write_record(record: &Record) -> Writer {
    let out = Writer::default();
    out.text("access", record.access_token.expose());
    if let Some(token) = &record.refresh_token {
        out.text("refresh", token.expose());
    }
    if let Some(expiry) = record.expires_at {
        out.count("expiry", expiry.0);
    }
    out.count("receivedAt", record.received_at.0);
    if let Some(subject) = &record.subject {
        out.text("subject", subject);
    }
    if let Some(user) = &record.user {
        out.text("user", user);
    }
    out.flag("afterUnauthorized", record.after_unauthorized);
    out.flag("untilClosed", !record.remember);
    out
}

/// A record alone, as the vault takes it.
pub(crate) fn record_to_js(record: &Record) -> JsValue {
    write_record(record).0.into()
}

/// What came out of the vault.
pub(crate) fn record_from_js(value: &JsValue) -> Option<Record> {
    read_record(Reader(value))
}

fn read_row(row: Reader<'_>) -> Option<Row> {
    Some(Row {
        version: row.count("version")?,
        sid: Sid(row.text("sid")?),
        generation: row.count("generation")?,
        at: Wall(row.count("at")?),
        content: match row.object("ended") {
            Some(ended) => Content::Ended(read_ended(Reader(&ended))?),
            None => Content::Live(Box::new(read_live(row)?)),
        },
    })
}

fn read_ended(ended: Reader<'_>) -> Option<Ended> {
    let name = ended.text("reason")?;
    let reason = EndReason::ALL.into_iter().find(|reason| reason.name() == name)?;
    Some(Ended { reason, at: Wall(ended.count("at")?) })
}

fn read_record(record: Reader<'_>) -> Option<Record> {
    Some(Record {
        access_token: Secret::new(record.text("access")?),
        refresh_token: record.text("refresh").map(Secret::new),
        expires_at: record.count("expiry").map(Wall),
        received_at: Wall(record.count("receivedAt")?),
        subject: record.text("subject"),
        user: record.text("user"),
        after_unauthorized: record.flag("afterUnauthorized"),
        remember: !record.flag("untilClosed"),
    })
}

fn read_live(row: Reader<'_>) -> Option<Live> {
    let record = match row.object("record") {
        Some(record) => Some(read_record(Reader(&record))?),
        // The tabs keep it to themselves, or it lies in the vault.
        None => None,
    };
    let sending = row.object("sending").and_then(|claim| {
        let claim = Reader(&claim);
        Some(Sending {
            owner: TabId(claim.text("owner")?),
            until: Wall(claim.count("until")?),
            locked: claim.flag("locked"),
        })
    });
    let cooldown = row.object("cooldown").and_then(|pause| {
        let pause = Reader(&pause);
        Some(Cooldown {
            until: Wall(pause.count("until")?),
            failures: u32::try_from(pause.count("failures")?).ok()?,
            asked: pause.flag("asked"),
        })
    });
    let started_at = Wall(row.count("startedAt")?);
    let activity = Wall(row.count("activity").unwrap_or(0));
    Some(Live { record, sending, cooldown, refused: row.flag("refused"), started_at, activity })
}

#[derive(Clone, Copy)]
struct Reader<'a>(&'a JsValue);

impl Reader<'_> {
    fn text(self, name: &str) -> Option<String> {
        get(self.0, name).as_string()
    }

    fn count(self, name: &str) -> Option<u64> {
        get(self.0, name).as_f64().filter(|count| *count >= 0.0).map(whole)
    }

    fn flag(self, name: &str) -> bool {
        get(self.0, name).is_truthy()
    }

    fn object(self, name: &str) -> Option<JsValue> {
        Some(get(self.0, name)).filter(JsValue::is_object)
    }
}

#[derive(Default)]
struct Writer(Object);

impl Writer {
    fn text(&self, name: &str, text: &str) {
        set(&self.0, name, &text.into());
    }

    fn count(&self, name: &str, count: u64) {
        set(&self.0, name, &number(count).into());
    }

    fn flag(&self, name: &str, flag: bool) {
        set(&self.0, name, &flag.into());
    }

    fn object(&self, name: &str, object: Self) {
        set(&self.0, name, &object.0);
    }
}
