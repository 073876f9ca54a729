//! What the changes start from.

use kagiban_iam::managed_policies;

/// Documents of every kind and with every element; AWS's own policies among them.
pub(crate) fn policies() -> Vec<Vec<u8>> {
    let own = managed_policies::all().map(|policy| policy.document().text());
    own.chain(DOCUMENTS)
        .map(|text| text.as_bytes().to_vec())
        .collect()
}

pub(crate) fn bodies() -> Vec<Vec<u8>> {
    BODIES.iter().map(|body| body.as_bytes().to_vec()).collect()
}

const DOCUMENTS: [&str; 9] = [
    r#"{"Version":"2012-10-17","Id":"x","Statement":{"Sid":"a","Effect":"Allow","Principal":"*","Action":"kms:*","Resource":"*"}}"#,
    r#"{"Version":"2012-10-17","Statement":[{"Effect":"Deny","NotPrincipal":{"AWS":["111122223333","arn:aws:iam::111122223333:user/alice"],"Service":"ssm.amazonaws.com"},"NotAction":["kms:Get*","kms:?ncrypt"],"NotResource":"arn:aws:kms:*:*:key/*"}]}"#,
    r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Federated":"arn:aws:iam::111122223333:oidc-provider/ci.example.com"},"Action":"sts:AssumeRoleWithWebIdentity","Condition":{"StringEquals":{"ci.example.com:sub":"x"}}}]}"#,
    r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["ssm:Get*","ssm:*t?r*"],"Resource":["arn:aws:ssm:*:111122223333:parameter/${aws:PrincipalTag/team, 'none'}/${*}${?}${$}*","*"]}]}"#,
    r#"{"Statement":[{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"NumericLessThanEquals":{"aws:MultiFactorAuthAge":[3600,-1.5e3,"0"]},"Bool":{"aws:SecureTransport":true},"Null":{"aws:username":false}}}]}"#,
    r#"{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"*","Resource":"*","Condition":{"NotIpAddress":{"aws:SourceIp":["10.0.0.0/8","2001:db8::/32"]},"DateGreaterThan":{"aws:CurrentTime":"2020-01-01T00:00:00+01:00"},"BinaryEquals":{"k":"QUJD"}}}]}"#,
    r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"ForAllValues:StringNotLikeIfExists":{"aws:TagKeys":["a*","?${aws:username}"]},"ForAnyValue:ArnLike":{"aws:PrincipalArn":"arn:aws:iam::*:role/*"}}}]}"#,
    r#"{"Version":"2008-10-17","Statement":[{"Effect":"Allow","Action":"iam:*","Resource":"arn:aws:iam::111122223333:user/${aws:username}"}]}"#,
    "{\n \"Version\" : \"2012-10-17\",\t\"Statement\" : [ { \"Effect\":\"Allow\",\"Action\":\"\\u0073sm:*\",\"Resource\":\"*\" } ] }\r\n",
];

const BODIES: [&str; 8] = [
    "Action=CreateUser&Version=2010-05-08&UserName=alice&Path=%2Fteam%2F",
    "Action=CreateUser&UserName=a&Tags.member.1.Key=k&Tags.member.1.Value=v+w&Tags.member.2.Key=%C3%A9&Tags.member.2.Value=",
    "Action=CreateRole&RoleName=r&AssumeRolePolicyDocument=%7B%22Version%22%3A%222012-10-17%22%7D&MaxSessionDuration=3600",
    "Action=TagRole&RoleName=r&Tags.member.10.Key=j&Tags.member.9.Key=i&Tags.member.1000.Key=z",
    "Action=SimulateCustomPolicy&PolicyInputList.member.1=%7B%7D&ActionNames.member.1=ssm%3AGet&ContextEntries.member.1.ContextKeyName=k&ContextEntries.member.1.ContextKeyValues.member.1=a&ContextEntries.member.1.ContextKeyValues.member.2=b&ContextEntries.member.1.ContextKeyType=stringList",
    "Action=AssumeRole&Version=2011-06-15&RoleArn=arn%3Aaws%3Aiam%3A%3A111122223333%3Arole%2Fx&RoleSessionName=s&PolicyArns.member.1.arn=x&TransitiveTagKeys.member.1=a&DurationSeconds=900",
    "UserName=a&UserName=b&UserName&=x&&Action=&Version",
    "Tags=&Tags.member=&Tags.member.0.Key=a&Tags.member.-1.Key=b&Tags.member.01.Key=c&Tags.member.x.Key=d",
];

pub(crate) const POLICY_WORDS: &[&str] = &[
    "\"Allow\"",
    "\"Deny\"",
    "\"Action\"",
    "\"NotResource\"",
    "\"Principal\"",
    "\"Condition\"",
    "\"Sid\":\"a\",",
    "*",
    "?",
    "${",
    "}",
    "${aws:username}",
    "'",
    ":",
    "arn:aws:",
    "\\u0000",
    "\\ud800",
    "\\",
    "\"",
    "[",
    "]",
    "{",
    "1e999",
    "null",
    "true",
    "IfExists",
    "ForAnyValue:",
    "\u{e9}",
    "\u{1f600}",
    "/129",
    "-0",
];

pub(crate) const QUERY_WORDS: &[&str] = &[
    "&",
    "=",
    ".",
    ".member.1",
    ".member.18446744073709551616",
    ".member.4294967296",
    ".entry.1.key",
    "%",
    "%zz",
    "%00",
    "%C3",
    "+",
    "Tags",
    "Key",
    "Value",
    "Action=",
    "ContextEntries.member.1.ContextKeyValues.member.2=",
    "9999999999999999999999",
    "-1",
    "\u{e9}",
    "%F0%9F%98%80",
];

/// What a long input is made of.
pub(crate) const PIECES: &[&str] = &[
    "&",
    "=",
    ".",
    "%41",
    "%",
    "+",
    "a.",
    "a=b&",
    "Tags.member.1.Key=x&",
    "a.member.1.b.member.2.",
    "&&=",
    "[",
    "{",
    "${aws:username}",
    "*a",
    "?",
    "${",
    "\u{e9}",
];
