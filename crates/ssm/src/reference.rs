//! The ways to name a parameter, or one of its versions, when reading.
//!
//! `name`, `name:version`, `name:label`, and the ARN with or without such a selector.

use kagiban_aws::{AccountId, Arn};
use kagiban_iam::Scope;

use crate::name::InvalidName;
use crate::records::Parameter;
use crate::{ParameterError, ParameterName};

/// A parameter, or a version of it, as a caller names it for reading.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct ParameterRef {
    /// The whole text, outer blanks cut.
    pub(crate) asked: String,
    /// The name in it.
    pub(crate) name: ParameterName,
    /// Which version.
    pub(crate) selector: Option<Selector>,
    /// The ARN it was named by, without the selector.
    pub(crate) arn: Option<Arn>,
}

/// What stands after the name.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum Selector {
    /// All digits.
    Version(String),
    /// Anything else.
    Label(String),
    /// More than one selector: no parameter has such a name.
    Several,
}

impl Selector {
    fn parse(text: &str) -> Selector {
        match text {
            _ if text.contains(':') => Selector::Several,
            _ if !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit()) => {
                Selector::Version(text.to_owned())
            }
            _ => Selector::Label(text.to_owned()),
        }
    }

    /// As answers print it.
    pub(crate) fn printed(&self) -> String {
        match self {
            Selector::Version(text) | Selector::Label(text) => format!(":{text}"),
            Selector::Several => String::new(),
        }
    }
}

impl ParameterRef {
    /// Reads a reference.
    ///
    /// # Errors
    ///
    /// `Malformed` for anything that is none of the forms.
    pub(crate) fn parse(text: &str) -> Result<ParameterRef, InvalidName> {
        let asked = text.trim_matches(|c: char| c <= ' ');
        if asked.starts_with("arn:") {
            return Self::parse_arn(asked);
        }
        let (name, selector) = split(asked);
        let (name, selector) = (name.parse()?, selector.map(Selector::parse));
        Ok(ParameterRef {
            asked: asked.to_owned(),
            name,
            selector,
            arn: None,
        })
    }

    fn parse_arn(asked: &str) -> Result<ParameterRef, InvalidName> {
        let whole: Arn = asked.parse().map_err(|_| InvalidName::Malformed)?;
        let resource = whole.resource();
        let path = resource
            .strip_prefix("parameter")
            .filter(|path| path.starts_with('/'));
        let path = path
            .filter(|_| whole.service() == "ssm")
            .ok_or(InvalidName::Malformed)?;
        let (name, selector) = split(path);
        let before_selector = asked.len() - path.len() + name.len();
        let arn = asked[..before_selector]
            .parse()
            .map_err(|_| InvalidName::Malformed)?;
        let (name, selector) = (name.parse()?, selector.map(Selector::parse));
        Ok(ParameterRef {
            asked: asked.to_owned(),
            name,
            selector,
            arn: Some(arn),
        })
    }

    /// Whether it names a parameter of this account and Region.
    pub(crate) fn is_in(&self, scope: Scope) -> bool {
        self.arn.as_ref().is_none_or(|arn| *arn == self.name.arn(scope))
    }

    /// The parameter's ARN: as it was given, or what it is in the request's scope.
    pub(crate) fn arn(&self, scope: Scope) -> Arn {
        self.arn.clone().unwrap_or_else(|| self.name.arn(scope))
    }

    /// The account that owns it.
    pub(crate) fn owner(&self, scope: Scope) -> AccountId {
        self.arn
            .as_ref()
            .and_then(Arn::account_id)
            .unwrap_or(scope.account)
    }

    /// The number of the version that is meant.
    ///
    /// # Errors
    ///
    /// `NotFound`, `NoSuchVersion` or `NoSuchLabel`. A number that this gives is one that is kept.
    pub(crate) fn version_of(&self, parameter: &Parameter) -> Result<i64, ParameterError> {
        let name = || self.name.to_string();
        match &self.selector {
            None => Ok(parameter.current.number),
            Some(Selector::Several) => Err(ParameterError::NotFound(self.asked.clone())),
            Some(Selector::Version(version)) => {
                let kept = parameter.oldest()..=parameter.current.number;
                let number = version.parse().ok().filter(|number| kept.contains(number));
                number.ok_or_else(|| ParameterError::NoSuchVersion {
                    name: name(),
                    version: version.clone(),
                })
            }
            Some(Selector::Label(label)) => {
                parameter
                    .labelled(label)
                    .ok_or_else(|| ParameterError::NoSuchLabel {
                        name: name(),
                        label: label.clone(),
                    })
            }
        }
    }

    /// The name as answers print it: in the spelling asked for, or the stored one for an ARN.
    pub(crate) fn printed_name(&self, parameter: &Parameter) -> String {
        match self.arn {
            None => self.name.to_string(),
            Some(_) => parameter.name.to_string(),
        }
    }
}

/// A name and what stands after the first colon.
fn split(text: &str) -> (&str, Option<&str>) {
    match text.split_once(':') {
        Some((name, selector)) => (name, Some(selector)),
        None => (text, None),
    }
}

#[cfg(test)]
mod tests {
    use kagiban_aws::Region;
    use proptest::prelude::*;

    use super::*;

    const ARN: &str = "arn:aws:ssm:us-east-1:111122223333:parameter/a/b";

    fn scope() -> Scope {
        Scope {
            account: "111122223333".parse().unwrap(),
            region: Region::us_east_1(),
        }
    }

    fn parse(text: &str) -> ParameterRef {
        ParameterRef::parse(text).unwrap()
    }

    #[test]
    fn digits_select_a_version_and_anything_else_a_label() {
        assert_eq!(parse("x").selector, None);
        assert_eq!(parse("x:12").selector, Some(Selector::Version("12".into())));
        assert_eq!(parse("x:prod").selector, Some(Selector::Label("prod".into())));
        assert_eq!(parse("x:2:3").selector, Some(Selector::Several));
        assert_eq!(parse("/a/b:1").name.as_str(), "/a/b");
    }

    #[test]
    fn an_arn_names_the_parameter_of_its_account() {
        let own = parse(&format!("{ARN}:3"));
        assert_eq!(
            (
                own.name.as_str(),
                own.selector.as_ref().unwrap().printed().as_str()
            ),
            ("/a/b", ":3")
        );
        assert_eq!(own.arn(scope()).as_str(), ARN);
        assert!(own.is_in(scope()));
        let foreign = parse("arn:aws:ssm:us-east-1:999999999999:parameter/a/b");
        assert!(!foreign.is_in(scope()));
        assert_eq!(foreign.owner(scope()).to_string(), "999999999999");
    }

    #[test]
    fn what_is_no_form_is_malformed() {
        for text in [
            "",
            "a/b",
            "a b:1",
            "arn:aws:s3:::x",
            "arn:aws:ssm:us-east-1:111122223333:document/x",
            "arn:aws:ssm:us-east-1:111122223333:parameter",
        ] {
            assert_eq!(ParameterRef::parse(text), Err(InvalidName::Malformed), "{text}");
        }
    }

    proptest! {
        #[test]
        fn reading_any_text_never_panics(text in "(arn:aws:ssm:us-east-1:111122223333:parameter)?[ -~]{0,30}") {
            let _ = ParameterRef::parse(&text);
        }
    }
}
