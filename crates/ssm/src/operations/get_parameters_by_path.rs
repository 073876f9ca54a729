//! `ssm:GetParametersByPath`: read what lies below a path.

use kagiban_iam::{Allowances, Authorized, Call, Decision, Operation, Requirement, With};
use kagiban_store::{Entry, Key};

use crate::filter::{Filters, Of};
use crate::listing::{self, Found};
use crate::page::Listing;
use crate::path::ParameterPath;
use crate::reading::{Printed, Reader};
use crate::records::Parameter;
use crate::references::{self, Reach};
use crate::{ParameterError, ParameterName, View, access, wire};

const MAX_RESULTS: i32 = 10;

/// Which path to read, and how deep.
#[derive(Clone, Debug)]
pub struct GetParametersByPath {
    path: ParameterPath,
    recursive: bool,
    filters: Filters,
    decrypt: bool,
    most: usize,
    token: Option<String>,
}

impl Operation for GetParametersByPath {
    const ACTION: &'static str = "ssm:GetParametersByPath";
    type Wire = wire::GetParametersByPathRequest;
    type Output = wire::GetParametersByPathResult;
    type Error = ParameterError;
    type View<'v> = View<'v>;

    fn parse(wire: wire::GetParametersByPathRequest) -> Result<GetParametersByPath, ParameterError> {
        Ok(GetParametersByPath {
            path: ParameterPath::parse(&wire.path.unwrap_or_default())?,
            recursive: wire.recursive.unwrap_or(false),
            filters: Filters::parse(wire.parameter_filters, Of::ByPath)?,
            decrypt: wire.with_decryption.unwrap_or(false),
            most: usize::try_from(wire.max_results.unwrap_or(MAX_RESULTS)).unwrap_or_default(),
            token: wire.next_token,
        })
    }

    /// The path itself is the resource: who may read it may read all below it. An account may choose to
    /// be asked for each parameter as well (`strict-path-authorization`): then what the caller may not
    /// read is left out, and a page may be short or empty and have a successor.
    fn requirements(&self, call: &Call<'_>, _view: &View<'_>) -> Result<Vec<Requirement>, ParameterError> {
        Ok(vec![access::on_path(&self.path, self.recursive, call)])
    }

    /// A filter by label means the versions that bear it, which may be old ones.
    fn cold(&self, call: &Call<'_>, view: &View<'_>) -> Vec<Key> {
        self.reach(call, view, &[]).cold
    }

    fn colder(&self, call: &Call<'_>, view: &View<'_>, cold: &[Entry]) -> Vec<Key> {
        self.reach(call, view, cold).lacking(cold)
    }

    fn decide(
        request: Authorized<GetParametersByPath>,
        call: &Call<'_>,
        view: &View<'_>,
        with: &With<'_>,
    ) -> Result<Decision<wire::GetParametersByPathResult>, ParameterError> {
        let page = request.page(call, view)?;
        let reader = Reader {
            call,
            view,
            with,
            decrypt: request.decrypt,
            home: call.scope,
        };
        let read = |parameter: &Parameter| {
            let version = reader.version(parameter, request.version_of(parameter))?;
            let label = request.filters.label_of(parameter);
            let printed = Printed {
                name: parameter.name.to_string(),
                selector: label.map(|label| format!(":{label}")),
            };
            reader.parameter(printed, &ParameterName::stored(&parameter.name), &version)
        };
        let parameters = page
            .parameters
            .into_iter()
            .map(|parameter| read(parameter))
            // Whoever writes one bad reference does not take the whole path from its readers.
            .filter(|read| !matches!(read, Err(ParameterError::Unresolved(_))))
            .collect::<Result<_, _>>()?;
        let filters = request.listed();
        let listing = Listing {
            action: Self::ACTION,
            scope: call.scope,
            filters: &filters,
        };
        let next_token = page
            .next
            .map(|place| view.pages.seal(listing, &place, with.now, with.entropy));
        Ok(Decision::read(wire::GetParametersByPathResult {
            parameters: Some(parameters),
            next_token,
        }))
    }
}

impl GetParametersByPath {
    fn page<'v>(&self, call: &Call<'_>, view: &View<'v>) -> Result<Found<'v>, ParameterError> {
        let filters = self.listed();
        let listing = Listing {
            action: Self::ACTION,
            scope: call.scope,
            filters: &filters,
        };
        let from = match &self.token {
            Some(token) => view.pages.open(listing, token, call.facts.now)?,
            None => String::new(),
        };
        let all = match self.path.is_public() {
            true => Some(view.public.all()),
            false => view.ssm.parameters(call.scope),
        };
        let Some(parameters) = all else {
            return Ok(Found::default());
        };
        let spans = [self.path.span(self.recursive)];
        let mut found = listing::walk(parameters, &spans, &from, self.most, |name, parameter| {
            !parameter.has_expired(call.facts.now) && self.filters.accept(name, parameter)
        });
        if view.ssm.settings(call.scope).strict_paths {
            let allowances = Allowances::of(call, view.iam);
            found.parameters.retain(|parameter| {
                let name = ParameterName::stored(&parameter.name);
                let each = access::on(Self::ACTION, &name, call, view);
                allowances.has(&each.when("ssm:recursive", self.recursive))
            });
        }
        Ok(found)
    }

    fn reach(&self, call: &Call<'_>, view: &View<'_>, cold: &[Entry]) -> Reach {
        let leads_anywhere = self.filters.by_label() || references::is_chosen(call, view);
        let page = leads_anywhere.then(|| self.page(call, view).ok()).flatten();
        let found = page.unwrap_or_default().parameters.into_iter();
        let roots = found.map(|parameter| (&**parameter, self.version_of(parameter)));
        Reach::of(roots, self.decrypt, call, view, cold)
    }

    fn version_of(&self, parameter: &Parameter) -> i64 {
        let labelled = self
            .filters
            .label_of(parameter)
            .and_then(|label| parameter.labelled(label));
        labelled.unwrap_or(parameter.current.number)
    }

    /// What a page's token is bound to. A path holds no `|`.
    fn listed(&self) -> String {
        format!("{}|{}|{}", self.path.as_str(), self.recursive, self.filters.text)
    }
}
