//! `ssm:PutParameter`: add a version to a parameter, making it if need be.

use kagiban_aws::SecretString;
use kagiban_iam::records::Tag;
use kagiban_iam::{Authorized, Call, Decision, Operation, Requirement, Stored, With};
use kagiban_store::Txn;

use crate::data_type::DataType;
use crate::deleted::{Deleting, on_deleted};
use crate::pattern::AllowedPattern;
use crate::policies::{self, Policy};
use crate::records::{HistoricVersion, Parameter, ParameterType, Rare, Value, Version, keys};
use crate::secure::{DEFAULT_KEY, Vault};
use crate::tier::{Tier, TierQuestion, WantedTier};
use crate::{ParameterError, ParameterName, View, access, quotas, references, tags, value, wire};

/// A version to be written. What is none is kept from the version before.
#[derive(Clone, Debug)]
pub struct PutParameter {
    name: ParameterName,
    value: SecretString,
    references: Box<[Box<str>]>,
    kind: Option<ParameterType>,
    key: Option<String>,
    overwrite: bool,
    description: Option<String>,
    allowed_pattern: Option<String>,
    data_type: Option<DataType>,
    tier: Option<WantedTier>,
    policies: Option<String>,
    tags: Vec<Tag>,
}

impl Operation for PutParameter {
    const ACTION: &'static str = "ssm:PutParameter";
    type Wire = wire::PutParameterRequest;
    type Output = wire::PutParameterResult;
    type Error = ParameterError;
    type View<'v> = View<'v>;

    fn parse(wire: wire::PutParameterRequest) -> Result<PutParameter, ParameterError> {
        let value = value::parse(wire.value.unwrap_or_default())?;
        let overwrite = wire.overwrite.unwrap_or(false);
        if overwrite && wire.tags.as_ref().is_some_and(|tags| !tags.is_empty()) {
            return Err(ParameterError::OverwriteWithTags);
        }
        Ok(PutParameter {
            name: ParameterName::parse_new(&wire.name.unwrap_or_default())?,
            data_type: wire.data_type.map(|name| DataType::parse(&name)).transpose()?,
            references: value::references(&value)?,
            value,
            kind: wire.r#type.as_deref().map(ParameterType::parse),
            key: wire.key_id,
            overwrite,
            description: wire.description,
            allowed_pattern: wire.allowed_pattern,
            tier: wire.tier.as_deref().map(WantedTier::parse),
            policies: wire.policies,
            tags: tags::parse(wire.tags)?,
        })
    }

    fn requirements(&self, call: &Call<'_>, view: &View<'_>) -> Result<Vec<Requirement>, ParameterError> {
        self.name.fits(call.scope)?;
        let on = |action| access::requesting(access::on(action, &self.name, call, view), &self.tags);
        let put = on(Self::ACTION)
            .when("ssm:overwrite", self.overwrite)
            .when("ssm:policies", self.policies.is_some());
        let tag = (!self.tags.is_empty()).then(|| on("ssm:AddTagsToResource"));
        let purge = self.destroys_deleted(call, view);
        let purge = purge.then(|| on_deleted("ssm:DeleteParameter", &self.name, call, view));
        Ok([put].into_iter().chain(tag).chain(purge).collect())
    }

    /// To hold a value against a pattern may take a processor a while, whoever gave the pattern.
    fn is_slow(&self, call: &Call<'_>, view: &View<'_>) -> bool {
        let kept = || {
            let existing = view.parameter(call.scope, &self.name, call.facts.now);
            existing.is_some_and(|existing| existing.current.allowed_pattern().is_some())
        };
        match &self.allowed_pattern {
            Some(given) => !given.is_empty(),
            None => kept(),
        }
    }

    fn decide(
        request: Authorized<PutParameter>,
        call: &Call<'_>,
        view: &View<'_>,
        with: &With<'_>,
    ) -> Result<Decision<wire::PutParameterResult>, ParameterError> {
        request.write(call, view, with)
    }
}

impl PutParameter {
    /// An old version once more, for who may put the parameter; with a key of its own if it is a SecureString.
    pub(crate) fn again(name: ParameterName, value: SecretString, old: &Version, key: Option<&str>) -> Self {
        let kind = old.value.kind();
        PutParameter {
            name,
            value,
            references: old.references().into(),
            kind: Some(kind),
            key: key
                .filter(|_| kind == ParameterType::SecureString)
                .map(str::to_owned),
            overwrite: true,
            description: Some(old.description.as_deref().unwrap_or_default().to_owned()),
            allowed_pattern: Some(old.allowed_pattern().unwrap_or_default().to_owned()),
            data_type: Some(DataType::of(Some(old.data_type()))),
            tier: None,
            policies: None,
            tags: Vec::new(),
        }
    }

