//! `ssm:RegisterManagedInstance`: become a managed node, with an activation's id and code.
//!
//! Nobody signs: the code is the proof. It is held against its hash before anything else is looked at, and
//! wrong ones are counted with the activation. Sent again by the same machine, because an answer was lost
//! or somebody recorded it, it answers with the same node and makes no other.
//!
//! Nothing but the activation says in which Region the node will be: AWS's agent has its Region from whoever
//! set it up, and calls a Region's own address. Our own says it, so that a wrong one is refused at once.

use kagiban_aws::{SecretString, sigv4};
use kagiban_iam::{Authorized, Call, Decision, Operation, Requirement, Scope, Stored, With};
use kagiban_store::Txn;

use super::wire;
use crate::nodes::activation::counted;
use crate::nodes::{NodeError, NodeId, NodeKind, Nodes};
use crate::records::{Activation, Node, keys};
use crate::{ParameterError, View};

/// Who wants to be a node, and by which activation.
#[derive(Clone, Debug)]
pub struct RegisterManagedInstance {
    activation: String,
    code: SecretString,
    fingerprint: String,
    /// DER of a public key; none if it cannot be used as one.
    public_key: Option<Vec<u8>>,
    /// Where the machine will call, if it says so.
    region: Option<String>,
}

impl Operation for RegisterManagedInstance {
    const UNSIGNED: bool = true;
    const ACTION: &'static str = "ssm:RegisterManagedInstance";
    type Wire = wire::RegisterManagedInstanceRequest;
    type Output = wire::RegisterManagedInstanceResult;
    type Error = ParameterError;
    type View<'v> = View<'v>;

    // DIFFERS: what EC2's instances and Greengrass's cores send, a role in place of an activation, or
    // nothing but a signature, is not taken: there is nobody here who vouches for them.
    fn parse(wire: wire::RegisterManagedInstanceRequest) -> Result<RegisterManagedInstance, ParameterError> {
        Ok(RegisterManagedInstance {
            activation: wire.activation_id.unwrap_or_default(),
            code: wire.activation_code.unwrap_or_default(),
            fingerprint: wire.fingerprint.unwrap_or_default(),
            public_key: public_key(&wire.public_key.unwrap_or_default()),
            region: wire.region,
        })
    }

    /// The code is the proof, so this is where it is verified.
    fn requirements(&self, call: &Call<'_>, view: &View<'_>) -> Result<Vec<Requirement>, ParameterError> {
        let (home, _) = self.proven(call, view)?;
        let Scope { account, region } = home;
        let arn = format!("arn:aws:ssm:{region}:{account}:activation/{}", self.activation);
        Ok(vec![Requirement::on(Self::ACTION, arn, account).exempt()])
    }

    fn decide(
        request: Authorized<RegisterManagedInstance>,
        call: &Call<'_>,
        view: &View<'_>,
        with: &With<'_>,
    ) -> Result<Decision<wire::RegisterManagedInstanceResult>, ParameterError> {
        let (home, activation) = request.proven(call, view)?;
        let public_key = request.public_key.as_deref().ok_or(NodeError::InvalidPublicKey)?;
        if let Some(known) = request.registered(home, public_key, view)? {
            return Ok(Decision::read(answer(known)));
        }
        if activation.has_expired(with.now) {
            return Err(NodeError::ActivationExpired.into());
        }
        if activation.registrations >= activation.limit {
            return Err(NodeError::RegistrationLimitExceeded.into());
        }
        let id = NodeId::new(NodeKind::of(&activation.rights), with.entropy);
        let node = request.node(activation, public_key, with);
        let mut txn = Txn::new();
        // First, so that all who lose a race for a key stand in one line.
        let newest = view.ssm.nodes(home).map(Nodes::newest);
        txn.prefix_unchanged_since(keys::nodes(home), newest.unwrap_or_default())
            .merge(registering(home, &request.activation, activation, (&id, &node)));
        Ok(Decision::write(txn, answer(&id)))
    }

    fn home(&self, view: &View<'_>) -> Option<Scope> {
        let found = view.ssm.activation_anywhere(&self.activation);
        found.map(|(home, _)| home)
    }

    fn found(output: &wire::RegisterManagedInstanceResult, home: Scope) -> Option<String> {
        let node = NodeId::parse(output.instance_id.as_deref()?)?;
        Some(node.arn(home).to_string())
    }

    fn aftermath(error: &ParameterError, call: &Call<'_>, view: &View<'_>) -> Txn {
        match error {
            ParameterError::Node(error) => counted(error, view.ssm, call.facts.now),
            _ => Txn::new(),
        }
    }
}

/// Reads a public key; none for what signatures could not be verified with.
pub(super) fn public_key(text: &str) -> Option<Vec<u8>> {
    use base64::Engine as _;
    let der = base64::engine::general_purpose::STANDARD.decode(text).ok()?;
    sigv4::is_public_key(&der).then_some(der)
}

fn answer(id: &NodeId) -> wire::RegisterManagedInstanceResult {
    wire::RegisterManagedInstanceResult {
        instance_id: Some(id.to_string()),
    }
}

/// Counts and registers in one: of two machines that race for the last place one is refused.
fn registering(
    home: Scope,
    activation_id: &str,
    old: &Stored<Activation>,
    (id, node): (&NodeId, &Node),
) -> Txn {
    let activation = Activation {
        registrations: old.registrations + 1,
        guesses: None,
        ..Activation::clone(old)
    };
    let [activation_key, node_key] = [keys::activation(home, activation_id), keys::node(home, id)];
    let mut txn = Txn::new();
    txn.unchanged(activation_key.clone(), Some(old.revision))
        .put(activation_key, &activation)
        .absent(node_key.clone())
        .put(node_key, node);
    txn
}

impl RegisterManagedInstance {
    /// The activation whose code was given, in whichever account and Region: an unsigned request names none.
    fn proven<'v>(
        &self,
        call: &Call<'_>,
        view: &View<'v>,
    ) -> Result<(Scope, &'v Stored<Activation>), NodeError> {
        let found = view.ssm.activation_anywhere(&self.activation);
        let (home, activation) = found.ok_or(NodeError::InvalidActivation)?;
        activation.prove(&self.activation, &self.code, call.facts.now)?;
        match &self.region {
            Some(given) if given != home.region.as_str() => Err(NodeError::OtherRegion {
                home: home.region,
                given: given.as_str().into(),
            }),
            _ => Ok((home, activation)),
        }
    }

    /// The node that this very machine has become with this activation already.
    ///
    /// # Errors
    ///
    /// `KeyTaken` for another machine's key.
    fn registered<'v>(
        &self,
        home: Scope,
        public_key: &[u8],
        view: &View<'v>,
    ) -> Result<Option<&'v NodeId>, NodeError> {
        match view.ssm.nodes(home).and_then(|nodes| nodes.with_key(public_key)) {
            None => Ok(None),
            Some((id, node))
                if *node.activation == *self.activation && *node.fingerprint == *self.fingerprint =>
            {
                Ok(Some(id))
            }
            Some(_) => Err(NodeError::KeyTaken),
        }
    }

    fn node(&self, activation: &Activation, public_key: &[u8], with: &With<'_>) -> Node {
        Node {
            activation: self.activation.as_str().into(),
            rights: activation.rights.clone(),
            name: activation.default_instance_name.clone(),
            public_key: public_key.into(),
            next_public_key: None,
            key_announced: None,
            fingerprint: self.fingerprint.as_str().into(),
            registered: with.now,
            tags: activation.tags.clone(),
            reported: None,
            last_ping: None,
            rest: Default::default(),
        }
    }
}
