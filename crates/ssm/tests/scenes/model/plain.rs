//! Parameter Store said as plainly as can be: maps, and no word about how it is kept.
//!
//! It takes only requests that [`super::steps`] makes, and knows an error by its code alone.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::parameter::{Parameter, Version, below, canonical, given_tags, text, texts};

type Answer = Result<Value, &'static str>;

/// All parameters, by canonical name: those there are, and the last that was deleted of each name.
#[derive(Default)]
pub(crate) struct Plain {
    live: BTreeMap<String, Parameter>,
    deleted: BTreeMap<String, Parameter>,
}

impl Plain {
    /// How many old versions there are, of those that are there and those that can come back.
    pub(crate) fn older_versions(&self) -> usize {
        let all = self.live.values().chain(self.deleted.values());
        all.map(|parameter| parameter.versions.len() - 1).sum()
    }

    /// What comes of a request; all pages of a list at once.
    pub(crate) fn answer(&mut self, operation: &str, body: &Value) -> Answer {
        match operation {
            "PutParameter" => self.put(body),
            "GetParameter" => self.read(text(body, "Name")),
            "GetParameters" => Ok(self.read_some(body)),
            "GetParametersByPath" => Ok(self.by_path(body)),
            "DescribeParameters" => Ok(self.describe(body)),
            "GetParameterHistory" => self.named(body).map(Parameter::history),
            "LabelParameterVersion" => self.label(body),
            "UnlabelParameterVersion" => self.unlabel(body),
            "DeleteParameter" => self.delete(text(body, "Name")).map(|()| json!({})),
            "DeleteParameters" => Ok(self.delete_some(body)),
            "RollbackParameter" => self.roll_back(body),
            "ListDeletedParameters" => Ok(self.deleted_below(text(body, "Path"))),
            "UndeleteParameter" => self.undelete(body),
            "PurgeDeletedParameter" => {
                let purged = self.deleted.remove(&canonical(text(body, "Name")));
                purged.map(|_| json!({})).ok_or("ParameterNotFound")
            }
            _ => self.tags(operation, body),
        }
    }