    /// Whether what was deleted under the name before goes for good: at once, because an expired parameter
    /// takes its place, or when this one expires, which is then nobody's doing but who wrote the policy.
    fn destroys_deleted(&self, call: &Call<'_>, view: &View<'_>) -> bool {
        let PutParameter { name, policies, .. } = self;
        let now = call.facts.now;
        let over_expired = || {
            let expired = view.ssm.parameter(call.scope, name);
            expired.is_some_and(|expired| expired.has_expired(now))
        };
        let will_expire = || {
            let policies = policies.as_deref().map(|text| policies::parse(text, now));
            policies.is_some_and(|policies| policies.is_ok_and(|all| policies::expiry(&all).is_some()))
        };
        view.ssm.deleted(call.scope, name).is_some() && (over_expired() || will_expire())
    }

    /// Decides what comes of it for a caller who may do it.
    ///
    /// # Errors
    ///
    /// PutParameter's.
    pub(crate) fn write(
        &self,
        call: &Call<'_>,
        view: &View<'_>,
        with: &With<'_>,
    ) -> Result<Decision<wire::PutParameterResult>, ParameterError> {
        let existing = view.parameter(call.scope, &self.name, call.facts.now);
        if existing.is_some() && !self.overwrite {
            return Err(ParameterError::AlreadyExists);
        }
        let draft = Draft {
            request: self,
            existing,
            call,
            view,
            with,
        };
        let kind = draft.kind()?;
        draft.references(kind)?;
        let rare = draft.rare(kind)?;
        let policies = draft.policies()?;
        let tier = draft.tier(&policies)?;
        let rare = Rare { policies, ..rare }.boxed();
        draft.admitted(tier)?;
        draft.room()?;
        let Decision {
            mut txn,
            output: value,
        } = draft.value(kind, tier)?;
        let version = draft.version(value, tier, rare);
        let output = wire::PutParameterResult {
            version: Some(version.number),
            tier: Some(tier.as_str().to_owned()),
        };
        txn.merge(draft.write(version));
        Ok(Decision::write(txn, output))
    }
}

/// A version on its way, in the order of AWS's checks.
struct Draft<'d> {
    request: &'d PutParameter,
    existing: Option<&'d Stored<Parameter>>,
    call: &'d Call<'d>,
    view: &'d View<'d>,
    with: &'d With<'d>,
}

