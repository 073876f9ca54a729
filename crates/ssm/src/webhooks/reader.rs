//! Who may be told of what has happened.

use std::collections::HashMap as Memo;

use kagiban_iam::{Allowances, Call};

use crate::records::Told;
use crate::{ParameterName, View};

/// Somebody who is told only of parameters that they may read by themselves.
pub(crate) struct Reader<'r> {
    view: &'r View<'r>,
    call: &'r Call<'r>,
    allowances: Allowances<'r>,
    /// What was decided of parameters that are known.
    decided: Memo<Box<str>, bool>,
}

impl<'r> Reader<'r> {
    pub(crate) fn new(view: &'r View<'r>, call: &'r Call<'r>) -> Reader<'r> {
        Reader {
            view,
            call,
            allowances: Allowances::of(call, view.iam),
            decided: Memo::new(),
        }
    }

    /// Whether they may be told of this. Of a parameter that nobody knows any more nobody is told if its tags
    /// are not known either: a policy could have asked for them.
    pub(crate) fn may_learn(&mut self, told: &Told) -> bool {
        if let Some(decided) = self.decided.get(&told.name) {
            return *decided;
        }
        let name = ParameterName::stored(&told.name);
        let Call { scope, facts, .. } = *self.call;
        let is_known = self.view.parameter(scope, &name, facts.now).is_some()
            || self.view.ssm.deleted(scope, &name).is_some();
        let tags = match &told.tags {
            Some(tags) => &**tags,
            None if is_known => &[],
            None => return false,
        };
        let may = self.allowances.has(&self.view.learning(&name, tags, self.call));
        if is_known {
            self.decided.insert(told.name.clone(), may);
        }
        may
    }
}
