//! Names and paths of what IAM keeps, parsed.

use std::fmt;
use std::ops::Deref;
use std::str::FromStr;

use crate::IamError;

/// A name of another alphabet or length than IAM's.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum InvalidName {
    /// No character, or more than the kind of name may have.
    #[error("The specified value for {what} is invalid. It must have between 1 and {max} characters")]
    Length {
        /// The parameter.
        what: &'static str,
        /// The most characters.
        max: usize,
    },
    /// A character beyond letters, digits and a few marks.
    #[error(
        "The specified value for {what} is invalid. It must contain only alphanumeric characters and/or the following: +=,.@_-"
    )]
    Character {
        /// The parameter.
        what: &'static str,
    },
    /// A path that does not begin and end with a slash, or has blanks.
    #[error(
        "The specified value for {what} is invalid. It must begin and end with / and contain only alphanumeric characters and/or / characters."
    )]
    Path {
        /// The parameter.
        what: &'static str,
    },
    /// A path that belongs to the services' own roles.
    #[error("{SERVICE_LINKED_ONLY}")]
    ServiceLinked,
}

/// What the paths of service-linked roles begin with, and of the policies that are made for them.
pub(crate) const SERVICE_LINKED_PATH: &str = "/aws-service-role/";

const SERVICE_LINKED_ONLY: &str =
    "Path prefix '/aws-service-role/' can only be used for AWS Service linked Roles";

impl From<InvalidName> for IamError {
    fn from(invalid: InvalidName) -> IamError {
        match invalid {
            InvalidName::ServiceLinked => IamError::InvalidInput(SERVICE_LINKED_ONLY),
            InvalidName::Length { .. } | InvalidName::Character { .. } | InvalidName::Path { .. } => {
                IamError::ValidationError(invalid.to_string())
            }
        }
    }
}

fn name(text: &str, what: &'static str, max: usize) -> Result<String, InvalidName> {
    let allowed = |b: u8| b.is_ascii_alphanumeric() || b"_+=,.@-".contains(&b);
    if text.is_empty() || text.len() > max {
        return Err(InvalidName::Length { what, max });
    }
    if !text.bytes().all(allowed) {
        return Err(InvalidName::Character { what });
    }
    Ok(text.to_owned())
}

macro_rules! names {
    ($($(#[$doc:meta])* $Name:ident: $what:literal up to $max:literal;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Debug, Eq, PartialEq)]
        pub struct $Name(String);

        impl $Name {
            /// Takes a member that the wire demands.
            ///
            /// # Errors
            ///
            /// A missing name counts as an empty one.
            pub fn required(wire: Option<String>) -> Result<$Name, IamError> {
                Ok(wire.unwrap_or_default().parse::<$Name>()?)
            }

            /// Takes a member that may be left out.
            ///
            /// # Errors
            ///
            /// If a name is there and wrong.
            pub fn optional(wire: Option<String>) -> Result<Option<$Name>, InvalidName> {
                wire.map(|name| name.parse()).transpose()
            }
        }

        impl FromStr for $Name {
            type Err = InvalidName;

            fn from_str(text: &str) -> Result<$Name, InvalidName> {
                name(text, $what, $max).map($Name)
            }
        }

        impl Deref for $Name {
            type Target = str;

            fn deref(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $Name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    )*};
}

names! {
    /// The name of a user to be made.
    UserName: "userName" up to 64;
    /// The name of a user who may exist: AWS reads longer ones there than it makes.
    ExistingUserName: "userName" up to 128;
    /// The name of a role.
    RoleName: "roleName" up to 64;
    /// The name of a group.
    GroupName: "groupName" up to 128;
    /// The name of a policy, managed or inline.
    PolicyName: "policyName" up to 128;
    /// The name of a virtual MFA device. AWS's model has no limit; the serial number's is 256.
    DeviceName: "virtualMFADeviceName" up to 226;
    /// The name of an instance profile.
    ProfileName: "instanceProfileName" up to 128;
}

/// A path, `/` or `/…/`: part of an ARN, not of a name's uniqueness.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Path(String);

impl Path {
    const MAX_LEN: usize = 512;

    /// Takes a member that may be left out, which then means `/`.
    ///
    /// # Errors
    ///
    /// [`InvalidName::Path`], and [`InvalidName::ServiceLinked`] for what only services make.
    pub fn optional(wire: Option<String>) -> Result<Path, InvalidName> {
        let path = wire.unwrap_or_else(|| "/".to_owned());
        let framed = path == "/" || (path.len() > 2 && path.starts_with('/') && path.ends_with('/'));
        if !framed || path.len() > Self::MAX_LEN || !path.bytes().all(|b| b.is_ascii_graphic()) {
            return Err(InvalidName::Path { what: "path" });
        }
        if path.starts_with(SERVICE_LINKED_PATH) {
            return Err(InvalidName::ServiceLinked);
        }
        Ok(Path(path))
    }
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What the paths of a list's entries begin with.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct PathPrefix(String);

impl PathPrefix {
    /// Takes a member that may be left out, which then means every path.
    ///
    /// # Errors
    ///
    /// [`InvalidName::Path`] if it does not begin with a slash.
    pub fn optional(wire: Option<String>) -> Result<PathPrefix, InvalidName> {
        let prefix = wire.unwrap_or_else(|| "/".to_owned());
        let plain = prefix.len() <= Path::MAX_LEN && prefix.bytes().all(|b| b.is_ascii_graphic());
        if !plain || !prefix.starts_with('/') {
            return Err(InvalidName::Path { what: "pathPrefix" });
        }
        Ok(PathPrefix(prefix))
    }

    /// Whether something of this path belongs to the list.
    pub fn takes(&self, path: &str) -> bool {
        path.starts_with(&self.0)
    }
}

impl fmt::Display for PathPrefix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_has_letters_digits_and_a_few_marks() {
        assert!("a.b_c+d=e,f@g-1".parse::<UserName>().is_ok());
        for text in ["a b", "a/b", "ä", "a:b"] {
            assert_eq!(
                text.parse::<UserName>(),
                Err(InvalidName::Character { what: "userName" })
            );
        }
    }

    #[test]
    fn a_name_is_as_long_as_its_kind_allows() {
        assert!("x".repeat(64).parse::<RoleName>().is_ok());
        assert!("x".repeat(65).parse::<RoleName>().is_err());
        assert!("x".repeat(128).parse::<PolicyName>().is_ok());
        assert!("".parse::<PolicyName>().is_err());
    }

    #[test]
    fn a_path_begins_and_ends_with_a_slash() {
        let path = |text: &str| Path::optional(Some(text.to_owned()));
        assert_eq!(Path::optional(None).unwrap().to_string(), "/");
        for good in ["/", "/a/", "/a/b/"] {
            assert_eq!(path(good).unwrap().to_string(), good);
        }
        for bad in ["", "a", "/a", "a/", "//", "/a b/"] {
            assert!(path(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn the_path_of_service_linked_roles_is_for_services_only() {
        for path in ["/aws-service-role/", "/aws-service-role/ssm.amazonaws.com/"] {
            let refused = IamError::from(Path::optional(Some(path.to_owned())).unwrap_err());
            assert_eq!(refused, IamError::InvalidInput(SERVICE_LINKED_ONLY));
        }
        assert!(Path::optional(Some("/service-role/".to_owned())).is_ok());
    }

    #[test]
    fn a_path_prefix_may_end_anywhere() {
        let prefix = PathPrefix::optional(Some("/te".into())).unwrap();
        assert!(prefix.takes("/team/"));
        assert!(!prefix.takes("/"));
    }
}
