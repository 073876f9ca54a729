//! Holding a value's references against the rules when it is written.

use kagiban_iam::{Allowances, Call};

use super::{MAX_DEPTH, MAX_REFERENCES, READ, circular, exposed, parse, too_deep, too_many};
use crate::records::{Parameter, ParameterType};
use crate::{ParameterError, ParameterName, View, access};

/// The value of which parameter is about to be written, and of what type.
pub(crate) struct Writing<'w> {
    name: &'w ParameterName,
    kind: ParameterType,
    call: &'w Call<'w>,
    view: &'w View<'w>,
    /// What the writer may not read is not looked into: a refusal would tell of it.
    allowances: Allowances<'w>,
}

impl<'w> Writing<'w> {
    pub(crate) fn new(
        name: &'w ParameterName,
        kind: ParameterType,
        call: &'w Call<'w>,
        view: &'w View<'w>,
    ) -> Writing<'w> {
        Writing {
            name,
            kind,
            call,
            view,
            allowances: Allowances::of(call, view.iam),
        }
    }

    /// Holds a value's references against the rules, as far as the newest versions tell that the writer
    /// may read. What they name may be missing yet, and all is asked again when the value is read.
    ///
    /// # Errors
    ///
    /// `Validation`: they lead back to the parameter, too deep, to too many, or from a plain text to a
    /// secret.
    pub(crate) fn hold(&self, references: &[Box<str>]) -> Result<(), ParameterError> {
        if references.len() > MAX_REFERENCES {
            return Err(too_many(self.name));
        }
        for text in references {
            let Some(target) = self.newest(text) else {
                continue;
            };
            let secret = target.current.value.kind() == ParameterType::SecureString;
            if secret && self.kind != ParameterType::SecureString {
                return Err(exposed(self.name, text));
            }
        }
        let mut steps = 0;
        self.follow(references, 1, &mut steps)
    }

    fn follow(&self, references: &[Box<str>], depth: usize, steps: &mut usize) -> Result<(), ParameterError> {
        for text in references {
            *steps += 1;
            if depth > MAX_DEPTH {
                return Err(too_deep(self.name));
            }
            if *steps > MAX_REFERENCES {
                return Err(too_many(self.name));
            }
            let Some(reference) = parse(text) else {
                continue;
            };
            // A version that is there already is not the one about to be written.
            let back = reference.selector.is_none() && reference.name.canonical() == self.name.canonical();
            if back {
                return Err(circular(self.name));
            }
            if let Some(target) = self.newest(text) {
                self.follow(target.current.references(), depth + 1, steps)?;
            }
        }
        Ok(())
    }

    /// The parameter that a reference names, if the writer may read it and it means the version that is
    /// newest now.
    fn newest(&self, text: &str) -> Option<&Parameter> {
        let reference = parse(text)?;
        let read = access::on(READ, &reference.name, self.call, self.view);
        let target = self
            .view
            .readable(self.call.scope, &reference.name, self.call.facts.now)
            .filter(|_| self.allowances.has(&read))?;
        let number = reference.version_of(target).ok()?;
        (number == target.current.number).then_some(target)
    }
}
