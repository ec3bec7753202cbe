//! What lies in the stores is input: damaged, somebody else's, or from the future.

use crate::support::page::{dispatch, empty, get, json, local, pause, set, write_row};
use crate::support::{World, live_row, stored_token};
use js_sys::JSON;
use session_warden::machine::GrantKind;
use session_warden::shell::Degraded;
use wasm_bindgen::JsValue;
use wasm_bindgen_test::wasm_bindgen_test;

/// Every member that a row cannot do without is once missing and once of every wrong type.
fn damaged_rows() -> Vec<JsValue> {
    let wrong = [
        JsValue::UNDEFINED,
        JsValue::NULL,
        "text".into(),
        true.into(),
        (-1).into(),
        js_sys::Array::new().into(),
        empty(),
    ];
    let mut rows: Vec<JsValue> =
        ["null", "7", "true", r#""a string""#, "[]", "[1, 2]", "{}", r#"{ "v": 1 }"#]
            .into_iter()
            .map(json)
            .collect();
    let of_row =
        ["v", "version", "sid", "generation", "at", "startedAt", "record"].map(|member| (None, member));
    let of_record = ["access", "receivedAt"].map(|member| (Some("record"), member));
    for (parent, member) in of_row.into_iter().chain(of_record) {
        for value in &wrong {
            let is_right = ["sid", "access"].contains(&member) && value.is_string();
            if !is_right {
                let row = live_row(3, "sid", "damaged");
                let object = parent.map_or(row.clone(), |parent| get(&row, parent));
                set(&object, member, value.clone());
                rows.push(row);
            }
        }
    }
    let row = live_row(3, "sid", "damaged");
    set(&row, "ended", json(r#"{ "reason": "boredom", "at": 1 }"#));
    rows.push(row);
    rows
}

fn text(value: &JsValue) -> String {
    JSON::stringify(value).expect("the test's own rows are plain").into()
}

#[wasm_bindgen_test]
async fn a_damaged_copy_ends_in_a_clean_signed_out_state() {
    let mut texts: Vec<_> = damaged_rows().iter().map(text).collect();
    texts.extend(["", "{", "undefined", "null", "\u{0}", "\"unterminated"].map(str::to_owned));
    local::write("application", "untouched");
    for text in texts {
        let world = World::new();
        local::write(&world.key(), &text);
        let tab = world.tab().await;
        assert!(tab.is_signed_out(), "{text}");
        assert_eq!(tab.end_reason(), None, "{text}");
        assert_eq!(tab.degraded(), None, "{text}");
        tab.login().await.expect("the next login works");
        assert_eq!(stored_token(&world.copy()).as_deref(), Some("access-1"), "{text}");
    }
    assert_eq!(local::read("application").as_deref(), Some("untouched"));
    local::remove("application");
}

#[wasm_bindgen_test]
async fn a_text_that_is_no_row_is_not_left_behind() {
    for text in ["", "{", "undefined", "null", "[]", "7"] {
        let world = World::new();
        local::write(&world.key(), text);
        let _tab = world.tab().await;
        assert_eq!(local::read(&world.key()), None, "{text}");
    }
}

#[wasm_bindgen_test]
async fn a_damaged_row_ends_in_a_clean_signed_out_state() {
    let others = World::new();
    write_row(&others.key(), &json(r#"["not ours"]"#)).await;
    for row in damaged_rows() {
        let world = World::new();
        write_row(&world.key(), &row).await;
        let tab = world.tab().await;
        let shown = text(&row);
        assert!(tab.is_signed_out(), "{shown}");
        assert_eq!(tab.degraded(), None, "{shown}");
        tab.login().await.expect("the next login works");
        assert_eq!(stored_token(&world.row().await).as_deref(), Some("access-1"), "{shown}");
    }
    assert_eq!(text(&others.row().await), r#"["not ours"]"#);
}

#[wasm_bindgen_test]
async fn what_a_row_can_do_without_may_be_missing_or_wrong() {
    for member in ["expiry", "subject", "user", "sending", "cooldown", "activity", "refused", "unknown"] {
        for value in [JsValue::UNDEFINED, JsValue::NULL, js_sys::Array::new().into(), (-1).into(), empty()] {
            let world = World::new();
            let row = live_row(3, "sid", "kept");
            // Anything but nothing says that the auth server refused.
            let is_flag = member == "refused" && value.is_truthy();
            if !is_flag {
                set(&row, member, value);
                write_row(&world.key(), &row).await;
                let tab = world.tab().await;
                assert_eq!(tab.access_token().as_deref(), Some("kept"), "{}", text(&row));
            }
        }
    }
}

#[wasm_bindgen_test]
async fn what_a_later_version_keeps_with_a_session_stays_with_that_session() {
    let world = World::new();
    let tab = world.signed_in_tab().await;
    let row = world.row().await;
    set(&row, "later", 7);
    set(&row, "sending", json(r#"{ "owner": "gone", "until": 1, "locked": false }"#));
    set(&row, "cooldown", json(r#"{ "until": 1, "failures": 1, "asked": false }"#));
    write_row(&world.key(), &row).await;
    tab.refresh().await.expect("the refresh succeeds");
    let row = world.row().await;
    assert_eq!(stored_token(&row), tab.access_token());
    assert_eq!(get(&row, "later"), JsValue::from(7));
    for done in ["sending", "cooldown"] {
        assert!(get(&row, done).is_undefined(), "{done}");
    }
    tab.login().await.expect("the login succeeds");
    assert!(get(&world.row().await, "later").is_undefined());
}

#[wasm_bindgen_test]
async fn a_copy_damaged_under_a_living_session_is_like_one_removed() {
    let world = World::new();
    let tab = world.tab().await;
    tab.login().await.expect("the login succeeds");
    // The first look sees the copy.
    dispatch("window", "focus");
    local::write(&world.key(), "{");
    dispatch("window", "focus");
    tab.signs_out(session_warden::machine::EndReason::StorageCleared).await;
}

#[wasm_bindgen_test]
async fn a_damaged_activity_stamp_is_no_activity() {
    for stamp in ["", "{", "null", "[]", "-1", "1e999", "\"9\""] {
        let world = World::new();
        drop(world.signed_in_tab().await);
        local::write(&format!("{}:activity", world.key()), stamp);
        let tab = world.tab().await;
        let last = tab.view().last_activity_at.expect("the login was activity");
        assert!(crate::support::page::now() - (last.0 as f64) < 10_000.0, "{stamp}");
        assert!(tab.is_signed_in(), "{stamp}");
    }
}

#[wasm_bindgen_test]
async fn a_row_of_a_newer_version_is_neither_removed_nor_overwritten() {
    let world = World::new();
    let newer = json(r#"{ "v": 2, "version": 40, "sid": "future", "record": "sealed", "extra": [1] }"#);
    write_row(&world.key(), &newer).await;
    local::write(&world.key(), &text(&newer));
    let tab = world.tab().await;
    assert!(tab.is_signed_out());

    tab.login().await.expect("the session works in this tab");
    assert!(tab.is_signed_in());
    assert_eq!(tab.degraded(), Some(Degraded::NewerVersion), "and says why it ends with it");
    tab.refresh().await.expect_err("without a row nobody has the turn");
    let tokens = json(r#"{ "access_token": "by-hand" }"#);
    tab.set_tokens(&tokens, GrantKind::Auto, true).await.expect("the tokens are taken up");
    dispatch("window", "focus");
    pause(50).await;
    tab.logout(false).await;
    pause(50).await;
    assert_eq!(text(&world.row().await), text(&newer));
    assert_eq!(local::read(&world.key()), Some(text(&newer)));
}

#[wasm_bindgen_test]
async fn a_copy_of_a_newer_version_is_left_alone_beside_a_row_of_ours() {
    let world = World::new();
    let newer = r#"{"v":2,"version":40,"sid":"future"}"#;
    local::write(&world.key(), newer);
    let tab = world.signed_in_tab().await;
    tab.refresh().await.expect("the row is ours");
    assert_eq!(stored_token(&world.row().await).as_deref(), Some("access-2"));
    tab.logout(false).await;
    assert_eq!(local::read(&world.key()).as_deref(), Some(newer));
    assert_eq!(get(&world.row().await, "v"), JsValue::from(1));
}
