//! `kms:ReplicateKey`: let a multi-Region key be in one more Region, with the same material and a policy,
//! tags and a description of its own there.

use std::sync::Arc;

use kagiban_aws::Region;
use kagiban_iam::document::KeyPolicy;
use kagiban_iam::records::Tag;
use kagiban_iam::tags::to_create;
use kagiban_iam::{Authorized, Call, Decision, Operation, Requirement, Scope, With, principals};

use super::create_key::{creation, demand_room};
use crate::metadata::{current_material_id, metadata};
use crate::records::{Key, KeyState, MultiRegion, keys};
use crate::siblings::{self, MAX_REGIONS};
use crate::spec::Origin;
use crate::standing::Needs;
use crate::wire::key_state::CREATING;
use crate::wire::multi_region_key_type::REPLICA;
use crate::{Found, KeyRef, KmsError, View, policy, tags, wire};

/// The primary key, where it is to have a replica, and what is the replica's own.
#[derive(Clone, Debug)]
pub struct ReplicateKey {
    key: KeyRef,
    region: Region,
    description: String,
    policy: Option<KeyPolicy>,
    bypass: bool,
    tags: Vec<Tag>,
}

impl Operation for ReplicateKey {
    const ACTION: &'static str = "kms:ReplicateKey";
    type Wire = wire::ReplicateKeyRequest;
    type Output = wire::ReplicateKeyResponse;
    type Error = KmsError;
    type View<'v> = View<'v>;

    fn parse(wire: wire::ReplicateKeyRequest) -> Result<ReplicateKey, KmsError> {
        Ok(ReplicateKey {
            key: KeyRef::of_key(wire.key_id)?,
            region: siblings::parse_region(wire.replica_region)?,
            description: wire.description.unwrap_or_default(),
            policy: wire.policy.as_deref().map(policy::parse).transpose()?,
            bypass: wire.bypass_policy_lockout_safety_check.unwrap_or(false),
            tags: tags::parse(wire.tags)?,
        })
    }

    /// To replicate the primary key in its Region, and to create (and tag) a key in the replica's.
    fn requirements(&self, call: &Call<'_>, view: &View<'_>) -> Result<Vec<Requirement>, KmsError> {
        let found = view.own(&self.key, call)?;
        let replicate = found
            .requirement(Self::ACTION, call)
            .when("kms:replicaregion", self.region.as_str())
            .when("kms:bypasspolicylockoutsafetycheck", self.bypass);
        let kind = (found.key.spec, found.key.usage);
        let create = creation(found.scope.account, kind, found.key.origin)
            .when("kms:multiregion", true)
            .when("kms:multiregionkeytype", REPLICA)
            .when("kms:bypasspolicylockoutsafetycheck", self.bypass);
        let there = to_create(create, "kms:TagResource", &self.tags)
            .into_iter()
            .map(|requirement| requirement.when("aws:requestedregion", self.region.as_str()));
        Ok([replicate].into_iter().chain(there).collect())
    }

    fn decide(
        request: Authorized<ReplicateKey>,
        call: &Call<'_>,
        view: &View<'_>,
        with: &With<'_>,
    ) -> Result<Decision<wire::ReplicateKeyResponse>, KmsError> {
        let found = view.own(&request.key, call)?;
        found.demand(Needs::Use)?;
        let regions = found.demand_multi_region_primary()?;
        let there = found.scope.at(request.region);
        demand_free(&found, regions, there, view)?;
        let policy = request.accepted_policy(&found, there, call, view)?;
        let mut regions = regions.clone();
        regions.replicas.insert(request.region);
        let replica = request.replica(&found, regions.clone(), policy, call);

        let mut txn = found.change(Self::ACTION, |key| key.multi_region = Some(regions.clone()))?;
        txn.absent(keys::key(there, &replica.id));
        txn.put(keys::key(there, &replica.id), &replica);
        view.copy_material(&found, there, with.entropy, &mut txn)?;
        let txn = view.with_siblings(txn, &found, |key| key.multi_region = Some(regions.clone()))?;
        let output = answer(replica, there, &found, view);
        Ok(Decision::write(txn, output))
    }
}

impl ReplicateKey {
    fn accepted_policy(
        &self,
        found: &Found,
        there: Scope,
        call: &Call<'_>,
        view: &View<'_>,
    ) -> Result<KeyPolicy, KmsError> {
        let call = Call {
            scope: there,
            ..*call
        };
        match &self.policy {
            Some(policy) => policy::accept(policy, &found.key.id, self.bypass, &call, view),
            None => Ok(policy::default(there.account)),
        }
    }

    /// What is shared is the primary key's, what is not is new.
    fn replica(&self, found: &Found, regions: MultiRegion, policy: KeyPolicy, call: &Call<'_>) -> Key {
        let state = match found.key.origin {
            Origin::AwsKms => KeyState::Enabled,
            Origin::External => KeyState::PendingImport,
        };
        Key {
            description: self.description.clone(),
            state,
            policy,
            created: call.facts.now,
            deletion: None,
            multi_region: Some(regions),
            tags: self.tags.clone(),
            ..Key::clone(&found.key)
        }
    }
}

fn demand_free(found: &Found, regions: &MultiRegion, there: Scope, view: &View<'_>) -> Result<(), KmsError> {
    if there == found.scope {
        // UNSURE: that it must be another Region is documented; AWS's sentence is not known.
        return Err(KmsError::Validation(format!(
            "ReplicaRegion {} is the Region of the primary key; name another one.",
            there.region
        )));
    }
    if let Ok(replica) = view.recorded(there, &found.key.id) {
        // UNSURE: AWS's sentence is not known.
        let text = format!("A replica with the key ARN {} already exists", replica.arn());
        return Err(KmsError::AlreadyExists(text));
    }
    if regions.all().count() >= MAX_REGIONS {
        return Err(KmsError::LimitExceeded(format!(
            "{} is in {MAX_REGIONS} Regions, which is the limit.",
            found.arn()
        )));
    }
    demand_room(view.kms.keyring(there).map_or(0, |keyring| keyring.keys.len()))
}

// DIFFERS: a replica is Creating for some seconds on AWS; here it can be used as soon as there is the
// answer, which still says Creating, because clients wait for the next state from there.
fn answer(replica: Key, there: Scope, found: &Found, view: &View<'_>) -> wire::ReplicateKeyResponse {
    let replica = Found {
        key: Arc::new(replica),
        scope: there,
        revision: None,
        alias: None,
        names: Default::default(),
        grants: None,
    };
    let tags = &replica.key.tags;
    let current = current_material_id(found, view.kms.keyring(found.scope));
    wire::ReplicateKeyResponse {
        replica_key_metadata: Some(wire::KeyMetadata {
            key_state: Some(CREATING.to_owned()),
            enabled: Some(false),
            ..metadata(&replica, current)
        }),
        replica_policy: Some(principals::shown(&replica.key.policy, view.iam)),
        replica_tags: (!tags.is_empty()).then(|| tags::wire(tags)),
    }
}
