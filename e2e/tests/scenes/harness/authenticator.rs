//! The app on a person's phone: it reads QR codes and shows codes that change.
//!
//! Nothing of the server's own takes part: the picture is read by other libraries, and the codes are
//! Python's.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};

use super::{Credentials, Output, Server, clients_directory, venv_binary};

/// An enrolled device.
pub(crate) struct Authenticator {
    pub(crate) serial: String,
    pub(crate) seed: String,
}

/// Seconds of a time step.
const STEP: u64 = 30;

impl Server {
    /// Makes a virtual MFA device by the CLI, whose seed comes as text.
    pub(crate) fn authenticator(&self, who: &Credentials, name: &str) -> Authenticator {
        let file = self.scratch("authenticator").join(name);
        let serial = self.bootstrap(who, name, "Base32StringSeed", &file);
        let seed = std::fs::read_to_string(file).unwrap();
        Authenticator { serial, seed }
    }

    /// Makes a virtual MFA device by the CLI, which writes what the app needs into `file`.
    pub(crate) fn bootstrap(&self, who: &Credentials, name: &str, method: &str, file: &Path) -> String {
        let file = file.display().to_string();
        let arguments = [
            "iam",
            "create-virtual-mfa-device",
            "--virtual-mfa-device-name",
            name,
            "--bootstrap-method",
            method,
            "--outfile",
            &file,
            "--query",
            "VirtualMFADevice.SerialNumber",
        ];
        self.aws_text(who, &arguments)
    }

    /// Gives the device to a user; the codes of this moment and the next are still unused then.
    pub(crate) fn enable(&self, who: &Credentials, user: &str, device: &Authenticator) {
        wait_for_the_middle_of_a_step();
        assert_eq!(self.try_enable(who, user, device, -2).text(), "");
    }

    /// Tries to give the device to a user with the codes of this step and the next, counted from now.
    pub(crate) fn try_enable(
        &self,
        who: &Credentials,
        user: &str,
        device: &Authenticator,
        first: i64,
    ) -> Output {
        let (one, two) = (device.code(first), device.code(first + 1));
        let codes = ["--authentication-code1", &one, "--authentication-code2", &two];
        let device = ["--user-name", user, "--serial-number", &device.serial];
        self.aws(
            who,
            &[&["iam", "enable-mfa-device"][..], &device, &codes].concat(),
        )
    }
}

impl Authenticator {
    /// The code of the step so many steps from now.
    pub(crate) fn code(&self, ahead: i64) -> String {
        let mut python = Command::new(venv_binary("python"));
        let ahead = ahead.to_string();
        Output::of(python.arg(program()).args([&self.seed, &ahead])).text()
    }

    /// A command line that prints the code of whenever it runs.
    pub(crate) fn process(&self) -> String {
        let python = venv_binary("python").display().to_string();
        format!("'{python}' '{}' {}", program().display(), self.seed)
    }

    /// What a person answers who reads the code off the app once asked, for `terminal.py`.
    pub(crate) fn answer(&self) -> Value {
        json!({"totp": self.seed})
    }
}

fn program() -> PathBuf {
    clients_directory().join("totp.py")
}

/// Reads the text of a QR code out of a PNG.
pub(crate) fn scanned(file: &Path) -> String {
    let file = std::io::BufReader::new(std::fs::File::open(file).unwrap());
    let mut decoder = png::Decoder::new(file);
    decoder.set_transformations(png::Transformations::EXPAND);
    let mut reader = decoder.read_info().unwrap();
    let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
    let info = reader.next_frame(&mut pixels).unwrap();
    let (width, height) = (info.width as usize, info.height as usize);
    let mut picture =
        rqrr::PreparedImage::prepare_from_greyscale(width, height, |x, y| pixels[y * width + x]);
    let grids = picture.detect_grids();
    assert_eq!(grids.len(), 1, "one QR code");
    grids[0].decode().unwrap().1
}

/// Waits until a step is neither about to end nor just begun, so that "now" means the same to all.
fn wait_for_the_middle_of_a_step() {
    let into = now().as_secs() % STEP;
    if into > 18 {
        std::thread::sleep(Duration::from_secs(STEP - into + 1));
    }
}

fn now() -> Duration {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap()
}
