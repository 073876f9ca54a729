//! What it takes to find out that a caller may: in this process, with nothing around it, and as a part
//! of whole requests.

use std::hint::black_box;
use std::net::{IpAddr, Ipv4Addr};
use std::time::Instant;

use anyhow::{Context as _, Result, bail};
use kagiban_aws::{AccountId, Arn, Timestamp};
use kagiban_iam::document::{IdentityPolicy, KeyPolicy};
use kagiban_iam::records::{Account, Grants, ManagedPolicy, PolicyVersion, User, keys};
use kagiban_iam::{Call, Caller, Facts, Identity as Who, Requirement, Scope, State, allowed};
use kagiban_policy::Rule;
use kagiban_store::{Event, Op, Rev, Txn};

use crate::compare::{Effort, Metric, Side, alternate};
use crate::goals::Bound::AtMost;
use crate::identity::{ACCOUNT, Identity, REGION};
use crate::report::Report;
use crate::statistics::Quartiles;
use crate::subject::Yard;
use crate::workload::{NAMES, Workload};
use crate::{policies, setup};

const GOAL_US: f64 = 5.0;
const ROUNDS: usize = 31;
const TURNS: u32 = 10_000;
const USER: &str = "bench";
/// The key policy of `aws/ssm`, as far as it counts here.
const KEY_POLICY: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"*"},
    "Action":["kms:Encrypt","kms:Decrypt","kms:ReEncrypt*","kms:GenerateDataKey*","kms:DescribeKey"],
    "Resource":"*","Condition":{"StringEquals":{"kms:CallerAccount":"111122223333",
    "kms:ViaService":"ssm.us-east-1.amazonaws.com"}}}]}"#;

/// Measures A1.
///
/// # Errors
///
/// The server does not start or refuses a request.
pub(crate) async fn run(yard: &Yard, effort: Effort, report: &mut Report) -> Result<()> {
    let world = World::new()?;
    let read = pace(&read(world.account), &world, None)?;
    let decrypt = pace(&decrypt(world.account)?, &world, Some("ssm"))?;
    let caller = format!("{} statements", policies::COUNT);
    let what = format!("ssm:GetParameter, {caller}");
    report.outcome("A1", what, AtMost(GOAL_US), "µs", read)?;
    let what = format!("kms:Decrypt for it, {caller}");
    report.outcome("A1", what, AtMost(GOAL_US), "µs", decrypt)?;

    let subject = yard.kagiban("authorization", false).await?;
    let (user, root) = (setup::user(&subject.address).await?, Identity::root());
    setup::parameters(&subject.address, NAMES).await?;
    let side = |name, identity| Side {
        name,
        subject: &subject,
        identity,
        workload: Workload::Get { names: NAMES },
    };
    let sides = [&side("user", &user), &side("root", &root)];
    let title = format!("get c=8, {caller} / root");
    let compared = alternate(title, sides, 8, effort, report).await?;
    let [whole, without] = [0, 1].map(|side| compared.figure(side, Metric::Cpu).median);
    let both = read.median + decrypt.median;
    report.note(format!(
        "A1     authorization is {:.1} % of a GetParameter: {:.2} + {:.2} of {whole:.1} µs of processor time (root, without policies: {without:.1})",
        100.0 * both / whole, read.median, decrypt.median,
    ))
}

/// How long one decision takes, in microseconds.
fn pace(requirement: &Requirement, world: &World, via: Option<&'static str>) -> Result<Quartiles> {
    let scope = Scope {
        account: world.account,
        region: REGION.parse()?,
    };
    let call = Call {
        caller: &world.caller,
        scope,
        facts: &world.facts,
        via,
    };
    if let Err(denied) = allowed(requirement, &call, &world.state) {
        bail!("{} is denied: {}", denied.action, denied.sentence);
    }
    let round = |_| {
        let begun = Instant::now();
        for _ in 0..TURNS {
            let _ = black_box(allowed(black_box(requirement), &call, &world.state));
        }
        begun.elapsed().as_secs_f64() * 1e6 / f64::from(TURNS)
    };
    Ok(Quartiles::of((0..ROUNDS).map(round)))
}

