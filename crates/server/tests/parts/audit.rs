//! The audit log as files on a disk: what it promises, and who notices when it is touched.

use std::fs;
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use kagiban_aws::Timestamp;
use kagiban_server::audit::{
    Audit, BreakKind, Event, HeadKey, OpenError, Options, Report, Sequence, Urgency, verify,
};
use proptest::prelude::*;
use tempfile::TempDir;

fn key() -> HeadKey {
    HeadKey::new(&[7; 32])
}

fn open(directory: &Path) -> Audit {
    Audit::open(directory, key(), Options::default()).unwrap()
}

fn checked(directory: &Path) -> Report {
    verify(directory, Some(&key()), None).unwrap()
}

fn event(changed: Option<u64>) -> Event<'static> {
    Event {
        changed,
        ..Event::own(Timestamp::from_millis(1), "Test", "arn:aws:kms:::x".into())
    }
}

fn only_segment(directory: &Path) -> PathBuf {
    directory.join("audit-0000000001.jsonl")
}

/// A log with `records` records, closed.
fn log_of(records: u64) -> TempDir {
    let directory = tempfile::tempdir().unwrap();
    let audit = open(directory.path());
    for _ in 0..records {
        audit.append(&event(None), Urgency::Kernel).unwrap();
    }
    drop(audit);
    directory
}

#[test]
fn a_log_goes_on_where_the_last_run_ended() {
    let directory = log_of(3);
    let audit = open(directory.path());
    assert_eq!(audit.append(&event(None), Urgency::Kernel).unwrap(), Sequence(4));
    let report = checked(directory.path());
    assert!(report.is_intact(), "{report:?}");
    assert_eq!((report.records, report.tip), (4, Some(audit.tip().hash)));
}

#[test]
fn the_log_is_for_its_owner_alone() {
    let directory = tempfile::tempdir().unwrap();
    let audit = directory.path().join("audit");
    drop(open(&audit));
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&audit), 0o700);
    assert_eq!(mode(&only_segment(&audit)), 0o600);
}

#[test]
fn a_kernel_record_is_readable_as_soon_as_append_returns_and_a_soon_one_shortly_after() {
    let directory = tempfile::tempdir().unwrap();
    let audit = open(directory.path());
    audit.append(&event(None), Urgency::Kernel).unwrap();
    assert_eq!(checked(directory.path()).records, 1);
    audit.append(&event(None), Urgency::Soon).unwrap();
    let appended = Instant::now();
    while checked(directory.path()).records < 2 {
        assert!(appended.elapsed() < Duration::from_secs(5), "it never came");
        std::thread::sleep(Duration::from_millis(5));
    }
}

#[tokio::test]
async fn waiting_for_the_disk_ends_well_before_the_next_regular_flush() {
    let directory = tempfile::tempdir().unwrap();
    let audit = open(directory.path());
    for _ in 0..3 {
        let sequence = audit.append(&event(None), Urgency::Soon).unwrap();
        let began = Instant::now();
        audit.flushed(sequence).await.unwrap();
        assert!(
            began.elapsed() < Duration::from_millis(700),
            "{:?}",
            began.elapsed()
        );
    }
}

#[test]
fn an_unfinished_last_line_is_cut_off_and_the_log_says_so() {
    let directory = log_of(3);
    let segment = only_segment(directory.path());
    let mut file = fs::OpenOptions::new().append(true).open(&segment).unwrap();
    file.write_all(b"{\"sequence\":4,\"ti\0\0\0").unwrap();
    assert_eq!(checked(directory.path()).unfinished_bytes, 20);
    drop(open(directory.path()));
    let report = checked(directory.path());
    assert!(
        report.is_intact() && report.unfinished_bytes == 0 && report.records == 4,
        "{report:?}"
    );
    let text = fs::read_to_string(&segment).unwrap();
    assert!(
        text.lines()
            .last()
            .unwrap()
            .contains("20 bytes of an unfinished line")
    );
}

