//! The simulator.

use super::{denied_on_anything, text};
use crate::operations::*;
use crate::testing::{A, Credentials, World, allowing, document};
use crate::{Operation as _, wire};

const BOB: &str = "arn:aws:iam::111122223333:user/bob";

/// The operations that were tried. Policies that belong to nobody are simulated on everything.
pub(super) fn tried(world: &mut World, who: &Credentials) -> Vec<&'static str> {
    let actions = Some(vec!["ssm:GetParameter".to_owned()]);
    let policies = Some(vec![document(&allowing("*"))]);
    let keys = wire::GetContextKeysForCustomPolicyRequest {
        policy_input_list: policies.clone(),
    };
    let simulate = wire::SimulateCustomPolicyRequest {
        policy_input_list: policies,
        action_names: actions.clone(),
        ..Default::default()
    };
    let mut tried = denials! { world, who:
        GetContextKeysForPrincipalPolicy(GetContextKeysForPrincipalPolicyRequest { policy_source_arn: text(BOB) }) on "user/bob";
        SimulatePrincipalPolicy(SimulatePrincipalPolicyRequest { policy_source_arn: text(BOB), action_names: actions }) on "user/bob";
    };
    tried.push(denied_on_anything::<GetContextKeysForCustomPolicy>(
        world, who, keys,
    ));
    tried.push(denied_on_anything::<SimulateCustomPolicy>(world, who, simulate));
    tried
}
