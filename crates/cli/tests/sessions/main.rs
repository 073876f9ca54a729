//! The plugin, the real binary, against a gateway and an agent made of the session crate.

#![expect(clippy::unwrap_used, reason = "everything here is a test, helpers too")]

mod node;
mod plugin;
mod ports;
mod shells;

use plugin::run;

#[test]
fn the_aws_cli_accepts_the_version() {
    let output = run(&["--version"]);
    let version = String::from_utf8(output.stdout).unwrap();
    let numbers: Vec<u32> = version
        .trim()
        .split('.')
        .map(|number| number.parse().unwrap())
        .collect();
    assert!(output.status.success() && numbers.len() == 4);
    assert!(numbers >= vec![1, 2, 764, 0], "{version}");
}

#[test]
fn arguments_that_make_no_sense_are_told_and_end_well() {
    for (arguments, text) in [
        (&[][..], "was installed successfully"),
        (&["help"], "Unknown operation help"),
        (&["{}", "us-east-1"], "Unknown operation"),
        (&["{}", "us-east-1", "Dance"], "Invalid Operation"),
        (&["{}", "us-east-1", "StartSession"], "cannot be read"),
        (
            &[
                "AWS_SSM_START_SESSION_RESPONSE",
                "us-east-1",
                "StartSession",
                "",
                "{}",
                "",
            ],
            "cannot be read",
        ),
    ] {
        let output = run(arguments);
        let printed = String::from_utf8(output.stdout).unwrap();
        assert!(
            output.status.success() && printed.contains(text),
            "{arguments:?}: {printed}"
        );
    }
}