#[test]
fn a_segment_whose_head_was_never_finished_is_begun_anew() {
    let directory = tempfile::tempdir().unwrap();
    fs::write(only_segment(directory.path()), "{\"segm").unwrap();
    drop(open(directory.path()));
    assert!(checked(directory.path()).is_intact());
}

#[test]
fn a_broken_chain_stops_the_server_and_says_how_to_go_on() {
    let directory = log_of(3);
    let segment = only_segment(directory.path());
    let text = fs::read_to_string(&segment).unwrap();
    fs::write(&segment, text.replacen("\"Test\"", "\"Tost\"", 1)).unwrap();
    let error = Audit::open(directory.path(), key(), Options::default()).unwrap_err();
    let message = error.to_string();
    assert!(
        message.contains("line 2") && message.contains("start again"),
        "{message}"
    );
    assert_eq!(
        checked(directory.path()).first_break.unwrap().kind,
        BreakKind::Chain
    );
}

#[test]
fn another_servers_key_does_not_open_the_log() {
    let directory = log_of(1);
    let other = || HeadKey::new(&[8; 32]);
    let report = verify(directory.path(), Some(&other()), None).unwrap();
    assert_eq!(report.first_break.unwrap().kind, BreakKind::Mac);
    let error = Audit::open(directory.path(), other(), Options::default()).unwrap_err();
    assert!(matches!(error, OpenError::Broken { .. }), "{error}");
}

#[test]
fn two_servers_never_write_one_log() {
    let directory = tempfile::tempdir().unwrap();
    let _first = open(directory.path());
    let error = Audit::open(directory.path(), key(), Options::default()).unwrap_err();
    assert!(matches!(error, OpenError::InUse { .. }), "{error}");
}

#[test]
fn segments_follow_each_other_and_a_missing_one_is_noticed() {
    let directory = tempfile::tempdir().unwrap();
    let options = Options {
        segment_bytes: 1000,
        ..Options::default()
    };
    for _ in 0..3 {
        let audit = Audit::open(directory.path(), key(), options.clone()).unwrap();
        for revision in 1..=9 {
            audit.append(&event(Some(revision)), Urgency::Soon).unwrap();
        }
    }
    let report = checked(directory.path());
    assert!(report.is_intact() && report.records == 27, "{report:?}");
    assert!(report.segments.len() >= 3, "{report:?}");
    // The last segment has no change of its own; its head remembers.
    assert_eq!(open(directory.path()).last_change(), Some(9));

    fs::remove_file(directory.path().join("audit-0000000001.jsonl")).unwrap();
    assert!(
        checked(directory.path()).is_intact(),
        "archiving the oldest is no break"
    );
    fs::remove_file(directory.path().join("audit-0000000003.jsonl")).unwrap();
    let found = checked(directory.path()).first_break.unwrap();
    assert_eq!(found.kind, BreakKind::MissingSegment);
}

#[test]
fn the_last_change_is_the_latest_even_if_a_restored_store_counts_from_lower() {
    let directory = tempfile::tempdir().unwrap();
    let audit = open(directory.path());
    assert_eq!(audit.last_change(), None);
    for changed in [Some(5), Some(9), Some(7), None] {
        audit.append(&event(changed), Urgency::Soon).unwrap();
    }
    assert_eq!(audit.last_change(), Some(7));
    drop(audit);
    assert_eq!(checked(directory.path()).last_change, Some(7));
    assert_eq!(open(directory.path()).last_change(), Some(7));
}

#[test]
fn many_threads_make_one_chain_without_gaps() {
    let directory = tempfile::tempdir().unwrap();
    let audit = Audit::open(
        directory.path(),
        key(),
        Options {
            segment_bytes: 100_000,
            ..Options::default()
        },
    )
    .unwrap();
    std::thread::scope(|scope| {
        for urgency in [Urgency::Kernel, Urgency::Soon, Urgency::Kernel, Urgency::Soon] {
            let audit = &audit;
            scope.spawn(move || {
                for _ in 0..1000 {
                    audit.append(&event(None), urgency).unwrap();
                }
            });
        }
    });
    drop(audit);
    let report = checked(directory.path());
    assert!(report.is_intact() && report.records == 4000, "{report:?}");
}

