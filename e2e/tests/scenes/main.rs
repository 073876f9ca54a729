//! The real server, judged by real clients.
//!
//! Every test owns a server: a process on a port of its own over a temporary
//! directory, stopped (and its exit code looked at) when the test ends. The
//! clients are the AWS CLI, boto3 and AWS's SDKs as their makers ship them;
//! where a client would refuse to send what a test has to send, the request is
//! built by hand and signed by AWS's own signer.
//!
//! `cargo xtask test` prepares what the scenes need: the server's binary, the
//! Python environment, the npm packages, sshd and git.

#![expect(clippy::unwrap_used, reason = "everything here is a test, helpers too")]

mod access_keys;
mod account_sharing;
mod accounts;
mod agent;
mod audit;
mod bad_input;
mod bad_signatures;
mod canaries;
mod ciphertext_refused;
mod completion;
mod console;
mod corruption;
mod default_key;
mod documents_operations;
mod entrypoint;
mod explain;
mod faults;
mod full_disk;
mod harness;
mod iam_account;
mod iam_groups;
mod iam_mfa;
mod iam_operations;
mod iam_pages;
mod iam_policies;
mod iam_providers;
mod identity_sdks;
mod kill;
mod kms_asymmetric;
mod kms_grants;
mod kms_imports;
mod kms_lifecycle;
mod kms_operations;
mod kms_regions;
mod kms_states;
mod kms_tools;
mod leaks;
mod master_credentials;
mod metrics;
mod nodes_activations;
mod nodes_agent;
mod nodes_cli;
mod nodes_fleet;
mod nodes_instances;
mod nodes_inventory;
mod param_cli;
mod parameter_arn_binding;
mod parameter_errors;
mod parameter_labels;
mod parameter_pages;
mod parameter_policies;
mod parameter_public;
mod parameter_quotas;
mod parameter_references;
mod parameter_sdks;
mod parameter_service_settings;
mod parameter_settings;
mod parameter_sharing;
mod parameter_undelete;
mod parameter_watch;
mod parameter_webhook_operators;
mod parameter_webhook_rights;
mod parameter_webhooks;
mod parameters_env;
mod parameters_naming;
mod passphrase;
mod presigned;
mod races;
mod restart;
mod revocation;
mod roles;
mod sdks;
mod session_cut_off;
mod session_ends;
mod session_pace;
mod session_picker;
mod session_presigned;
mod session_run_as;
mod session_slow;
mod session_sockets;
mod session_tls;
mod session_unreachable;
mod session_ways;
mod session_words;
mod sessions;
mod sessions_api;
mod ssh_agent;
mod ssh_agent_memory;
mod ssh_key;
mod ssm_operations;
mod startup;
mod sts_sessions;
mod tls;
mod trust;
mod vault_calls;
mod vault_config;
mod vault_desktop;
mod vault_doctor;
mod vault_exec;
mod vault_git;
mod vault_headless;
mod vault_keys;
mod vault_long_runs;
mod vault_mfa;
mod vault_mfa_process;
mod vault_pickers;
mod vault_plans;
mod vault_prompts;
mod vault_rotate;
mod vault_server;
mod vault_signals;
mod vault_sso;
mod vault_unlock;
mod vault_web_identity;
mod web_identity;
mod windows;
