use std::error::Error;
use std::fs::File;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use kagiban_ssm::public::{PublicParameters, WrittenParameters};

/// More than this is no list of parameters but a wrong file.
const MAX_BYTES: u64 = 16 << 20;

/// Reads the public parameters that the operator has written down: JSON in a file called `….json`, TOML
/// in any other. They are as old as the file.
///
/// # Errors
///
/// The file cannot be read or is too long; or there is a mistake in it, which is told with its line.
pub fn read(path: &Path) -> Result<PublicParameters, PublicParametersError> {
    let unreadable = |source| PublicParametersError::Read {
        path: path.to_owned(),
        source,
    };
    let file = File::open(path).map_err(unreadable)?;
    let modified = file.metadata().and_then(|file| file.modified());
    let modified = modified.map_err(unreadable)?;
    let mut text = String::new();
    let mut limited = file.take(MAX_BYTES + 1);
    limited.read_to_string(&mut text).map_err(unreadable)?;
    if limited.limit() == 0 {
        return Err(PublicParametersError::TooLong {
            path: path.to_owned(),
        });
    }
    let json = path.extension().is_some_and(|extension| extension == "json");
    let written = parse(&text, json).map_err(|source| PublicParametersError::Parse {
        path: path.to_owned(),
        source,
    })?;
    Ok(PublicParameters::new(written, modified.into()))
}

fn parse(text: &str, json: bool) -> Result<WrittenParameters, Box<dyn Error + Send + Sync>> {
    Ok(match json {
        true => serde_json::from_str(text)?,
        false => toml::from_str(text)?,
    })
}

/// Why there are no public parameters.
#[derive(Debug, thiserror::Error)]
pub enum PublicParametersError {
    /// The file cannot be read.
    #[error("cannot read the public parameters from `{}`", .path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// The file is longer than any list of parameters.
    #[error("the file of public parameters `{}` has more than {} MiB", .path.display(), MAX_BYTES >> 20)]
    TooLong {
        /// The file.
        path: PathBuf,
    },
    /// The file says something that makes no sense; the source has line and column.
    #[error("the file of public parameters `{}` has a mistake", .path.display())]
    Parse {
        /// The file.
        path: PathBuf,
        /// Where and what.
        source: Box<dyn Error + Send + Sync>,
    },
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn both_kinds_of_files_are_read() {
        let toml = "['/aws/service/x']\nvalue = 'v'\ntype = 'StringList'";
        let json = r#"{"/aws/service/x": {"value": "v", "type": "StringList"}}"#;
        for (text, is_json) in [("", false), (toml, false), ("{}", true), (json, true)] {
            assert!(parse(text, is_json).is_ok(), "{text}");
        }
    }

    #[test]
    fn a_mistake_is_told_with_its_line() {
        let said = |text: &str| parse(text, false).unwrap_err().to_string();
        let name = said("['/aws/service/x']\nvalue = 'v'\n['/app/x']\nvalue = 'v'\n");
        assert!(name.contains("line 3") && name.contains("`/app/x`"), "{name}");
        let value = said("['/aws/service/x']\nvalue = 'v'\n['/aws/service/y']\nvalue = ''\n");
        assert!(
            value.contains("line 3") && value.contains("1 to 4096 bytes"),
            "{value}"
        );
        let twice = said("['/aws/service/x']\nvalue = 'v'\n['/aws/service/x']\nvalue = 'w'\n");
        assert!(
            twice.contains("line 3") && twice.contains("duplicate key"),
            "{twice}"
        );
    }

    #[test]
    fn a_file_that_is_missing_or_too_long_is_refused_by_name() {
        let directory = tempfile::tempdir().unwrap();
        let missing = directory.path().join("none.toml");
        let said = read(&missing).unwrap_err().to_string();
        assert!(said.contains("none.toml"), "{said}");
        let long = directory.path().join("long.toml");
        fs::write(&long, "#".repeat((16 << 20) + 1)).unwrap();
        let said = read(&long).unwrap_err().to_string();
        assert!(said.ends_with("has more than 16 MiB"), "{said}");
    }
}
