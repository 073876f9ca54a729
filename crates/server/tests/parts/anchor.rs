//! Anchors: what is cut off or rewritten at the end of the audit log is found out.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use aws_lc_rs::digest::{SHA256, digest};
use kagiban_aws::Timestamp;
use kagiban_server::audit::{
    Audit, BreakKind, Event, HeadKey, OpenError, Options, Report, Tip, Urgency, anchored, verify,
};
use kagiban_server::housekeeping::{Housekeeping, Periods};
use kagiban_server::outage::Outage;
use kagiban_store::{Embedded, KeyFile, Sealed, Store as _};
use tempfile::TempDir;

use crate::running::Home;

fn key() -> HeadKey {
    HeadKey::new(&[7; 32])
}

fn open(directory: &Path, anchor: Option<Tip>) -> Result<Audit, OpenError> {
    let options = Options {
        segment_bytes: 1500,
        anchor,
        ..Options::default()
    };
    Audit::open(directory, key(), options)
}

/// A closed log with these many records and its tip.
fn log_of(records: u32) -> (TempDir, Tip) {
    let directory = tempfile::tempdir().unwrap();
    let audit = open(directory.path(), None).unwrap();
    for _ in 0..records {
        let event = Event::own(Timestamp::from_millis(1), "Test", "arn:aws:kms:::x".into());
        audit.append(&event, Urgency::Kernel).unwrap();
    }
    let tip = audit.tip();
    drop(audit);
    (directory, tip)
}

fn checked(directory: &Path, anchor: &Tip) -> Report {
    verify(directory, Some(&key()), Some(anchor)).unwrap()
}

fn newest_segment(directory: &Path) -> PathBuf {
    let mut files: Vec<_> = fs::read_dir(directory)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "jsonl"))
        .collect();
    files.sort();
    files.pop().unwrap()
}

fn cut_off(segment: &Path, lines: usize) {
    let text = fs::read_to_string(segment).unwrap();
    let all: Vec<_> = text.split_inclusive('\n').collect();
    fs::write(segment, all[..all.len() - lines].concat()).unwrap();
}

/// Changes the last record and everything that follows from it, as one who knows the format would.
fn rewrite_last(segment: &Path) {
    const CHAIN: &str = ",\"prev\":\"";
    let text = fs::read_to_string(segment).unwrap();
    let (before, last) = text.trim_end().rsplit_once('\n').unwrap();
    let (body, chain) = last.rsplit_once(CHAIN).unwrap();
    let body = body.replace("\"outcome\":\"", "\"outcome\":\"not ");
    let prev = &chain[..64];
    let mut hashed: Vec<u8> = (0..64)
        .step_by(2)
        .map(|at| u8::from_str_radix(&prev[at..at + 2], 16).unwrap())
        .collect();
    hashed.extend_from_slice(body.as_bytes());
    let hash = digest(&SHA256, &hashed);
    let hash: String = hash.as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
    fs::write(
        segment,
        format!("{before}\n{body}{CHAIN}{prev}\",\"hash\":\"{hash}\"}}\n"),
    )
    .unwrap();
}

#[test]
fn a_log_that_went_on_after_its_anchor_is_intact() {
    let (directory, tip) = log_of(3);
    open(directory.path(), Some(tip))
        .unwrap()
        .append(
            &Event::own(Timestamp::from_millis(2), "Test", "x".into()),
            Urgency::Kernel,
        )
        .unwrap();
    let report = checked(directory.path(), &tip);
    assert!(
        report.is_intact() && report.anchor_met == Some(true),
        "{report:?}"
    );
}

#[test]
fn lines_cut_off_at_the_end_are_missed() {
    let (directory, tip) = log_of(3);
    cut_off(&newest_segment(directory.path()), 1);
    assert!(verify(directory.path(), Some(&key()), None).unwrap().is_intact());
    let found = checked(directory.path(), &tip).first_break.unwrap();
    assert_eq!((found.kind, found.line), (BreakKind::CutOff, 4));
}

#[test]
fn an_end_that_was_rewritten_with_all_its_hashes_is_found_out() {
    let (directory, tip) = log_of(3);
    rewrite_last(&newest_segment(directory.path()));
    assert!(verify(directory.path(), Some(&key()), None).unwrap().is_intact());
    let found = checked(directory.path(), &tip).first_break.unwrap();
    assert_eq!((found.kind, found.line), (BreakKind::Rewritten, 4));
}

#[test]
fn the_server_does_not_go_on_with_a_log_that_ends_before_its_anchor_or_otherwise() {
    for damage in [|segment: &Path| cut_off(segment, 1), rewrite_last] {
        let (directory, tip) = log_of(3);
        damage(&newest_segment(directory.path()));
        let refused = open(directory.path(), Some(tip)).unwrap_err();
        assert!(matches!(refused, OpenError::Broken { .. }), "{refused}");
        // What walks the chain alone would find it intact.
        let told = refused.to_string();
        assert!(
            told.contains("`kagiban-server doctor`") && !told.contains("verify"),
            "{told}"
        );
    }
}