    fn named(&mut self, body: &Value) -> Result<&mut Parameter, &'static str> {
        let name = canonical(text(body, "Name"));
        self.live.get_mut(&name).ok_or("ParameterNotFound")
    }

    fn put(&mut self, body: &Value) -> Answer {
        let overwrite = body["Overwrite"] == true;
        if overwrite && !body["Tags"].is_null() {
            return Err("ValidationException");
        }
        let existing = self.live.get(&canonical(text(body, "Name")));
        if existing.is_some() && !overwrite {
            return Err("ParameterAlreadyExists");
        }
        let newest = existing.map(Parameter::newest);
        let version = Version::next(newest.map(|(_, version)| version), body)?;
        let tier = version.tier();
        let mut parameter = existing.cloned().unwrap_or_else(|| Parameter::new(body));
        let number = parameter.add(version)?;
        self.live.insert(canonical(text(body, "Name")), parameter);
        Ok(json!({"Version": number, "Tier": tier}))
    }

    /// An old version again, but for the tier, which never goes down.
    fn roll_back(&mut self, body: &Value) -> Answer {
        let parameter = self.named(body)?;
        let number = match body["Label"].as_str() {
            Some(label) => parameter.labels.get(label).copied(),
            None => body["Version"].as_i64(),
        };
        let old = number.and_then(|number| parameter.versions.get(&number));
        let version = Version {
            advanced: parameter.newest().1.advanced,
            ..old.ok_or("ParameterVersionNotFound")?.clone()
        };
        let tier = version.tier();
        let number = parameter.add(version)?;
        Ok(json!({"Name": text(body, "Name"), "Version": number, "Tier": tier}))
    }

    fn read(&self, reference: &str) -> Answer {
        let (name, selector) = match reference.split_once(':') {
            Some((name, selector)) => (name, Some(selector)),
            None => (reference, None),
        };
        let parameter = self.live.get(&canonical(name)).ok_or("ParameterNotFound")?;
        let number = match selector {
            None => Some(parameter.newest().0),
            Some(selector) => selector
                .parse()
                .ok()
                .or_else(|| parameter.labels.get(selector).copied()),
        };
        let number = number.filter(|number| parameter.versions.contains_key(number));
        let number = number.ok_or("ParameterVersionNotFound")?;
        Ok(json!({"Parameter": parameter.version(name, selector, number)}))
    }

    fn read_some(&self, body: &Value) -> Value {
        let (mut parameters, mut invalid) = (Vec::new(), Vec::new());
        for name in texts(body, "Names") {
            match self.read(name) {
                Ok(mut found) => parameters.push(found["Parameter"].take()),
                Err(_) => invalid.push(name),
            }
        }
        json!({"Parameters": parameters, "InvalidParameters": invalid})
    }

    fn by_path(&self, body: &Value) -> Value {
        let found = self.live.iter().filter(|(name, parameter)| {
            below(name, text(body, "Path"), body["Recursive"] == true) && parameter.passes(name, body)
        });
        let labels = match &body["ParameterFilters"][0] {
            filter if filter["Key"] == "Label" => texts(filter, "Values"),
            _ => Vec::new(),
        };
        let read = |parameter: &Parameter| {
            let label = labels.iter().find(|label| parameter.labels.contains_key(**label));
            let number = label.map_or(parameter.newest().0, |label| parameter.labels[*label]);
            parameter.version(&parameter.name, label.copied(), number)
        };
        let read: Vec<Value> = found.map(|(_, parameter)| read(parameter)).collect();
        json!({"Parameters": read})
    }

    fn describe(&self, body: &Value) -> Value {
        let found = self
            .live
            .iter()
            .filter(|(name, parameter)| parameter.passes(name, body));
        let described: Vec<Value> = found.map(|(_, parameter)| parameter.metadata()).collect();
        json!({"Parameters": described})
    }

    fn label(&mut self, body: &Value) -> Answer {
        let parameter = self.named(body)?;
        let number = body["ParameterVersion"].as_i64().unwrap_or(parameter.newest().0);
        if !parameter.versions.contains_key(&number) {
            return Err("ParameterVersionNotFound");
        }
        let good = |label: &&str| !["1st", "aws-x"].contains(label);
        let (good, invalid): (Vec<&str>, Vec<&str>) = texts(body, "Labels").into_iter().partition(good);
        let mut labels = parameter.labels.clone();
        labels.extend(good.into_iter().map(|label| (label.to_owned(), number)));
        if labels.values().filter(|at| **at == number).count() > 10 {
            return Err("ParameterVersionLabelLimitExceeded");
        }
        parameter.labels = labels;
        Ok(json!({"InvalidLabels": invalid, "ParameterVersion": number}))
    }

    fn unlabel(&mut self, body: &Value) -> Answer {
        let parameter = self.named(body)?;
        let number = body["ParameterVersion"].as_i64().unwrap();
        if !parameter.versions.contains_key(&number) {
            return Err("ParameterVersionNotFound");
        }
        let on_it = |label: &&str| parameter.labels.get(*label) == Some(&number);
        let (removed, invalid): (Vec<&str>, Vec<&str>) = texts(body, "Labels").into_iter().partition(on_it);
        parameter
            .labels
            .retain(|label, _| !removed.contains(&label.as_str()));
        Ok(json!({"RemovedLabels": removed, "InvalidLabels": invalid}))
    }

    fn tags(&mut self, operation: &str, body: &Value) -> Answer {
        let parameter = self.live.get_mut(&canonical(text(body, "ResourceId")));
        let tags = &mut parameter.ok_or("InvalidResourceId")?.tags;
        match operation {
            "AddTagsToResource" => tags.extend(given_tags(body)),
            "RemoveTagsFromResource" => tags.retain(|key, _| !texts(body, "TagKeys").contains(&key.as_str())),
            _ => {
                let listed: Vec<Value> = tags
                    .iter()
                    .map(|(key, value)| json!({"Key": key, "Value": value}))
                    .collect();
                return Ok(json!({"TagList": listed}));
            }
        }
        Ok(json!({}))
    }

    fn delete(&mut self, name: &str) -> Result<(), &'static str> {
        let parameter = self.live.remove(&canonical(name)).ok_or("ParameterNotFound")?;
        self.deleted.insert(canonical(name), parameter);
        Ok(())
    }

    /// Both spellings of a name are deleted as one.
    fn delete_some(&mut self, body: &Value) -> Value {
        let there = |name: &&str| self.live.contains_key(&canonical(name));
        let (deleted, invalid): (Vec<&str>, Vec<&str>) = texts(body, "Names").into_iter().partition(there);
        for name in &deleted {
            let _ = self.delete(name);
        }
        json!({"DeletedParameters": deleted, "InvalidParameters": invalid})
    }

    fn deleted_below(&self, path: &str) -> Value {
        let found = self.deleted.iter().filter(|(name, _)| below(name, path, true));
        let told = |parameter: &Parameter| {
            let (number, newest) = parameter.newest();
            json!({"Name": parameter.name, "Type": newest.kind, "Version": number, "Tier": newest.tier()})
        };
        let told: Vec<Value> = found.map(|(_, parameter)| told(parameter)).collect();
        json!({"Parameters": told})
    }

    /// With a swap, what has the name by now takes the deleted one's place.
    fn undelete(&mut self, body: &Value) -> Answer {
        let name = canonical(text(body, "Name"));
        let parameter = self.deleted.get(&name).ok_or("ParameterNotFound")?;
        if self.live.contains_key(&name) && body["Swap"] != true {
            return Err("ParameterAlreadyExists");
        }
        let (number, newest) = parameter.newest();
        let answer = json!({"Name": parameter.name, "Version": number, "Tier": newest.tier()});
        let parameter = self.deleted.remove(&name).unwrap();
        if let Some(live) = self.live.insert(name.clone(), parameter) {
            self.deleted.insert(name, live);
        }
        Ok(answer)
    }
}
