//! Which operation answers to which name. An operation that is not here does not exist.

use std::collections::HashMap;

use foldhash::quality::RandomState;
use kagiban_aws::wire::Service;
use kagiban_iam::Operation;
use kagiban_ssm::quotas::Class;

use super::step::{Given, Step, run};
use crate::audit::Urgency;
use crate::metrics::{Metrics, OperationMetrics};

/// One row: a name and what runs for it.
pub(super) struct Row {
    pub(super) service: &'static Service,
    pub(super) name: &'static str,
    pub(super) run: fn(&Given<'_>) -> Step,
    /// What it is counted as, if an account may be throttled for it.
    pub(super) counted: Option<Class>,
    /// Whether a request without any signature is let through to the operation.
    pub(super) unsigned: bool,
    /// Whether a managed node may call it that has signed with its own key.
    pub(super) for_nodes: bool,
    pub(super) metrics: OperationMetrics,
}

impl Row {
    /// How long the audit of a read may lag behind its answer: what only lists and describes shows
    /// no secret.
    pub(super) fn urgency(&self) -> Urgency {
        match self.name.starts_with("List") || self.name.starts_with("Describe") {
            true => Urgency::Soon,
            false => Urgency::Kernel,
        }
    }
}

/// The rows of every service, by service and operation.
pub(super) struct Table(Names<Names<Row>>);

/// What is found by name; hashed quickly, since nobody adds to it.
type Names<T> = HashMap<&'static str, T, RandomState>;

macro_rules! rows {
    ($metrics:ident, $($service:path, $from:path { $($name:ident),* $(,)? })*) => {
        [$($({
            use $from as from;
            let service: &'static Service = &$service;
            let name = stringify!($name);
            let unsigned = <from::$name as Operation>::UNSIGNED;
            let for_nodes = <from::$name as Operation>::FOR_NODES;
            let metrics = $metrics.operation(service.name, name);
            let counted = (service.name == kagiban_ssm::wire::SERVICE.name).then(|| Class::of(name));
            Row { service, name, counted, run: run::<from::$name>, unsigned, for_nodes, metrics }
        }),*),*]
    };
}

impl Table {
    pub(super) fn new(metrics: &Metrics) -> Table {
        let rows = rows! { metrics,
            kagiban_iam::wire::SERVICE, kagiban_iam::operations {
                CreateAccountAlias, DeleteAccountAlias, GenerateCredentialReport, GetAccountAuthorizationDetails,
                GetAccountSummary, GetCredentialReport, ListAccountAliases,

                CreateAccessKey, DeleteAccessKey, GetAccessKeyLastUsed, ListAccessKeys, UpdateAccessKey,

                AddUserToGroup, AttachGroupPolicy, CreateGroup, DeleteGroup, DeleteGroupPolicy,
                DetachGroupPolicy, GetGroup, GetGroupPolicy, ListAttachedGroupPolicies,
                ListGroupPolicies, ListGroups, ListGroupsForUser, PutGroupPolicy,
                RemoveUserFromGroup, UpdateGroup,

                AddRoleToInstanceProfile, CreateInstanceProfile, DeleteInstanceProfile, GetInstanceProfile,
                ListInstanceProfileTags, ListInstanceProfiles, ListInstanceProfilesForRole,
                RemoveRoleFromInstanceProfile, TagInstanceProfile, UntagInstanceProfile,

                AddClientIDToOpenIDConnectProvider, CreateOpenIDConnectProvider,
                DeleteOpenIDConnectProvider, GetOpenIDConnectProvider, ListOpenIDConnectProviderTags,
                ListOpenIDConnectProviders, RemoveClientIDFromOpenIDConnectProvider,
                TagOpenIDConnectProvider, UntagOpenIDConnectProvider,
                UpdateOpenIDConnectProviderThumbprint,

                ChangePassword, CreateLoginProfile, DeleteAccountPasswordPolicy, DeleteLoginProfile,
                GetAccountPasswordPolicy, GetLoginProfile, UpdateAccountPasswordPolicy, UpdateLoginProfile,

                CreateVirtualMFADevice, DeactivateMFADevice, DeleteVirtualMFADevice, EnableMFADevice,
                GetMFADevice, ListMFADeviceTags, ListMFADevices, ListVirtualMFADevices, ResyncMFADevice,
                TagMFADevice, UntagMFADevice,

                CreatePolicy, CreatePolicyVersion, DeletePolicy, DeletePolicyVersion, GetPolicy,
                GetPolicyVersion, ListEntitiesForPolicy, ListPolicies, ListPolicyTags, ListPolicyVersions,
                SetDefaultPolicyVersion, TagPolicy, UntagPolicy,

                AttachRolePolicy, CreateRole, DeleteRole, DeleteRolePermissionsBoundary,
                DeleteRolePolicy, DetachRolePolicy, GetRole, GetRolePolicy, ListAttachedRolePolicies,
                ListRolePolicies, ListRoleTags, ListRoles, PutRolePermissionsBoundary, PutRolePolicy,
                TagRole, UntagRole, UpdateAssumeRolePolicy, UpdateRole, UpdateRoleDescription,

                CreateSAMLProvider, DeleteSAMLProvider, GetSAMLProvider, ListSAMLProviderTags,
                ListSAMLProviders, TagSAMLProvider, UntagSAMLProvider, UpdateSAMLProvider,

                CreateServiceLinkedRole, DeleteServiceLinkedRole, GetServiceLinkedRoleDeletionStatus,

                GenerateServiceLastAccessedDetails, GetServiceLastAccessedDetails,
                ListPoliciesGrantingServiceAccess, ListSSHPublicKeys, ListServerCertificates,
                ListServiceSpecificCredentials, ListSigningCertificates,
                SetSecurityTokenServicePreferences,

                GetContextKeysForCustomPolicy, GetContextKeysForPrincipalPolicy, SimulateCustomPolicy,
                SimulatePrincipalPolicy,

                AttachUserPolicy, CreateUser, DeleteUser, DeleteUserPermissionsBoundary,
                DeleteUserPolicy, DetachUserPolicy, GetUser, GetUserPolicy, ListAttachedUserPolicies,
                ListUserPolicies, ListUserTags, ListUsers, PutUserPermissionsBoundary, PutUserPolicy,
                TagUser, UntagUser, UpdateUser,
            }
            kagiban_iam::sts::wire::SERVICE, kagiban_iam::sts {
                AssumeRole, AssumeRoleWithWebIdentity, DecodeAuthorizationMessage, GetAccessKeyInfo,
                GetCallerIdentity, GetFederationToken, GetSessionToken,
            }
            crate::kagiban::wire::SERVICE, crate::kagiban::operations {
                ExplainAccess, ExplainRequest, PutOpenIDConnectProviderKeys,
            }
            kagiban_ssm::kagiban::wire::SERVICE, kagiban_ssm::kagiban {
                AdmitInstance, CreateWebhook, DeleteWebhook, DeregisterInstance, GetAccountSettings, ListDeadLetters, ListDeletedParameters,
                ListWebhooks, PurgeDeletedParameter, PutAccountSetting, RedeliverDeadLetters, RollbackParameter, UndeleteParameter, WatchParameters,
            }
            crate::gateway::wire::SERVICE, crate::gateway::operations {
                CreateControlChannel, CreateDataChannel, OpenControlChannel, OpenDataChannel,
            }
            crate::gateway::messages::SERVICE, crate::gateway::messages::operations {
                AcknowledgeMessage, DeleteMessage, FailMessage, GetMessages, SendReply,
            }
            kagiban_kms::wire::SERVICE, kagiban_kms::operations {
                CancelKeyDeletion, ConnectCustomKeyStore, CreateAlias, CreateCustomKeyStore, CreateGrant, CreateKey,
                Decrypt, DeleteAlias, DeleteCustomKeyStore, DeleteImportedKeyMaterial,
                DeriveSharedSecret, DescribeCustomKeyStores, DescribeKey, DisableKey,
                DisableKeyRotation, DisconnectCustomKeyStore, EnableKey, EnableKeyRotation, Encrypt,
                GenerateDataKey, GenerateDataKeyPair, GenerateDataKeyPairWithoutPlaintext,
                GenerateDataKeyWithoutPlaintext, GenerateMac, GenerateRandom, GetKeyLastUsage,
                GetKeyPolicy, GetKeyRotationStatus, GetParametersForImport, GetPublicKey,
                ImportKeyMaterial, ListAliases, ListGrants, ListKeyPolicies, ListKeyRotations, ListKeys,
                ListResourceTags, ListRetirableGrants, PutKeyPolicy, ReEncrypt, ReplicateKey, RetireGrant, RevokeGrant, RotateKeyOnDemand,
                ScheduleKeyDeletion, Sign, TagResource, UntagResource, UpdateAlias,
                UpdateCustomKeyStore, UpdateKeyDescription, UpdatePrimaryRegion, Verify, VerifyMac,
            }
            kagiban_ssm::wire::SERVICE, kagiban_ssm::operations {
                AddTagsToResource, CreateDocument, DeleteDocument, DescribeDocument, DescribeDocumentPermission,
                GetDocument, ListDocumentVersions, ListDocuments, ModifyDocumentPermission, UpdateDocument,
                UpdateDocumentDefaultVersion, DeleteParameter, DeleteParameters, DeleteResourcePolicy,
                CreateActivation, DeleteActivation, DeregisterManagedInstance, DescribeActivations,
                DescribeInstanceInformation, DescribeInstanceProperties,
                DeleteInventory, GetInventory, GetInventorySchema, ListInventoryEntries, PutInventory,
                DescribeParameters, DescribeSessions, GetConnectionStatus, GetParameter,
                GetParameterHistory, GetParameters, GetParametersByPath, GetResourcePolicies, GetServiceSetting,
                LabelParameterVersion, ListTagsForResource, PutParameter, PutResourcePolicy, RemoveTagsFromResource,
                ResetServiceSetting, ResumeSession, StartSession, TerminateSession,
                UnlabelParameterVersion, UpdateManagedInstanceRole, UpdateServiceSetting,
            }
            kagiban_ssm::agent::wire::SERVICE, kagiban_ssm::agent {
                ListInstanceAssociations, RegisterManagedInstance, RequestManagedInstanceRoleToken,
                UpdateInstanceInformation, UpdateManagedInstancePublicKey,
            }
        };
        let mut table = Table(Names::default());
        for row in rows {
            table.0.entry(row.service.name).or_default().insert(row.name, row);
        }
        table
    }

