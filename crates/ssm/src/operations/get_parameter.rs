//! `ssm:GetParameter`: read one parameter, or one of its versions.

use kagiban_iam::{Authorized, Call, Decision, Operation, Requirement, With};
use kagiban_store::{Entry, Key};

use crate::reading::{self, Reader};
use crate::reference::ParameterRef;
use crate::references::{self, Reach};
use crate::{ParameterError, View, access, wire};

/// What to read.
#[derive(Clone, Debug)]
pub struct GetParameter {
    reference: ParameterRef,
    decrypt: bool,
}

impl Operation for GetParameter {
    const ACTION: &'static str = "ssm:GetParameter";
    type Wire = wire::GetParameterRequest;
    type Output = wire::GetParameterResult;
    type Error = ParameterError;
    type View<'v> = View<'v>;

    fn parse(wire: wire::GetParameterRequest) -> Result<GetParameter, ParameterError> {
        Ok(GetParameter {
            reference: ParameterRef::parse(&wire.name.unwrap_or_default())?,
            decrypt: wire.with_decryption.unwrap_or(false),
        })
    }

    fn requirements(&self, call: &Call<'_>, view: &View<'_>) -> Result<Vec<Requirement>, ParameterError> {
        let GetParameter { reference, .. } = self;
        let requirement = access::on_reference(Self::ACTION, reference, call, view);
        if reference.is_in(call.scope)
            && view
                .readable(call.scope, &reference.name, call.facts.now)
                .is_none()
        {
            access::of_missing(&requirement, call, view)?;
        }
        // Who may not read the parameter itself is told nothing of where it leads.
        let follow =
            references::is_chosen(call, view) && kagiban_iam::allowed(&requirement, call, view.iam).is_ok();
        let mut requirements = vec![requirement];
        if follow {
            requirements.extend(self.reach(call, view, &[]).requirements(call, view));
        }
        Ok(requirements)
    }

    /// What older versions refer to.
    fn further_requirements(&self, call: &Call<'_>, view: &View<'_>, cold: &[Entry]) -> Vec<Requirement> {
        match references::is_chosen(call, view) {
            true => self.reach(call, view, cold).requirements(call, view),
            false => Vec::new(),
        }
    }

    fn cold(&self, call: &Call<'_>, view: &View<'_>) -> Vec<Key> {
        let mut cold = self.reach(call, view, &[]).cold;
        cold.extend(reading::cold_of_shared(&self.reference, call, view));
        cold
    }

    fn colder(&self, call: &Call<'_>, view: &View<'_>, cold: &[Entry]) -> Vec<Key> {
        self.reach(call, view, cold).lacking(cold)
    }

    fn decide(
        request: Authorized<GetParameter>,
        call: &Call<'_>,
        view: &View<'_>,
        with: &With<'_>,
    ) -> Result<Decision<wire::GetParameterResult>, ParameterError> {
        let reader = Reader {
            call,
            view,
            with,
            decrypt: request.decrypt,
            home: call.scope,
        };
        let parameter = Some(reader.find(&request.reference)?);
        Ok(Decision::read(wire::GetParameterResult { parameter }))
    }
}

impl GetParameter {
    fn reach(&self, call: &Call<'_>, view: &View<'_>, cold: &[Entry]) -> Reach {
        let root = reading::root(&self.reference, call, view);
        Reach::of(root, self.decrypt, call, view, cold)
    }
}
