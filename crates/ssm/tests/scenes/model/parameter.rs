//! One parameter of the model, and how its requests are read.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

#[derive(Clone)]
pub(super) struct Parameter {
    /// In its maker's spelling.
    pub(super) name: String,
    pub(super) versions: BTreeMap<i64, Version>,
    pub(super) labels: BTreeMap<String, i64>,
    pub(super) tags: BTreeMap<String, String>,
}

#[derive(Clone)]
pub(super) struct Version {
    pub(super) value: String,
    pub(super) kind: String,
    pub(super) advanced: bool,
    pub(super) description: Option<String>,
}

impl Version {
    pub(super) fn next(before: Option<&Version>, body: &Value) -> Result<Version, &'static str> {
        let kept = |member: &str, kept: Option<&str>| body[member].as_str().or(kept).map(str::to_owned);
        let kind = kept("Type", before.map(|version| version.kind.as_str()));
        let kind = kind.ok_or("ValidationException")?;
        let value = text(body, "Value").to_owned();
        let was_advanced = before.is_some_and(|version| version.advanced);
        let advanced = match body["Tier"].as_str() {
            Some("Advanced") => true,
            Some("Standard") if was_advanced => return Err("ValidationException"),
            Some("Intelligent-Tiering") => was_advanced || value.len() > 4096,
            _ => was_advanced,
        };
        if value.len() > if advanced { 8192 } else { 4096 } {
            return Err("ValidationException");
        }
        let description = kept(
            "Description",
            before.and_then(|version| version.description.as_deref()),
        );
        Ok(Version {
            value,
            kind,
            advanced,
            description: description.filter(|description| !description.is_empty()),
        })
    }

    pub(super) fn tier(&self) -> &'static str {
        if self.advanced { "Advanced" } else { "Standard" }
    }

    pub(super) fn key(&self) -> Option<&'static str> {
        (self.kind == "SecureString").then_some("alias/aws/ssm")
    }
}

impl Parameter {
    pub(super) fn new(body: &Value) -> Parameter {
        Parameter {
            name: text(body, "Name").to_owned(),
            versions: BTreeMap::new(),
            labels: BTreeMap::new(),
            tags: given_tags(body).collect(),
        }
    }

    pub(super) fn newest(&self) -> (i64, &Version) {
        let (number, version) = self.versions.last_key_value().unwrap();
        (*number, version)
    }

    /// Adds a version, and forgets the oldest of a hundred unless a label is on it; returns its number.
    pub(super) fn add(&mut self, version: Version) -> Result<i64, &'static str> {
        let (&oldest, number) = match self.versions.first_key_value() {
            Some((oldest, _)) => (oldest, self.newest().0 + 1),
            None => (&0, 1),
        };
        if self.versions.len() == 100 {
            if self.labels.values().any(|at| *at == oldest) {
                return Err("ParameterMaxVersionLimitExceeded");
            }
            self.versions.remove(&oldest);
        }
        self.versions.insert(number, version);
        Ok(number)
    }

    pub(super) fn arn(&self) -> String {
        format!(
            "arn:aws:ssm:us-east-1:111122223333:parameter{}",
            canonical(&self.name)
        )
    }

    /// As Get… answers it.
    pub(super) fn version(&self, name: &str, selector: Option<&str>, number: i64) -> Value {
        let version = &self.versions[&number];
        let answer = json!({
            "Name": name, "ARN": self.arn(), "Version": number, "Value": version.value, "Type": version.kind,
            "DataType": "text", "Selector": selector.map(|selector| format!(":{selector}")),
        });
        without_nulls(answer.as_object().unwrap().clone())
    }

    /// What DescribeParameters and the history both say of a version.
    pub(super) fn described(&self, number: i64) -> Map<String, Value> {
        let version = &self.versions[&number];
        let answer = json!({
            "Name": self.name, "Version": number, "Type": version.kind, "Tier": version.tier(),
            "KeyId": version.key(), "Description": version.description, "Policies": [], "DataType": "text",
        });
        answer.as_object().unwrap().clone()
    }

    pub(super) fn metadata(&self) -> Value {
        let mut answer = self.described(self.newest().0);
        answer.insert("ARN".to_owned(), self.arn().into());
        without_nulls(answer)
    }

    pub(super) fn history(&mut self) -> Value {
        let historic = |number: &i64| {
            let mut answer = self.described(*number);
            answer.insert("Value".to_owned(), self.versions[number].value.as_str().into());
            let labels = self.labels.iter().filter(|(_, at)| *at == number);
            let labels: Vec<&str> = labels.map(|(label, _)| label.as_str()).collect();
            answer.insert("Labels".to_owned(), labels.into());
            without_nulls(answer)
        };
        let versions: Vec<Value> = self.versions.keys().map(historic).collect();
        json!({"Parameters": versions})
    }

    /// Whether all filters of a request let it pass.
    pub(super) fn passes(&self, name: &str, body: &Value) -> bool {
        let filters = body["ParameterFilters"].as_array();
        filters
            .into_iter()
            .flatten()
            .all(|filter| self.passes_one(name, filter))
    }

    pub(super) fn passes_one(&self, name: &str, filter: &Value) -> bool {
        let option = filter["Option"].as_str().unwrap_or_default();
        let values = texts(filter, "Values");
        let is = |what: &str| {
            let beginning = option == "BeginsWith";
            values.iter().any(|value| {
                if beginning {
                    what.starts_with(value)
                } else {
                    what == *value
                }
            })
        };
        let (_, newest) = self.newest();
        match text(filter, "Key") {
            "Name" if option == "Contains" => values.iter().any(|part| self.name.contains(part)),
            "Name" if option == "BeginsWith" => {
                values.iter().any(|start| name.starts_with(&canonical(start)))
            }
            "Name" => values.iter().any(|value| name == canonical(value)),
            "Path" => values.iter().any(|path| below(name, path, option == "Recursive")),
            "Type" => is(&newest.kind),
            "Tier" => is(newest.tier()),
            "KeyId" => newest.key().is_some_and(is),
            "Label" => values.iter().any(|label| self.labels.contains_key(*label)),
            tag => {
                let value = self.tags.get(tag.strip_prefix("tag:").unwrap());
                value.is_some_and(|value| values.is_empty() || is(value))
            }
        }
    }
}

pub(super) fn canonical(name: &str) -> String {
    format!("/{}", name.strip_prefix('/').unwrap_or(name))
}

pub(super) fn text<'b>(body: &'b Value, member: &str) -> &'b str {
    body[member].as_str().unwrap()
}

pub(super) fn texts<'b>(body: &'b Value, member: &str) -> Vec<&'b str> {
    let all = body[member].as_array().into_iter().flatten();
    let mut distinct: Vec<&str> = Vec::new();
    for text in all.map(|text| text.as_str().unwrap()) {
        if !distinct.contains(&text) {
            distinct.push(text);
        }
    }
    distinct
}

pub(super) fn below(name: &str, path: &str, recursive: bool) -> bool {
    let rest = name.strip_prefix(&format!("{}/", path.trim_end_matches('/')));
    rest.is_some_and(|rest| recursive || !rest.contains('/'))
}

pub(super) fn without_nulls(mut answer: Map<String, Value>) -> Value {
    answer.retain(|_, value| !value.is_null());
    answer.into()
}

pub(super) fn given_tags(body: &Value) -> impl Iterator<Item = (String, String)> {
    let tags = body["Tags"].as_array().into_iter().flatten();
    tags.map(|tag| (text(tag, "Key").to_owned(), text(tag, "Value").to_owned()))
}