fn read(account: AccountId) -> Requirement {
    let name = crate::workload::name(250);
    let arn = format!("arn:aws:ssm:{REGION}:{account}:parameter{name}");
    Requirement::on("ssm:GetParameter", arn, account)
}

/// What GetParameter asks of KMS in its caller's name.
fn decrypt(account: AccountId) -> Result<Requirement> {
    let arn = format!("arn:aws:kms:{REGION}:{account}:key/8e0dbd9b-1a02-4c67-a4d8-0f2f3f0f9a11");
    let policy = KeyPolicy::parse(KEY_POLICY)?.shared();
    Ok(Requirement::on("kms:Decrypt", arn, account)
        .under(policy, Rule::KeyPolicy)
        .when("kms:calleraccount", ACCOUNT)
        .when("kms:viaservice", format!("ssm.{REGION}.amazonaws.com")))
}

/// What the server knows of the caller and of the request.
struct World {
    account: AccountId,
    state: State,
    caller: Caller,
    facts: Facts,
}

impl World {
    fn new() -> Result<World> {
        let account: AccountId = ACCOUNT.parse()?;
        let now = Timestamp::from_seconds(1_700_000_000);
        let state = state(account, &records(account, now)?)?;
        let users = state.account(account).map(|account| &account.users);
        let user = users.and_then(|users| users.get(USER)).context("no user")?;
        let caller = Caller {
            access_key_id: Identity::root().access_key_id.parse()?,
            account,
            arn: user.arn(account),
            identity: Who::User(user.clone()),
            session: None,
        };
        let facts = Facts {
            request_id: String::new(),
            now,
            source_ip: IpAddr::V4(Ipv4Addr::LOCALHOST),
            secure: true,
            user_agent: None,
            referer: None,
        };
        Ok(World {
            account,
            state,
            caller,
            facts,
        })
    }
}

/// The user with their policies, as the store keeps them.
fn records(account: AccountId, now: Timestamp) -> Result<Txn> {
    let mut txn = Txn::new();
    let record = Account {
        created: now,
        rest: Default::default(),
    };
    txn.put(keys::account(account), &record);
    let mut grants = Grants::default();
    for (name, document) in policies::all() {
        grants
            .attached
            .insert(Arn::global("iam", account, format_args!("policy/{name}")));
        let version = PolicyVersion {
            document: IdentityPolicy::parse(&document)?,
            created: now,
            rest: Default::default(),
        };
        let policy = ManagedPolicy {
            path: "/".to_owned(),
            id: format!("ANPA{name}"),
            created: now,
            updated: now,
            description: None,
            default_version: 1,
            next_version: 2,
            tags: Vec::new(),
            rest: Default::default(),
            name,
        };
        txn.put(keys::policy(account, &policy.name), &policy)
            .put(keys::policy_version(account, &policy.name, 1), &version);
    }
    let user = User {
        name: USER.to_owned(),
        path: "/".to_owned(),
        id: "AIDABENCHBENCHBENCHBE".to_owned(),
        created: now,
        tags: Vec::new(),
        groups: Default::default(),
        grants,
        rest: Default::default(),
    };
    txn.put(keys::user(account, USER), &user);
    Ok(txn)
}

fn state(account: AccountId, records: &Txn) -> Result<State> {
    let mut state = State::default();
    for op in records.ops() {
        if let Op::Put { key, value, .. } = op {
            let parts: Vec<_> = key.parts().skip(3).collect(); // after `/a/<account>/iam/`
            let parts: Vec<&str> = parts.iter().map(AsRef::as_ref).collect();
            let event = Event {
                key: key.clone(),
                mod_rev: Rev(1),
                value: Some(value.clone()),
            };
            state.apply(account, &parts, &event)?;
        }
    }
    Ok(state)
}
