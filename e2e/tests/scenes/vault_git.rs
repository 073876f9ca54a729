//! git with AWS CodeCommit: a real git, and a server that makes each password again by AWS's own code.

use std::fs;

use serde_json::json;

use crate::harness::{CodeCommit, Output, Workstation};

const KEY: [&str; 2] = ["AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"];
const SESSION: [&str; 3] = [
    "ASIAIOSFODNN7EXAMPLE",
    "a session's/secret+",
    "token/of+a=session==",
];
const OWN: &str = "!kagiban git-credential codecommit";
const AWSS: &str = "!aws codecommit credential-helper $@";

fn place() -> (CodeCommit, Workstation) {
    let keys = json!({KEY[0]: [KEY[1], null], SESSION[0]: [SESSION[1], SESSION[2]]});
    let workstation = Workstation::new("[profile work]\nregion = us-east-1\n");
    let lines = format!("{}\n{}\n", KEY[0], KEY[1]);
    workstation.piped(&lines, &["add", "work"]).text();
    (CodeCommit::start(&keys), workstation)
}

/// Lists what is there, as whoever the environment says.
fn listed(place: &(CodeCommit, Workstation), helper: &str, environment: &[(&str, &str)]) -> Output {
    let words = ["ls-remote", &CodeCommit::url(CodeCommit::HOST)];
    let mut git = place.0.git(&place.1, helper, &words);
    Output::of(git.envs(environment.iter().copied()))
}

fn session(secret: &'static str, token: &'static str) -> [(&'static str, &'static str); 3] {
    [
        ("AWS_ACCESS_KEY_ID", SESSION[0]),
        ("AWS_SECRET_ACCESS_KEY", secret),
        ("AWS_SESSION_TOKEN", token),
    ]
}

/// The code and the host of each answer, and who asked: first nobody, and then whoever the helper says.
fn refused_then(code: u16, user: &str) -> [String; 2] {
    let host = CodeCommit::HOST;
    [format!("401 {host} -"), format!("{code} {host} {user}")]
}

#[test]
fn a_repository_is_cloned_with_a_key_that_git_never_sees() {
    let place = place();
    let (host, workstation) = &place;
    let url = CodeCommit::url(CodeCommit::HOST);
    let helper = "!kagiban --profile work git-credential codecommit";
    let output = Output::of(&mut host.git(workstation, helper, &["clone", "--quiet", &url, "clone"]));
    assert_eq!(output.code, 0, "{output:?}");
    let readme = fs::read_to_string(workstation.home().join("clone/README")).unwrap();
    assert_eq!(readme, CodeCommit::TEXT);
    assert_eq!(host.log()[..2], refused_then(200, KEY[0]));

    // The profile that is in use, and a session's credentials, whose token goes with the user's name.
    let user = format!("{}%{}", SESSION[0], SESSION[2]);
    for (environment, user) in [
        (&[("AWS_PROFILE", "work")][..], KEY[0]),
        (&session(SESSION[1], SESSION[2]), &user),
    ] {
        let refs = listed(&place, OWN, environment).text();
        assert!(refs.contains("refs/heads/main"), "{refs}");
        assert_eq!(host.log()[..2], refused_then(200, user));
    }
    let stored = crate::harness::files_with(workstation.home(), KEY[1].as_bytes());
    assert!(stored.is_empty(), "{stored:?}");
}

#[test]
fn the_aws_clis_passwords_are_taken_and_refused_alike() {
    let place = place();
    let wrong_secret = session("another secret", SESSION[2]);
    let wrong_token = session(SESSION[1], "another+token");
    for helper in [OWN, AWSS] {
        let good = session(SESSION[1], SESSION[2]);
        let good = [
            &good[..],
            &[("AWS_REGION", "us-east-1"), ("AWS_DEFAULT_REGION", "us-east-1")],
        ]
        .concat();
        assert_eq!(listed(&place, helper, &good).code, 0, "{helper}");
        assert_eq!(place.0.log().len(), 3, "{helper}");
        for (wrong, token) in [(&wrong_secret, SESSION[2]), (&wrong_token, "another+token")] {
            let output = listed(&place, helper, wrong);
            assert!(
                output.code == 128 && output.stderr.contains("error: 403") && output.stdout.is_empty(),
                "{helper}: {output:?}"
            );
            let user = format!("{}%{token}", SESSION[0]);
            assert_eq!(place.0.log(), refused_then(403, &user), "{helper}");
        }
    }
}

#[test]
fn another_host_is_given_nothing() {
    let (host, workstation) = place();
    let url = CodeCommit::url(CodeCommit::OTHER_HOST);
    let mut git = host.git(&workstation, OWN, &["ls-remote", &url]);
    let output = Output::of(git.env("AWS_PROFILE", "work"));
    assert!(
        output.code == 128 && output.stderr.contains("could not read Username"),
        "{output:?}"
    );
    assert!(!output.stderr.contains("kagiban"), "{output:?}");
    assert_eq!(host.log(), [format!("401 {} -", CodeCommit::OTHER_HOST)]);
}
