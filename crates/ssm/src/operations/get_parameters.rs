//! `ssm:GetParameters`: read up to ten parameters.

use kagiban_iam::{Allowances, Authorized, Call, Decision, Operation, Requirement, With};
use kagiban_store::{Entry, Key};

use crate::reading::{self, Reader};
use crate::reference::ParameterRef;
use crate::references::{self, Reach};
use crate::{ParameterError, View, access, wire};

/// What to read; one of each distinct name.
#[derive(Clone, Debug)]
pub struct GetParameters {
    references: Vec<ParameterRef>,
    decrypt: bool,
}

impl Operation for GetParameters {
    const ACTION: &'static str = "ssm:GetParameters";
    type Wire = wire::GetParametersRequest;
    type Output = wire::GetParametersResult;
    type Error = ParameterError;
    type View<'v> = View<'v>;

    fn parse(wire: wire::GetParametersRequest) -> Result<GetParameters, ParameterError> {
        let mut references = Vec::new();
        for name in wire.names.unwrap_or_default() {
            let reference = ParameterRef::parse(&name)?;
            if !references.contains(&reference) {
                references.push(reference);
            }
        }
        Ok(GetParameters {
            references,
            decrypt: wire.with_decryption.unwrap_or(false),
        })
    }

    fn requirements(&self, call: &Call<'_>, view: &View<'_>) -> Result<Vec<Requirement>, ParameterError> {
        let requirement = |reference| access::on_reference(Self::ACTION, reference, call, view);
        let mut requirements: Vec<Requirement> = self.references.iter().map(requirement).collect();
        if references::is_chosen(call, view) {
            let more = self.referred(&requirements, call, view, &[]);
            requirements.extend(more);
        }
        Ok(requirements)
    }

    /// What older versions refer to.
    fn further_requirements(&self, call: &Call<'_>, view: &View<'_>, cold: &[Entry]) -> Vec<Requirement> {
        if !references::is_chosen(call, view) {
            return Vec::new();
        }
        let asked = self.references.iter();
        let asked: Vec<_> = asked
            .map(|reference| access::on_reference(Self::ACTION, reference, call, view))
            .collect();
        self.referred(&asked, call, view, cold)
    }

    fn cold(&self, call: &Call<'_>, view: &View<'_>) -> Vec<Key> {
        let shared = |reference| reading::cold_of_shared(reference, call, view);
        let mut cold = self.reach(call, view, &[]).cold;
        cold.extend(self.references.iter().filter_map(shared));
        cold
    }

    fn colder(&self, call: &Call<'_>, view: &View<'_>, cold: &[Entry]) -> Vec<Key> {
        self.reach(call, view, cold).lacking(cold)
    }

    fn decide(
        request: Authorized<GetParameters>,
        call: &Call<'_>,
        view: &View<'_>,
        with: &With<'_>,
    ) -> Result<Decision<wire::GetParametersResult>, ParameterError> {
        use ParameterError::{NoSuchLabel, NoSuchSecret, NoSuchVersion, NotFound, Unresolved};

        let reader = Reader {
            call,
            view,
            with,
            decrypt: request.decrypt,
            home: call.scope,
        };
        let (mut parameters, mut invalid) = (Vec::new(), Vec::new());
        for reference in &request.references {
            match reader.find(reference) {
                Ok(parameter) => parameters.push(parameter),
                Err(NotFound(_) | NoSuchSecret(_) | NoSuchVersion { .. } | NoSuchLabel { .. }) => {
                    invalid.push(reference.asked.clone());
                }
                // One bad reference does not take the other parameters from their readers.
                Err(Unresolved(_)) => invalid.push(reference.asked.clone()),
                Err(error) => return Err(error),
            }
        }
        Ok(Decision::read(wire::GetParametersResult {
            parameters: Some(parameters),
            invalid_parameters: Some(invalid),
        }))
    }
}

impl GetParameters {
    /// The references that the caller may follow, for the audit: what leads elsewhere is invalid, and the
    /// rest is answered. Nothing for who may not read all that is `asked` for.
    fn referred(
        &self,
        asked: &[Requirement],
        call: &Call<'_>,
        view: &View<'_>,
        cold: &[Entry],
    ) -> Vec<Requirement> {
        let allowances = Allowances::of(call, view.iam);
        if !asked.iter().all(|requirement| allowances.has(requirement)) {
            return Vec::new();
        }
        let mut referred = self.reach(call, view, cold).requirements(call, view);
        referred.retain(|requirement| allowances.has(requirement));
        referred
    }

    fn reach(&self, call: &Call<'_>, view: &View<'_>, cold: &[Entry]) -> Reach {
        let asked = self.references.iter();
        let roots = asked.filter_map(|reference| reading::root(reference, call, view));
        Reach::of(roots, self.decrypt, call, view, cold)
    }
}