#[test]
fn the_command_prints_a_table_for_people_and_json_for_machines() {
    let directory = log_of(2);
    let mut text = Vec::new();
    let report =
        kagiban_server::audit::verify_command(directory.path(), None, None, false, &mut text).unwrap();
    let text = String::from_utf8(text).unwrap();
    assert!(report.is_intact() && text.contains("Intact: 2 records"), "{text}");
    assert!(text.contains("`kagiban-server doctor`"), "{text}");
    let mut json = Vec::new();
    kagiban_server::audit::verify_command(directory.path(), None, None, true, &mut json).unwrap();
    let json: serde_json::Value = serde_json::from_slice(&json).unwrap();
    assert_eq!(json["records"], 2);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    #[test]
    fn a_change_of_any_byte_is_noticed(place in any::<prop::sample::Index>(), flip in 1u8..) {
        let directory = log_of(3);
        let segment = only_segment(directory.path());
        let mut bytes = fs::read(&segment).unwrap();
        let place = place.index(bytes.len());
        bytes[place] ^= flip;
        fs::write(&segment, bytes).unwrap();
        let report = checked(directory.path());
        prop_assert!(!report.is_intact() || report.unfinished_bytes > 0, "byte {}", place);
    }

    #[test]
    fn a_line_taken_out_or_put_elsewhere_is_noticed(from in 0usize..4, to in 0usize..5) {
        prop_assume!(from != to);
        let directory = log_of(4);
        let segment = only_segment(directory.path());
        let text = fs::read_to_string(&segment).unwrap();
        let mut lines: Vec<_> = text.split_inclusive('\n').collect();
        let moved = lines.remove(from);
        if to < lines.len() {
            lines.insert(to, moved);
        }
        fs::write(&segment, lines.concat()).unwrap();
        prop_assert!(!checked(directory.path()).is_intact());
    }
}

/// Not a test but a measurement: `cargo test --release -p kagiban-server --test parts -- --ignored --nocapture cost`.
#[test]
#[ignore = "a measurement, of use in release builds only"]
fn the_cost_of_an_append() {
    const COUNT: u32 = 200_000;
    for threads in [1, 2] {
        for urgency in [Urgency::Kernel, Urgency::Soon] {
            let directory = tempfile::tempdir().unwrap();
            let audit = open(directory.path());
            let event = typical_event();
            let (began, cpu) = (Instant::now(), cpu_time());
            std::thread::scope(|scope| {
                for _ in 0..threads {
                    scope.spawn(|| {
                        (0..COUNT / threads).for_each(|_| {
                            audit.append(&event, urgency).unwrap();
                        });
                    });
                }
            });
            let (wall, cpu) = (began.elapsed() / COUNT, (cpu_time() - cpu) / COUNT);
            let bytes = fs::metadata(only_segment(directory.path())).unwrap().len();
            println!("{threads} threads, {urgency:?}: {wall:?} wall, {cpu:?} CPU each; {bytes} bytes in all");
        }
    }
}

fn typical_event() -> Event<'static> {
    Event {
        request_id: "ffffffff-ffff-4fff-bfff-ffffffffffff",
        source_ip: Some([192, 0, 2, 7].into()),
        principal: Some("arn:aws:sts::111122223333:assumed-role/deploy/session-1"),
        access_key_id: Some("ASIAQNZGKIQY56JQ7WML"),
        account: Some("111122223333".parse().unwrap()),
        region: Some("eu-west-1".parse().unwrap()),
        service: "ssm",
        operation: "GetParameter",
        resources: vec!["arn:aws:ssm:eu-west-1:111122223333:parameter/prod/db/url".into()],
        rule: Some("role deploy, policy read-parameters, statement 2: allow"),
        user_agent: Some("aws-cli/2.15.0 Python/3.11.6 Linux/6.5 exe/x86_64"),
        ..event(None)
    }
}

fn cpu_time() -> Duration {
    let usage = rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime);
    Duration::new(usage.tv_sec.unsigned_abs(), u32::try_from(usage.tv_nsec).unwrap())
}