impl Draft<'_> {
    fn before(&self) -> Option<&Version> {
        self.existing.map(|parameter| &parameter.current)
    }

    /// The type may change: AWS lets it, though it once said it would not.
    fn kind(&self) -> Result<ParameterType, ParameterError> {
        let kept = || self.before().map(|version| version.value.kind());
        self.request
            .kind
            .or_else(kept)
            .ok_or(ParameterError::TypeRequired)
    }

    /// Where the account does not have references resolved, they are as wrong as on AWS.
    fn references(&self, kind: ParameterType) -> Result<(), ParameterError> {
        let PutParameter { name, references, .. } = self.request;
        let Draft { call, view, .. } = *self;
        if references.is_empty() {
            return Ok(());
        }
        if !references::is_chosen(call, view) {
            return Err(value::nested());
        }
        references::Writing::new(name, kind, call, view).hold(references)
    }

    /// Pattern and data type, with the value as it is written held against both.
    fn rare(&self, kind: ParameterType) -> Result<Rare, ParameterError> {
        let PutParameter {
            value,
            key,
            allowed_pattern,
            data_type,
            ..
        } = self.request;
        let before = self
            .before()
            .and_then(|version| version.rare.as_deref())
            .cloned()
            .unwrap_or_default();
        let allowed_pattern = given_or(allowed_pattern.as_deref(), before.allowed_pattern);
        if let Some(pattern) = &allowed_pattern {
            AllowedPattern::parse(pattern)?.hold(kind, value.expose())?;
        }
        if key.is_some() && kind != ParameterType::SecureString {
            return Err(ParameterError::KeyWithoutSecureString);
        }
        let data_type = match data_type {
            Some(given) => given.stored(),
            None => before.data_type,
        };
        DataType::of(data_type.as_deref()).hold(kind, value.expose())?;
        Ok(Rare {
            allowed_pattern,
            data_type,
            policies: Box::default(),
            references: self.request.references.clone(),
        })
    }

    /// Those of the request in the place of all others, or those there were.
    fn policies(&self) -> Result<Box<[Policy]>, ParameterError> {
        match &self.request.policies {
            Some(text) => policies::parse(text, self.with.now),
            None => Ok(policies::inherited(self.before().map_or(&[], Version::policies))),
        }
    }

    /// What the request says, or the account's default. An existing parameter keeps its tier where that
    /// default is a plain tier; Intelligent-Tiering looks at every request.
    fn wanted_tier(&self) -> Option<WantedTier> {
        let default = || self.view.ssm.default_tier(self.call.scope);
        self.request.tier.or_else(|| match default() {
            WantedTier::Exactly(_) if self.existing.is_some() => None,
            default => Some(default),
        })
    }

    fn tier(&self, policies: &[Policy]) -> Result<Tier, ParameterError> {
        let wanted = self.wanted_tier();
        let tier = TierQuestion {
            wanted,
            existing: self.before().map(|version| version.tier),
            value_bytes: self.request.value.expose().len(),
            policies: !policies.is_empty(),
        }
        .decide()?;
        let full = quotas::is_full(self.view.ssm, self.call.scope, Tier::Standard);
        match tier {
            Tier::Standard if full && self.existing.is_none() && wanted == Some(WantedTier::Intelligent) => {
                Ok(Tier::Advanced)
            }
            _ => Ok(tier),
        }
    }

    /// Whether there is room for the parameter, where the account wants AWS's limits kept.
    //
    // DIFFERS: AWS takes 10,000 standard and 100,000 advanced parameters per account and Region
    // because it has to share; here the memory of one's own machine is the limit, unless the
    // account says otherwise.
    fn admitted(&self, tier: Tier) -> Result<(), ParameterError> {
        let counted = self.before().is_some_and(|version| version.tier == tier);
        if !counted && quotas::is_full(self.view.ssm, self.call.scope, tier) {
            return Err(ParameterError::TooManyParameters(tier));
        }
        Ok(())
    }

    /// Whether there is room for one more version of the parameter.
    fn room(&self) -> Result<(), ParameterError> {
        match self.existing {
            Some(parameter)
                if self
                    .pushed_out()
                    .is_some_and(|oldest| parameter.labels_of(oldest).next().is_some()) =>
            {
                Err(ParameterError::OldestIsLabelled {
                    name: self.request.name.to_string(),
                    version: parameter.oldest(),
                })
            }
            _ => Ok(()),
        }
    }

    /// The version that has to go for the new one.
    fn pushed_out(&self) -> Option<i64> {
        let oldest = self.number() - Parameter::VERSIONS;
        (oldest >= 1).then_some(oldest)
    }

    fn number(&self) -> i64 {
        self.before().map_or(0, |version| version.number) + 1
    }

    /// A key that is left out is the default key again, whatever the version before had.
    fn value(&self, kind: ParameterType, tier: Tier) -> Result<Decision<Value>, ParameterError> {
        let PutParameter { name, value, key, .. } = self.request;
        match kind {
            ParameterType::String => Ok(Decision::read(Value::String(value.clone()))),
            ParameterType::StringList => Ok(Decision::read(Value::StringList(value.clone()))),
            ParameterType::SecureString => {
                let arn = name.arn(self.call.scope);
                let vault = Vault {
                    arn,
                    call: self.call,
                    view: self.view,
                    with: self.with,
                };
                let sealed = vault.seal(value, key.as_deref().unwrap_or(DEFAULT_KEY), tier)?;
                Ok(sealed.map(Value::SecureString))
            }
        }
    }

    fn version(&self, value: Value, tier: Tier, rare: Option<Box<Rare>>) -> Version {
        let before = self.before().and_then(|version| version.description.clone());
        Version {
            number: self.number(),
            value,
            tier,
            modified: self.with.now,
            modified_by: self.call.caller.arn.as_str().into(),
            description: given_or(self.request.description.as_deref(), before),
            rare,
            rest: Default::default(),
        }
    }

    fn write(&self, version: Version) -> Txn {
        let PutParameter { name, tags, .. } = self.request;
        let scope = self.call.scope;
        let key = keys::parameter(scope, name);
        let Some(parameter) = self.existing else {
            return self.write_first(Parameter::first(name, version, tags));
        };
        let mut txn = Txn::new();
        txn.unchanged(key.clone(), Some(parameter.revision));
        let old = HistoricVersion {
            version: parameter.current.clone(),
            rest: Default::default(),
        };
        txn.put(
            keys::version(scope, name, parameter.life, old.version.number),
            &old,
        );
        if let Some(oldest) = self.pushed_out() {
            txn.delete(keys::version(scope, name, parameter.life, oldest));
        }
        txn.put(key, &parameter.with_version(version));
        txn
    }

    /// A parameter that has expired may still be there: then it is deleted now. What was deleted keeps
    /// the place of its history until it is purged.
    fn write_first(&self, mut parameter: Parameter) -> Txn {
        let PutParameter { name, .. } = self.request;
        let scope = self.call.scope;
        let key = keys::parameter(scope, name);
        let mut txn = Txn::new();
        if let Some(expired) = self.view.ssm.parameter(scope, name) {
            txn.unchanged(key.clone(), Some(expired.revision));
            txn.merge(Deleting::of_expired(self.view.ssm, scope, self.with.now).set_aside(expired));
            parameter.life = expired.life.wrapping_add(1);
        } else {
            let deleted = self.view.ssm.deleted(scope, name);
            let seen = deleted.map(|deleted| deleted.revision);
            txn.absent(key.clone())
                .unchanged(keys::deleted(scope, name), seen);
            parameter.life = deleted.map_or(0, |deleted| deleted.life.wrapping_add(1));
        }
        txn.put(key, &parameter);
        txn
    }
}

/// What a request gives, or what was there before; an empty text removes it.
fn given_or(given: Option<&str>, before: Option<Box<str>>) -> Option<Box<str>> {
    match given {
        Some(given) => (!given.is_empty()).then(|| given.into()),
        None => before,
    }
}