    pub(super) fn find(&self, service: &str, operation: &str) -> Option<&Row> {
        self.0.get(service)?.get(operation)
    }
}

/// The services, by what tells them apart on the wire.
pub(super) const SERVICES: [&Service; 6] = [
    &kagiban_ssm::wire::SERVICE,
    &kagiban_kms::wire::SERVICE,
    &kagiban_iam::wire::SERVICE,
    &kagiban_iam::sts::wire::SERVICE,
    &crate::kagiban::wire::SERVICE,
    &crate::gateway::messages::SERVICE,
];

#[cfg(test)]
mod tests {
    use super::*;

    /// An operation whose wire is generated and that nothing runs would be missing without a word.
    #[test]
    fn every_operation_of_iam_sts_parameter_store_and_our_own_service_has_a_row() {
        let table = Table::new(&Metrics::new());
        for (service, operations) in [
            ("iam", kagiban_iam::wire::OPERATIONS),
            ("sts", kagiban_iam::sts::wire::OPERATIONS),
            ("ssm", kagiban_ssm::wire::OPERATIONS),
            ("ssm", kagiban_ssm::agent::wire::OPERATIONS),
            ("kagiban", crate::kagiban::wire::OPERATIONS),
            ("kagiban", kagiban_ssm::kagiban::wire::OPERATIONS),
        ] {
            for operation in operations {
                assert!(table.find(service, operation).is_some(), "{service}:{operation}");
            }
        }
    }
}
