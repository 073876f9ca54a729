//! Makes a case that fails smaller, one piece at a time, while it still fails.

use crate::case::{Condition, Document, Policies, Request, Statement};

/// The smallest case found.
pub(crate) fn shrink(
    mut policies: Policies,
    mut request: Request,
    fails: impl Fn(&Policies, &Request) -> bool,
) -> (Policies, Request) {
    loop {
        if let Some(smaller) = smaller(&policies)
            .into_iter()
            .find(|smaller| fails(smaller, &request))
        {
            policies = smaller;
        } else if let Some(smaller) = plainer(&request)
            .into_iter()
            .find(|plainer| fails(&policies, plainer))
        {
            request = smaller;
        } else {
            return (policies, request);
        }
    }
}

fn smaller(policies: &Policies) -> Vec<Policies> {
    let with = |change: &dyn Fn(&mut Policies)| {
        let mut changed = policies.clone();
        change(&mut changed);
        changed
    };
    let mut all = Vec::new();
    if policies.boundary.is_some() {
        all.push(with(&|p| p.boundary = None));
    }
    if policies.session.is_some() {
        all.push(with(&|p| p.session = None));
    }
    if policies.resource.is_some() {
        all.push(with(&|p| p.resource = None));
    }
    if policies.granted.is_some() {
        all.push(with(&|p| p.granted = None));
    }
    all.extend(without_one(&policies.identity).map(|identity| with(&|p| p.identity.clone_from(&identity))));
    all.extend(without_one(&policies.control).map(|control| with(&|p| p.control.clone_from(&control))));
    if let Some(session) = &policies.session {
        all.extend(without_one(session).map(|session| with(&|p| p.session = Some(session.clone()))));
    }
    for place in 0..documents(&mut policies.clone()).len() {
        let document = documents(&mut policies.clone())[place].clone();
        let simpler = simpler_document(&document);
        all.extend(simpler.map(|simpler| with(&|p| *documents(p)[place] = simpler.clone())));
    }
    all
}

fn documents(policies: &mut Policies) -> Vec<&mut Document> {
    let own = policies.identity.iter_mut().chain(&mut policies.boundary);
    own.chain(policies.session.iter_mut().flatten())
        .chain(policies.control.iter_mut().flatten())
        .chain(&mut policies.resource)
        .collect()
}

fn simpler_document(document: &Document) -> impl Iterator<Item = Document> {
    let with = |statements| Document {
        statements,
        ..document.clone()
    };
    let fewer = without_one(&document.statements).filter(|statements| !statements.is_empty());
    let simpler = (0..document.statements.len()).flat_map(|place| {
        simpler_statement(&document.statements[place])
            .into_iter()
            .map(move |simpler| (place, simpler))
    });
    let replaced = simpler.map(|(place, simpler)| {
        let mut statements = document.statements.clone();
        statements[place] = simpler;
        statements
    });
    fewer.chain(replaced).map(with).collect::<Vec<_>>().into_iter()
}

fn simpler_statement(statement: &Statement) -> Vec<Statement> {
    let with = |change: &dyn Fn(&mut Statement)| {
        let mut changed = statement.clone();
        change(&mut changed);
        changed
    };
    let mut all = Vec::new();
    all.extend(
        without_one(&statement.conditions).map(|conditions| with(&|s| s.conditions.clone_from(&conditions))),
    );
    all.extend(
        shorter(&statement.action.listed).map(|listed| with(&|s| s.action.listed.clone_from(&listed))),
    );
    for (place, Condition { values, .. }) in statement.conditions.iter().enumerate() {
        all.extend(shorter(values).map(|values| with(&|s| s.conditions[place].values.clone_from(&values))));
    }
    if let Some(resource) = &statement.resource {
        let fewer = shorter(&resource.listed);
        all.extend(fewer.map(|listed| with(&|s| s.resource.as_mut().unwrap().listed.clone_from(&listed))));
    }
    if let Some(principal) = &statement.principal {
        let fewer = shorter(&principal.listed);
        all.extend(fewer.map(|listed| with(&|s| s.principal.as_mut().unwrap().listed.clone_from(&listed))));
    }
    all
}

fn plainer(request: &Request) -> Vec<Request> {
    without_one(&request.facts)
        .map(|facts| Request {
            facts,
            ..request.clone()
        })
        .collect()
}

/// The list with each of its items left out in turn.
fn without_one<T: Clone>(list: &[T]) -> impl Iterator<Item = Vec<T>> {
    (0..list.len()).map(|place| {
        let mut fewer = list.to_vec();
        fewer.remove(place);
        fewer
    })
}

/// As [`without_one`], but never empty.
fn shorter<T: Clone>(list: &[T]) -> impl Iterator<Item = Vec<T>> {
    without_one(list).filter(|list| !list.is_empty())
}
