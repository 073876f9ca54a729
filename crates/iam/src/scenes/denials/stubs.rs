//! Operations that answer with nothing.

use super::{POLICY, denied_on_anything, text};
use crate::operations::*;
use crate::testing::{A, Credentials, World};
use crate::{Operation as _, wire};

/// The operations that were tried.
pub(super) fn tried(world: &mut World, who: &Credentials) -> Vec<&'static str> {
    let details = wire::GetServiceLastAccessedDetailsRequest {
        job_id: text("00000000-0000-7000-8000-000000000000"),
        ..Default::default()
    };
    let mut tried = denials! { world, who:
        GenerateServiceLastAccessedDetails(GenerateServiceLastAccessedDetailsRequest { arn: text(POLICY) }) on "policy/p";
        ListPoliciesGrantingServiceAccess(ListPoliciesGrantingServiceAccessRequest { arn: text("arn:aws:iam::111122223333:role/app") }) on "role/app";
        ListSSHPublicKeys(ListSSHPublicKeysRequest { user_name: text("bob") }) on "user/bob";
        ListSigningCertificates(ListSigningCertificatesRequest { user_name: text("bob") }) on "user/bob";
        ListServiceSpecificCredentials(ListServiceSpecificCredentialsRequest { user_name: text("bob") }) on "user/bob";
        ListServerCertificates(ListServerCertificatesRequest {  }) on "server-certificate/";
    };
    tried.push(denied_on_anything::<GetServiceLastAccessedDetails>(
        world, who, details,
    ));
    tried.push(denied_on_anything::<SetSecurityTokenServicePreferences>(
        world,
        who,
        Default::default(),
    ));
    tried
}
