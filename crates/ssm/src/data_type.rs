//! Data types: what a parameter's text stands for.

use crate::ParameterError;
use crate::records::{ParameterType, Version};

/// A data type that is supported.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum DataType {
    Text,
    /// The id of a machine image.
    Image,
    /// The settings of an integration.
    Integration,
}

const IMAGE: &str = "aws:ec2:image";
const INTEGRATION: &str = "aws:ssm:integration";

impl DataType {
    /// Reads a data type's name.
    ///
    /// # Errors
    ///
    /// `Validation` for any other name.
    pub(crate) fn parse(name: &str) -> Result<DataType, ParameterError> {
        match name {
            Version::TEXT => Ok(DataType::Text),
            IMAGE => Ok(DataType::Image),
            INTEGRATION => Ok(DataType::Integration),
            other => Err(ParameterError::Validation(format!(
                "The following data type is not supported: {other} (Data type names are all lowercase.)"
            ))),
        }
    }

    /// The data type of a stored version.
    pub(crate) fn of(stored: Option<&str>) -> DataType {
        match stored {
            Some(IMAGE) => DataType::Image,
            Some(INTEGRATION) => DataType::Integration,
            _ => DataType::Text,
        }
    }

    /// What a version keeps of it: the ordinary one is not written.
    pub(crate) fn stored(self) -> Option<Box<str>> {
        match self {
            DataType::Text => None,
            DataType::Image => Some(IMAGE.into()),
            DataType::Integration => Some(INTEGRATION.into()),
        }
    }

    /// Holds a value against the data type.
    ///
    /// AWS looks images up, afterwards and elsewhere; here only the form of the id is looked at.
    ///
    /// # Errors
    ///
    /// `Validation`.
    pub(crate) fn hold(self, kind: ParameterType, value: &str) -> Result<(), ParameterError> {
        // UNSURE: AWS's own sentences have not been seen.
        let refuse = |why: &str| Err(ParameterError::Validation(why.to_owned()));
        match self {
            DataType::Text | DataType::Integration => Ok(()),
            DataType::Image if kind != ParameterType::String => {
                refuse("The data type aws:ec2:image is supported for parameters of type String only.")
            }
            DataType::Image if !is_image_id(value) => refuse(
                "The value of a parameter with data type aws:ec2:image must be an image id such as ami-0123456789abcdef0.",
            ),
            DataType::Image => Ok(()),
        }
    }
}

fn is_image_id(value: &str) -> bool {
    let hex = |digit: u8| digit.is_ascii_digit() || (b'a'..=b'f').contains(&digit);
    let digits = value.strip_prefix("ami-");
    digits.is_some_and(|digits| (8..=17).contains(&digits.len()) && digits.bytes().all(hex))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_data_type_is_refused_in_the_words_of_aws() {
        let refused = DataType::parse("Text").unwrap_err();
        insta::assert_snapshot!(refused, @"The following data type is not supported: Text (Data type names are all lowercase.)");
    }

    #[test]
    fn an_image_is_named_by_a_string_of_the_right_form() {
        let hold = |kind, value| DataType::Image.hold(kind, value).is_ok();
        assert!(hold(ParameterType::String, "ami-12345678"));
        assert!(!hold(ParameterType::String, "ami-1234567g"));
        assert!(!hold(ParameterType::String, "ami-1234567"));
        assert!(!hold(ParameterType::SecureString, "ami-12345678"));
    }
}
