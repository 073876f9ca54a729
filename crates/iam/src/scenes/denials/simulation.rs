//! The simulator.

use super::text;
use crate::operations::*;
use crate::testing::{A, Credentials, World, allowing, document};
use crate::{Operation as _, wire};

const BOB: &str = "arn:aws:iam::111122223333:user/bob";

/// The operations that were tried.
pub(super) fn tried(world: &mut World, who: &Credentials) -> Vec<&'static str> {
    let actions = Some(vec!["ssm:GetParameter".to_owned()]);
    denials! { world, who:
        GetContextKeysForPrincipalPolicy(GetContextKeysForPrincipalPolicyRequest { policy_source_arn: text(BOB) }) on "user/bob";
        SimulatePrincipalPolicy(SimulatePrincipalPolicyRequest { policy_source_arn: text(BOB), action_names: actions }) on "user/bob";
    }
}

#[test]
fn policies_that_belong_to_nobody_are_simulated_on_everything() {
    let mut world = World::new();
    let alice = world.user("alice");
    let policies = Some(vec![document(&allowing("*"))]);
    let keys = wire::GetContextKeysForCustomPolicyRequest {
        policy_input_list: policies.clone(),
    };
    let simulate = wire::SimulateCustomPolicyRequest {
        policy_input_list: policies,
        action_names: Some(vec!["ssm:GetParameter".to_owned()]),
        ..Default::default()
    };
    for refused in [
        world.refused::<GetContextKeysForCustomPolicy>(&alice, keys),
        world.refused::<SimulateCustomPolicy>(&alice, simulate),
    ] {
        assert!(
            refused.contains("CustomPolicy on resource: * because"),
            "{refused}"
        );
    }
}
