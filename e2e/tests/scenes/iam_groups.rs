//! Groups and users by the AWS CLI, from their making to their end, with every wrong order refused.

use serde_json::{Value, json};

use crate::harness::{ACCOUNT, Credentials, Server, assert_matches, policy};

const READ_ONLY: &str = "arn:aws:iam::aws:policy/IAMReadOnlyAccess";
const SSM: &str = "arn:aws:iam::aws:policy/AmazonSSMFullAccess";

/// A server, and its root user at the CLI: a command is its words with a blank between.
struct Desk {
    server: Server,
    root: Credentials,
}

impl Desk {
    fn new() -> Desk {
        let server = Server::start();
        let root = server.root();
        Desk { server, root }
    }

    #[track_caller]
    fn iam(&self, words: &str) -> Value {
        self.iam_as(&self.root, words)
    }

    #[track_caller]
    fn iam_as(&self, who: &Credentials, words: &str) -> Value {
        let words: Vec<&str> = ["iam"].into_iter().chain(words.split(' ')).collect();
        self.server.aws_json(who, &words)
    }

    /// `(Code) when calling the X operation: sentence`
    #[track_caller]
    fn refused(&self, words: &str) -> String {
        let words: Vec<&str> = ["iam"].into_iter().chain(words.split(' ')).collect();
        let output = self.server.aws(&self.root, &words);
        let error = output.error();
        let error = error.strip_prefix("An error occurred ").unwrap_or(error);
        error.to_owned()
    }

    /// Puts a policy that allows an action: `kind` is `user` or `group`.
    fn put(&self, kind: &str, name: &str, action: &str) {
        let document = policy(&json!([{"Effect": "Allow", "Action": action, "Resource": "*"}]));
        self.iam(&format!(
            "put-{kind}-policy --{kind}-name {name} --policy-name own --policy-document {document}"
        ));
    }
}

#[test]
fn a_groups_life() {
    let desk = Desk::new();
    let made = desk.iam("create-group --group-name devs --path /team/");
    let group = &made["Group"];
    assert_eq!(group["Arn"], format!("arn:aws:iam::{ACCOUNT}:group/team/devs"));
    assert_matches(group["GroupId"].as_str().unwrap(), "^AGPA[A-Z2-7]{17}$");
    assert_eq!(
        desk.refused("create-group --group-name DEVS"),
        "(EntityAlreadyExists) when calling the CreateGroup operation: Group with name DEVS already exists."
    );
    desk.iam("create-group --group-name ops");
    let listed = desk.iam("list-groups --path-prefix /team/ --query Groups[].GroupName");
    assert_eq!(listed, json!(["devs"]));

    for user in ["bob", "alice"] {
        desk.iam(&format!("create-user --user-name {user}"));
        desk.iam(&format!("add-user-to-group --group-name devs --user-name {user}"));
    }
    desk.iam("add-user-to-group --group-name devs --user-name bob");
    let got = desk.iam("get-group --group-name devs --page-size 1");
    assert_eq!(got["Group"]["GroupId"], group["GroupId"]);
    assert_eq!(got["Users"][0]["UserName"], "alice");
    assert_eq!(got["Users"][1]["UserName"], "bob");
    let of_bob = desk.iam("list-groups-for-user --user-name bob --query Groups[].GroupName");
    assert_eq!(of_bob, json!(["devs"]));
    assert_eq!(
        desk.refused("add-user-to-group --group-name none --user-name bob"),
        "(NoSuchEntity) when calling the AddUserToGroup operation: The group with name none cannot be found."
    );

    desk.iam(&format!(
        "attach-group-policy --group-name devs --policy-arn {READ_ONLY}"
    ));
    desk.put("group", "devs", "ssm:*");
    let attached = desk.iam("list-attached-group-policies --group-name devs");
    let expected = json!([{"PolicyName": "IAMReadOnlyAccess", "PolicyArn": READ_ONLY}]);
    assert_eq!(attached["AttachedPolicies"], expected);
    let inline = desk.iam("list-group-policies --group-name devs --query PolicyNames");
    assert_eq!(inline, json!(["own"]));
    let read = desk.iam("get-group-policy --group-name devs --policy-name own");
    assert_eq!(read["PolicyDocument"]["Statement"][0]["Action"], "ssm:*");

    assert_eq!(
        desk.refused("update-group --group-name devs --new-group-name ops"),
        "(EntityAlreadyExists) when calling the UpdateGroup operation: Group with name ops already exists."
    );
    desk.iam("update-group --group-name devs --new-group-name engineers --new-path /");
    let got = desk.iam("get-group --group-name engineers");
    assert_eq!(got["Group"]["GroupId"], group["GroupId"]);
    assert_eq!(
        got["Group"]["Arn"],
        format!("arn:aws:iam::{ACCOUNT}:group/engineers")
    );
    assert_eq!(got["Users"].as_array().unwrap().len(), 2);

    dismantle_group(&desk, "engineers", &["alice", "bob"]);
}

/// Deletes in the only order there is, and tries to delete the group before each step.
fn dismantle_group(desk: &Desk, group: &str, users: &[&str]) {
    let too_early = |what: &str| {
        assert_eq!(
            desk.refused(&format!("delete-group --group-name {group}")),
            format!(
                "(DeleteConflict) when calling the DeleteGroup operation: Cannot delete entity, must {what} first."
            )
        );
    };
    for user in users {
        too_early("remove users from group");
        desk.iam(&format!(
            "remove-user-from-group --group-name {group} --user-name {user}"
        ));
    }
    too_early("detach all policies");
    let detach = format!("detach-group-policy --group-name {group} --policy-arn {READ_ONLY}");
    desk.iam(&detach);
    assert_eq!(
        desk.refused(&detach),
        format!(
            "(NoSuchEntity) when calling the DetachGroupPolicy operation: Policy {READ_ONLY} was not found."
        )
    );
    too_early("delete policies");
    desk.iam(&format!(
        "delete-group-policy --group-name {group} --policy-name own"
    ));
    desk.iam(&format!("delete-group --group-name {group}"));
    assert_eq!(
        desk.refused(&format!("get-group --group-name {group}")),
        format!(
            "(NoSuchEntity) when calling the GetGroup operation: The group with name {group} cannot be found."
        )
    );
}