/// Whatever a roll between two anchors leaves: every tip there ever was is met, in its own segment.
#[test]
fn an_anchor_is_met_in_any_segment_and_at_any_head() {
    let directory = tempfile::tempdir().unwrap();
    let mut tips = Vec::new();
    for round in 0..40 {
        let audit = open(directory.path(), tips.last().copied()).unwrap();
        let event = Event::own(Timestamp::from_millis(round), "Test", "x".into());
        tips.push(audit.tip()); // after a roll this is a head
        audit.append(&event, Urgency::Kernel).unwrap();
        tips.push(audit.tip());
    }
    assert!(tips.last().unwrap().segment > 3, "{tips:?}");
    for tip in &tips {
        let report = checked(directory.path(), tip);
        assert!(
            report.is_intact() && report.anchor_met == Some(true),
            "{tip:?} {report:?}"
        );
        drop(open(directory.path(), Some(*tip)).unwrap());
    }
    let last = tips.last().unwrap();
    for segment in last.segment..last.segment + 2 {
        let _ = fs::remove_file(directory.path().join(format!("audit-{segment:010}.jsonl")));
    }
    let found = checked(directory.path(), last).first_break;
    assert_eq!(found.unwrap().kind, BreakKind::CutOff);
}

#[test]
fn an_anchor_from_before_the_archived_segments_says_nothing() {
    let (directory, tip) = log_of(1);
    for _ in 0..9 {
        let audit = open(directory.path(), None).unwrap();
        let event = Event::own(Timestamp::from_millis(1), "Test", "x".into());
        audit.append(&event, Urgency::Kernel).unwrap();
    }
    fs::remove_file(directory.path().join("audit-0000000001.jsonl")).unwrap();
    let report = checked(directory.path(), &tip);
    assert!(report.is_intact() && report.anchor_met.is_none(), "{report:?}");
    drop(open(directory.path(), Some(tip)).unwrap());
}

#[test]
fn a_log_that_is_gone_begins_anew_and_says_what_was_lost() {
    let (directory, tip) = log_of(3);
    fs::remove_file(newest_segment(directory.path())).unwrap();
    assert!(!checked(directory.path(), &tip).is_intact());
    drop(open(directory.path(), Some(tip)).unwrap());
    let text = fs::read_to_string(newest_segment(directory.path())).unwrap();
    assert!(
        text.contains("\"BeginAnew\"") && text.contains(&tip.hash.to_string()),
        "{text}"
    );
}

#[test]
fn a_stopped_server_has_anchored_its_log_and_doctor_finds_out_who_touched_it() {
    let home = Home::new();
    let audit = home.path("data").join("audit");
    for damage in [
        None,
        Some(rewrite_last as fn(&Path)),
        Some(|segment| cut_off(segment, 2)),
    ] {
        let server = home.start(&[]);
        for _ in 0..3 {
            assert!(server.ask_unsigned().starts_with("HTTP/1.1 4"));
        }
        assert!(server.stop().success());
        let (healthy, said) = home.doctor();
        assert!(healthy && said.contains("anchor speaks of is there"), "{said}");
        let Some(damage) = damage else { continue };
        let segment = newest_segment(&audit);
        let before = fs::read(&segment).unwrap();
        damage(&segment);
        let (healthy, said) = home.doctor();
        assert!(
            !healthy && said.contains("BROKEN") && said.contains("anchor"),
            "{said}"
        );
        fs::write(&segment, before).unwrap();
    }
}

#[tokio::test]
async fn the_running_server_anchors_in_its_rhythm_and_only_what_is_new() {
    let home = Home::new();
    let seal = KeyFile::new(home.path("seal.key"));
    let store = Embedded::open(home.0.path()).unwrap();
    let store = Arc::new(Sealed::open(store, &seal).await.unwrap());
    let audit = Arc::new(open(&home.path("audit"), None).unwrap());
    let periods = Periods {
        anchor: Duration::from_millis(20),
        ..Periods::default()
    };
    let housekeeping = Housekeeping::start(&store, &audit, &Outage::new(), periods);
    let event = Event::own(Timestamp::from_millis(1), "Test", "x".into());
    audit.append(&event, Urgency::Kernel).unwrap();
    while anchored(&*store).await.unwrap() != Some(audit.tip()) {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let revision = store.read_index().await.unwrap();
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert_eq!(store.read_index().await.unwrap(), revision);
    audit.append(&event, Urgency::Soon).unwrap();
    housekeeping.stop().await;
    assert_eq!(anchored(&*store).await.unwrap(), Some(audit.tip()));
}
