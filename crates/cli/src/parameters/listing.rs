//! Reading many: every page of each listing.

use serde::Deserialize;
use serde::de::{DeserializeOwned, IgnoredAny};
use serde_json::{Value, json};

use super::{Metadata, Parameter, Parameters, Tag, Version};
use crate::call::Client;
use crate::failure::Failure;

/// A page of any listing; the list has another name in each.
#[derive(Deserialize)]
struct Page<T> {
    #[serde(
        default = "Vec::new",
        alias = "Parameters",
        alias = "Webhooks",
        alias = "DeadLetters",
        alias = "Settings",
        alias = "InstanceInformationList",
        alias = "Sessions"
    )]
    items: Vec<T>,
    #[serde(rename = "NextToken", default)]
    next_token: Option<String>,
}

impl Client {
    /// All items of a listing, over all its pages.
    ///
    /// # Errors
    ///
    /// If the server cannot be reached or refuses.
    pub(crate) fn all<T: DeserializeOwned>(
        &self,
        operation: &str,
        mut body: Value,
    ) -> Result<Vec<T>, Failure> {
        let mut all = Vec::new();
        loop {
            let page: Page<T> = self.call(operation, &body)?;
            all.extend(page.items);
            match page.next_token.filter(|token| !token.is_empty()) {
                None => return Ok(all),
                Some(token) if body["NextToken"] == token.as_str() => {
                    return Err(Failure::Answer("the same page comes again".to_owned()));
                }
                Some(token) => body["NextToken"] = token.into(),
            }
        }
    }
}

impl Parameters {
    /// Everything below a path at any depth, with values, by name.
    ///
    /// # Errors
    ///
    /// If the server cannot be reached or refuses.
    pub(crate) fn below(&self, path: &str, decrypt: bool) -> Result<Vec<Parameter>, Failure> {
        self.read_below(path, true, decrypt)
    }

    /// Everything right below a path, decrypted, by name.
    ///
    /// # Errors
    ///
    /// If the server cannot be reached or refuses.
    pub(crate) fn right_below(&self, path: &str) -> Result<Vec<Parameter>, Failure> {
        self.read_below(path, false, true)
    }

    /// How many are below a path at any depth, as far as one page tells, and whether there are more.
    ///
    /// # Errors
    ///
    /// If the server cannot be reached or refuses.
    pub(crate) fn glance_below(&self, path: &str) -> Result<(usize, bool), Failure> {
        let body = json!({"Path": path, "Recursive": true, "MaxResults": 10});
        let page: Page<IgnoredAny> = self.call("GetParametersByPath", &body)?;
        let has_more = page.next_token.is_some_and(|token| !token.is_empty());
        Ok((page.items.len(), has_more))
    }

    fn read_below(&self, path: &str, recursive: bool, decrypt: bool) -> Result<Vec<Parameter>, Failure> {
        let body = json!({
            "Path": path, "Recursive": recursive, "WithDecryption": decrypt, "MaxResults": 10
        });
        let mut all: Vec<Parameter> = self.client.all("GetParametersByPath", body)?;
        all.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(all)
    }

    /// What is known of everything below a path at any depth, by name; `/` is everything.
    ///
    /// # Errors
    ///
    /// If the server cannot be reached or refuses.
    pub(crate) fn described_below(&self, path: &str) -> Result<Vec<Metadata>, Failure> {
        let body = match path {
            "/" => json!({"MaxResults": 50}),
            path => {
                let filter = json!([{"Key": "Path", "Option": "Recursive", "Values": [path]}]);
                json!({"MaxResults": 50, "ParameterFilters": filter})
            }
        };
        let mut all: Vec<Metadata> = self.client.all("DescribeParameters", body)?;
        all.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(all)
    }

    /// What is known of one parameter.
    ///
    /// # Errors
    ///
    /// `Missing`, and if the server cannot be reached or refuses.
    pub(crate) fn described(&self, name: &str) -> Result<Metadata, Failure> {
        let filter = json!([{"Key": "Name", "Option": "Equals", "Values": [name]}]);
        let found: Vec<Metadata> = self
            .client
            .all("DescribeParameters", json!({"ParameterFilters": filter}))?;
        found
            .into_iter()
            .next()
            .ok_or_else(|| Failure::Missing(format!("there is no parameter {name}")))
    }

    /// Every version that is kept, oldest first.
    ///
    /// # Errors
    ///
    /// If the server cannot be reached or refuses.
    pub(crate) fn history(&self, name: &str, decrypt: bool) -> Result<Vec<Version>, Failure> {
        let body = json!({"Name": name, "WithDecryption": decrypt, "MaxResults": 50});
        self.client.all("GetParameterHistory", body)
    }

    /// The tags, by key.
    ///
    /// # Errors
    ///
    /// If the server cannot be reached or refuses.
    pub(crate) fn tags(&self, name: &str) -> Result<Vec<Tag>, Failure> {
        #[derive(Deserialize)]
        #[serde(rename_all = "PascalCase")]
        struct Answer {
            #[serde(default)]
            tag_list: Vec<Tag>,
        }
        let body = json!({"ResourceType": "Parameter", "ResourceId": name});
        let mut tags = self.call::<Answer>("ListTagsForResource", &body)?.tag_list;
        tags.sort();
        Ok(tags)
    }
}