#[test]
fn a_users_life() {
    let desk = Desk::new();
    let made = desk.iam(&format!(
        "create-user --user-name alice --tags Key=team,Value=red --permissions-boundary {READ_ONLY}"
    ));
    let key = desk.iam("create-access-key --user-name alice");
    let alice = Credentials::from_json(&key["AccessKey"]);
    desk.iam("create-group --group-name devs");
    desk.iam("add-user-to-group --group-name devs --user-name alice");
    desk.iam(&format!(
        "attach-user-policy --user-name alice --policy-arn {SSM}"
    ));
    desk.put("user", "alice", "iam:*");

    desk.iam("tag-user --user-name alice --tags Key=TEAM,Value=blue Key=cost,Value=7");
    let tags = desk.iam("list-user-tags --user-name alice --query Tags");
    let expected = json!([{"Key": "TEAM", "Value": "blue"}, {"Key": "cost", "Value": "7"}]);
    assert_eq!(tags, expected);
    desk.iam("untag-user --user-name alice --tag-keys team none");
    let got = desk.iam("get-user --user-name alice");
    assert_eq!(got["User"]["Tags"], json!([{"Key": "cost", "Value": "7"}]));

    desk.iam("update-user --user-name alice --new-user-name carol --new-path /team/");
    let myself = desk.iam_as(&alice, "get-user");
    assert_eq!(myself["User"]["UserId"], made["User"]["UserId"]);
    assert_eq!(
        myself["User"]["Arn"],
        format!("arn:aws:iam::{ACCOUNT}:user/team/carol")
    );
    assert_eq!(
        desk.refused("get-user --user-name alice"),
        "(NoSuchEntity) when calling the GetUser operation: The user with name alice cannot be found."
    );
    let keys = desk.iam("list-access-keys --user-name carol");
    assert_eq!(keys["AccessKeyMetadata"][0]["UserName"], "carol");
    let groups = desk.iam("list-groups-for-user --user-name carol --query Groups[].GroupName");
    assert_eq!(groups, json!(["devs"]));

    dismantle_user(&desk, "carol", &alice.access_key_id);
}

/// Deletes in one order, and tries to delete the user before each step.
fn dismantle_user(desk: &Desk, user: &str, key: &str) {
    let steps = [
        (
            "remove users from group",
            "remove-user-from-group --group-name devs".to_owned(),
        ),
        (
            "detach all policies",
            format!("detach-user-policy --policy-arn {SSM}"),
        ),
        (
            "delete policies",
            "delete-user-policy --policy-name own".to_owned(),
        ),
        (
            "delete access keys",
            format!("delete-access-key --access-key-id {key}"),
        ),
    ];
    for (what, step) in steps {
        assert_eq!(
            desk.refused(&format!("delete-user --user-name {user}")),
            format!(
                "(DeleteConflict) when calling the DeleteUser operation: Cannot delete entity, must {what} first."
            )
        );
        desk.iam(&format!("{step} --user-name {user}"));
    }
    desk.iam(&format!("delete-user --user-name {user}"));
    assert_eq!(
        desk.refused(&format!("list-user-tags --user-name {user}")),
        format!(
            "(NoSuchEntity) when calling the ListUserTags operation: The user with name {user} cannot be found."
        )
    );
    desk.iam("delete-group --group-name devs");
}

#[test]
fn boundaries_are_put_on_users_and_roles_and_taken() {
    let desk = Desk::new();
    let allow = json!([{"Effect": "Allow", "Action": "iam:*", "Resource": "*"}]);
    let alice = desk.server.user("alice", &allow);
    let role = desk.server.role("app", &json!({"AWS": ACCOUNT}), &allow);
    let session = {
        let assume = json!([{"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": "*"}]);
        let bob = desk.server.user("bob", &assume);
        desk.server.assume(&bob, &role, "s1")
    };
    for (who, kind, name) in [(&alice, "user", "alice"), (&session, "role", "app")] {
        let list = || desk.server.iam(who, "ListUsers", &[]);
        list().ok();
        desk.iam(&format!(
            "put-{kind}-permissions-boundary --{kind}-name {name} --permissions-boundary {SSM}"
        ));
        let denied = list().refused(403, "AccessDenied");
        assert!(
            denied.ends_with("because no permissions boundary allows the iam:ListUsers action"),
            "{denied}"
        );
        let got = desk.iam(&format!("get-{kind} --{kind}-name {name}"));
        let shown = if kind == "user" {
            &got["User"]
        } else {
            &got["Role"]
        };
        let expected = json!({"PermissionsBoundaryType": "Policy", "PermissionsBoundaryArn": SSM});
        assert_eq!(shown["PermissionsBoundary"], expected);
        desk.iam(&format!(
            "delete-{kind}-permissions-boundary --{kind}-name {name}"
        ));
        list().ok();
    }
    let missing = format!("arn:aws:iam::{ACCOUNT}:policy/none");
    assert_eq!(
        desk.refused(&format!(
            "put-user-permissions-boundary --user-name alice --permissions-boundary {missing}"
        )),
        format!(
            "(NoSuchEntity) when calling the PutUserPermissionsBoundary operation: \
             Scope ARN: {missing} does not exist or is not attachable."
        )
    );
}
