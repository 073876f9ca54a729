//! For bad requests of every kind: a server whose one parameter must come through unharmed.

use serde_json::{Value, json};

use super::{Answer, Credentials, Request, Server, at};

/// A server with one parameter, which must be all there is when the test ends.
pub(crate) struct Guarded {
    pub(crate) server: Server,
    pub(crate) root: Credentials,
}

impl Guarded {
    pub(crate) fn start() -> Self {
        let server = Server::start();
        server.put("/kept", "as it was", None);
        let root = server.root();
        Self { server, root }
    }

    pub(crate) fn put_request(&self, value: &str) -> Request {
        let body = json!({"Name": "/kept", "Value": value, "Overwrite": true}).to_string();
        Request::json("AmazonSSM.PutParameter", body, &self.server.authority())
    }

    pub(crate) fn get_caller_identity(&self) -> Request {
        Request::query("2011-06-15", "GetCallerIdentity", &[], &self.server.authority())
    }

    pub(crate) fn send(&self, request: &Request) -> Answer {
        self.server.connect().send(request).expect("the server answers")
    }

    pub(crate) fn call(&self, operation: &str, body: &Value) -> Answer {
        self.server
            .call(&self.root, &format!("AmazonSSM.{operation}"), body)
    }

    /// Sends a signed SSM call whose body is not ours to build with a JSON library.
    pub(crate) fn call_raw(&self, operation: &str, body: impl Into<Vec<u8>>) -> Answer {
        let request = Request::json(&format!("AmazonSSM.{operation}"), body, &self.server.authority());
        self.send(&request.signed(&at(&self.root, "ssm")))
    }
}

impl Drop for Guarded {
    fn drop(&mut self) {
        if std::thread::panicking() {
            return;
        }
        let all = json!({"Path": "/", "Recursive": true});
        let found = self.call("GetParametersByPath", &all).ok().json();
        let names_and_values: Vec<_> = found["Parameters"]
            .as_array()
            .unwrap()
            .iter()
            .map(|p| (&p["Name"], &p["Value"], &p["Version"]))
            .collect();
        assert_eq!(
            names_and_values,
            [(&json!("/kept"), &json!("as it was"), &json!(1))]
        );
    }
}
