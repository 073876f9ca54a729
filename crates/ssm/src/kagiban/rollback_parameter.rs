//! `kagiban:RollbackParameter`: make an old version the newest once more.
//!
//! The version comes back as it was, with its type, description, pattern and data type, as a new
//! version; nothing of the history is undone. A SecureString is decrypted and encrypted anew with the
//! caller's rights, under the key of the version that is newest now: a parameter that was moved to
//! another key stays there.

use kagiban_iam::{Authorized, Call, Decision, Operation, Requirement, With};
use kagiban_store::Key;

use super::wire;
use crate::operations::PutParameter;
use crate::reading::{self, Reader};
use crate::reference::{ParameterRef, Selector};
use crate::{InvalidName, ParameterError, View, access};

/// Which version to make the newest.
#[derive(Clone, Debug)]
pub struct RollbackParameter {
    version: ParameterRef,
}

impl Operation for RollbackParameter {
    const ACTION: &'static str = "kagiban:RollbackParameter";
    type Wire = wire::RollbackParameterRequest;
    type Output = wire::RollbackParameterResponse;
    type Error = ParameterError;
    type View<'v> = View<'v>;

    fn parse(wire: wire::RollbackParameterRequest) -> Result<RollbackParameter, ParameterError> {
        let selector = match (wire.version, wire.label) {
            (Some(version), None) => Selector::Version(version.to_string()),
            (None, Some(label)) => Selector::Label(label),
            _ => {
                let one = "name the version by either Version or Label".to_owned();
                return Err(ParameterError::InvalidInput(one));
            }
        };
        let version = ParameterRef::parse(&wire.name.unwrap_or_default())?;
        if version.selector.is_some() || version.arn.is_some() {
            return Err(InvalidName::Malformed.into());
        }
        Ok(RollbackParameter {
            version: ParameterRef {
                selector: Some(selector),
                ..version
            },
        })
    }

    fn requirements(&self, call: &Call<'_>, view: &View<'_>) -> Result<Vec<Requirement>, ParameterError> {
        let on = |action| access::on(action, &self.version.name, call, view);
        let put = on("ssm:PutParameter")
            .when("ssm:overwrite", true)
            .when("ssm:policies", false);
        Ok(vec![on("ssm:GetParameterHistory"), put])
    }

    fn cold(&self, call: &Call<'_>, view: &View<'_>) -> Vec<Key> {
        reading::cold(&self.version, call, view).into_iter().collect()
    }

    /// The old version may have a pattern, which its value is held against once more.
    fn is_slow(&self, _call: &Call<'_>, _view: &View<'_>) -> bool {
        true
    }

    fn decide(
        request: Authorized<RollbackParameter>,
        call: &Call<'_>,
        view: &View<'_>,
        with: &With<'_>,
    ) -> Result<Decision<wire::RollbackParameterResponse>, ParameterError> {
        let RollbackParameter { version } = request.into_inner();
        let name = version.name.clone();
        let parameter = view.parameter(call.scope, &name, call.facts.now);
        let parameter = parameter.ok_or_else(|| ParameterError::NotFound(name.to_string()))?;
        let reader = Reader {
            call,
            view,
            with,
            decrypt: true,
            home: call.scope,
        };
        let old = reader.version(parameter, version.version_of(parameter)?)?;
        let value = reader.value(&name, &old)?;
        let key = parameter.current.value.key().or(old.value.key());
        let put = PutParameter::again(name.clone(), value, &old, key);
        let written = put.write(call, view, with)?;
        Ok(written.map(|written| wire::RollbackParameterResponse {
            name: Some(name.to_string()),
            version: written.version,
            tier: written.tier,
        }))
    }
}
