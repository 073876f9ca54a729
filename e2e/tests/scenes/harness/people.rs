//! Who the tests are: the root user, users and roles made for the occasion.

use std::time::SystemTime;

use aws_credential_types::Credentials as SdkCredentials;
use serde_json::{Value, json};

use super::http::{Answer, Request, at};
use super::{ACCOUNT, Server};

/// An access key, with a session token when it is temporary.
#[derive(Clone)]
pub(crate) struct Credentials {
    pub(crate) access_key_id: String,
    pub(crate) secret_access_key: String,
    pub(crate) session_token: Option<String>,
}

impl Credentials {
    /// The root user's key, which the server is told to take on its first start; the id carries the account.
    pub(crate) fn root() -> Self {
        Self {
            access_key_id: "AKIARTX3GSDSVEXAMPLE".into(),
            secret_access_key: "canaryRootSecret/7MDENGbPxRfiCYEXAMPLEKEY".into(),
            session_token: None,
        }
    }

    /// The credentials as AWS's libraries hold them.
    pub(crate) fn sdk(&self) -> SdkCredentials {
        SdkCredentials::new(
            &self.access_key_id,
            &self.secret_access_key,
            self.session_token.clone(),
            None::<SystemTime>,
            "e2e",
        )
    }

    /// Reads what `CreateAccessKey` or `AssumeRole` printed with `--output json`.
    pub(crate) fn from_json(value: &Value) -> Self {
        let text = |name: &str| value[name].as_str().map(str::to_owned);
        Self {
            access_key_id: text("AccessKeyId").expect("credentials have a key id"),
            secret_access_key: text("SecretAccessKey").expect("credentials have a secret"),
            session_token: text("SessionToken"),
        }
    }

    pub(crate) fn from_xml(answer: &Answer) -> Self {
        Self {
            access_key_id: answer.element("AccessKeyId").expect("credentials have a key id"),
            secret_access_key: answer
                .element("SecretAccessKey")
                .expect("credentials have a secret"),
            session_token: answer.element("SessionToken"),
        }
    }
}

impl Server {
    /// Calls an operation of a JSON service; `target` is `AmazonSSM.GetParameter` or the like.
    pub(crate) fn call(&self, who: &Credentials, target: &str, body: &Value) -> Answer {
        let service = match target.split('.').next() {
            Some("TrentService") => "kms",
            Some("Kagiban") => "kagiban",
            _ => "ssm",
        };
        let request = Request::json(target, body.to_string(), &self.authority()).signed(&at(who, service));
        self.connect().send(&request).expect("the server answers")
    }

    /// Calls an operation of IAM.
    pub(crate) fn iam(&self, who: &Credentials, action: &str, members: &[(&str, &str)]) -> Answer {
        let request =
            Request::query("2010-05-08", action, members, &self.authority()).signed(&at(who, "iam"));
        self.connect().send(&request).expect("the server answers")
    }

    /// Calls an operation of STS.
    pub(crate) fn sts(&self, who: &Credentials, action: &str, members: &[(&str, &str)]) -> Answer {
        let request =
            Request::query("2011-06-15", action, members, &self.authority()).signed(&at(who, "sts"));
        self.connect().send(&request).expect("the server answers")
    }

    /// Makes a user with an access key and one inline policy of these statements.
    pub(crate) fn user(&self, name: &str, statements: &Value) -> Credentials {
        self.iam(&self.root(), "CreateUser", &[("UserName", name)]).ok();
        let document = policy(statements);
        let members = [
            ("UserName", name),
            ("PolicyName", "e2e"),
            ("PolicyDocument", document.as_str()),
        ];
        self.iam(&self.root(), "PutUserPolicy", &members).ok();
        let key = self
            .iam(&self.root(), "CreateAccessKey", &[("UserName", name)])
            .ok();
        Credentials::from_xml(&key)
    }

    /// Makes a role that `principal` may assume, with one inline policy, and returns its ARN.
    pub(crate) fn role(&self, name: &str, principal: &Value, statements: &Value) -> String {
        let trust = policy(&json!([{"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"}]));
        let members = [("RoleName", name), ("AssumeRolePolicyDocument", trust.as_str())];
        self.iam(&self.root(), "CreateRole", &members).ok();
        let document = policy(statements);
        let members = [
            ("RoleName", name),
            ("PolicyName", "e2e"),
            ("PolicyDocument", document.as_str()),
        ];
        self.iam(&self.root(), "PutRolePolicy", &members).ok();
        format!("arn:aws:iam::{ACCOUNT}:role/{name}")
    }

    /// Assumes a role and returns the session's credentials.
    pub(crate) fn assume(&self, who: &Credentials, role: &str, session: &str) -> Credentials {
        let answer = self
            .sts(
                who,
                "AssumeRole",
                &[("RoleArn", role), ("RoleSessionName", session)],
            )
            .ok();
        Credentials::from_xml(&answer)
    }

    /// Makes a KMS key with the default key policy and returns its ARN.
    pub(crate) fn key(&self) -> String {
        let answer = self
            .call(&self.root(), "TrentService.CreateKey", &json!({}))
            .ok()
            .json();
        answer["KeyMetadata"]["Arn"]
            .as_str()
            .expect("a key has an ARN")
            .to_owned()
    }

    /// Puts a parameter as the root user; `key` makes it a SecureString.
    pub(crate) fn put(&self, name: &str, value: &str, key: Option<&str>) {
        let kind = if key.is_some() { "SecureString" } else { "String" };
        let mut body = json!({"Name": name, "Value": value, "Type": kind, "Overwrite": true});
        if let Some(key) = key {
            body["KeyId"] = key.into();
        }
        self.call(&self.root(), "AmazonSSM.PutParameter", &body).ok();
    }
}

/// Returns a policy document of these statements.
pub(crate) fn policy(statements: &Value) -> String {
    json!({"Version": "2012-10-17", "Statement": statements}).to_string()
}
