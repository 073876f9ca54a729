//! Ten thousand roles in the account: does a request of one of them notice?

use anyhow::{Result, ensure};
use kagiban_aws::{AccountId, Timestamp};
use kagiban_iam::document::{IdentityPolicy, TrustPolicy};
use kagiban_iam::records::{Grants, Role, keys};
use kagiban_store::{Committed, Embedded, KeyFile, Sealed, Store as _, Txn};

use crate::compare::{Effort, Metric, Side, alternate};
use crate::goals::Bound::AtMost;
use crate::identity::{ACCOUNT, Identity};
use crate::report::Report;
use crate::setup;
use crate::subject::{Subject, Yard};
use crate::workload::{NAMES, Workload};

const MANY: usize = 10_000;
const FEW: usize = 10;
const NO_SLOWER: f64 = 1.1;
/// Far fewer than a transaction may write.
const AT_ONCE: usize = 50;

/// Measures N2: the same request by a session of the same role, among many others and among few.
///
/// # Errors
///
/// A server does not start or refuses a request.
pub(crate) async fn run(yard: &Yard, effort: Effort, report: &mut Report) -> Result<()> {
    let (many, of_many) = among(MANY, "many-roles", yard).await?;
    let (few, of_few) = among(FEW, "few-roles", yard).await?;
    report.note(format!(
        "N2     start with {MANY} roles: {:.2} s, with {FEW}: {:.2} s",
        many.started_in.as_secs_f64(),
        few.started_in.as_secs_f64()
    ))?;
    let side = |name, subject, identity| Side {
        name,
        subject,
        identity,
        workload: Workload::Get { names: NAMES },
    };
    let sides = [&side("10000 roles", &many, &of_many), &side("10", &few, &of_few)];
    let title = format!("get by a role session c=8, {MANY} roles / {FEW}");
    let compared = alternate(title, sides, 8, effort, report).await?;
    for metric in [Metric::Cpu, Metric::P50] {
        let what = format!("{}, {}", compared.title, metric.name());
        report.outcome("N2", what, AtMost(NO_SLOWER), "x", compared.ratio(metric))?;
    }
    Ok(())
}

/// A server whose account has so many roles, and a session of one of them.
async fn among(roles: usize, name: &str, yard: &Yard) -> Result<(Subject, Identity)> {
    let subject = yard.kagiban(name, false).await?;
    let user = setup::user(&subject.address).await?;
    setup::role(&subject.address).await?;
    setup::parameters(&subject.address, NAMES).await?;
    drop(subject);
    add(roles - 1, name, yard).await?;
    let subject = yard.kagiban_again(name, false).await?;
    let session = setup::session(&subject.address, &user).await?;
    Ok((subject, session))
}

/// Writes roles past the server, whose quota is AWS's: a thousand.
async fn add(roles: usize, name: &str, yard: &Yard) -> Result<()> {
    let engine = Embedded::open(&yard.data(name))?;
    let store = Sealed::open(engine, &KeyFile::new(yard.key(name))).await?;
    let account: AccountId = ACCOUNT.parse()?;
    let numbers: Vec<usize> = (0..roles).collect();
    for numbers in numbers.chunks(AT_ONCE) {
        let mut txn = Txn::new();
        for number in numbers {
            let role = role(*number)?;
            txn.put(keys::role(account, &role.name), &role);
        }
        let committed = store.commit(txn).await?;
        ensure!(committed != Committed::CondFailed, "the roles were not written");
    }
    Ok(())
}

fn role(number: usize) -> Result<Role> {
    let trust = setup::trust();
    let name = format!("service-{number:05}");
    let policy = format!(
        r#"{{"Version":"2012-10-17","Statement":{{"Effect":"Allow","Action":"ssm:GetParameter*","Resource":"arn:aws:ssm:*:{ACCOUNT}:parameter/{name}/*"}}}}"#
    );
    let inline = [("own".to_owned(), IdentityPolicy::parse(&policy)?)];
    Ok(Role {
        name,
        path: "/".to_owned(),
        id: format!("AROABENCH{number:012}"),
        created: Timestamp::from_seconds(1_700_000_000),
        description: None,
        max_session_seconds: 3600,
        trust: TrustPolicy::parse(&trust)?,
        tags: Vec::new(),
        grants: Grants {
            inline: inline.into(),
            ..Grants::default()
        },
        rest: Default::default(),
    })
}
