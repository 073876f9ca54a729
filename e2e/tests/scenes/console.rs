//! The server's own console: `kagiban login` gives a link, a browser follows it.

use serde_json::{Value, json};

use crate::harness::{
    ACCOUNT, Answer, Credentials, Output, Request, Server, Stopped, Workstation, files_below, files_with,
    iso, percent_encoded, policy, profile_at,
};

const VALUE: &str = "canaryConsoleValue";
const ANY_PAGE: &str = "/console";

/// What a browser does: it keeps a cookie, and shows the address of a redirect before it follows it.
struct Browser<'s> {
    server: &'s Server,
    cookie: Option<String>,
}

impl<'s> Browser<'s> {
    fn new(server: &'s Server) -> Browser<'s> {
        Browser { server, cookie: None }
    }

    fn get(&mut self, url: &str) -> Answer {
        self.send(self.request(url))
    }

    fn request(&self, url: &str) -> Request {
        let path = url.strip_prefix(&self.server.url()).unwrap_or(url);
        Request::get(path, &self.server.authority()).with_header("user-agent", "e2e-browser")
    }

    /// Submits a form of the page that is open.
    fn post(&mut self, path: &str, form: &str) -> Answer {
        let mut request = self
            .request(path)
            .with_header("content-type", "application/x-www-form-urlencoded");
        request.method = "POST";
        request.body = form.into();
        self.send(request)
    }

    fn send(&mut self, request: Request) -> Answer {
        let request = match &self.cookie {
            Some(cookie) => request.with_header("cookie", cookie),
            None => request,
        };
        let answer = self.server.connect().send(&request).unwrap();
        if let Some(set) = answer.header("set-cookie") {
            let (pair, terms) = set.split_once(';').unwrap();
            self.cookie = (!terms.contains("Max-Age=0")).then(|| pair.to_owned());
        }
        answer
    }

    /// Follows a link to the end; the page must be open.
    #[track_caller]
    fn follow(&mut self, link: &str) -> String {
        let redirect = self.get(link);
        assert_eq!(redirect.status, 302, "{redirect:?}");
        let to = redirect.header("location").unwrap().to_owned();
        self.get(&to).ok().body
    }

    /// Whether the page is closed to it.
    #[track_caller]
    fn is_shut_out(&mut self) {
        let page = self.get(ANY_PAGE);
        assert_eq!(page.status, 403, "{page:?}");
        assert!(page.body.contains("kagiban login PROFILE"), "{page:?}");
    }
}

fn allowing(action: &str) -> Value {
    json!([{"Effect": "Allow", "Action": action, "Resource": "*"}])
}

/// A server with a secret parameter, a user who may assume roles, and one role.
fn place(server: &Server, action: &str) -> (Credentials, String) {
    server.put("/app/password", VALUE, Some(&server.key()));
    let alice = server.user("alice", &allowing("sts:*"));
    let role = server.role("reader", &json!({"AWS": ACCOUNT}), &allowing(action));
    (alice, role)
}

/// A workstation whose profiles say nothing of a console.
fn workstation(server: &Server, alice: &Credentials, role: &str) -> Workstation {
    let settings = format!("source_profile = j\nrole_arn = {role}\nrole_session_name = me");
    let config = [
        profile_at(&server.url(), "j", ""),
        profile_at(&server.url(), "reader", &settings),
    ];
    let workstation = Workstation::new(&config.concat());
    workstation.add("j", alice);
    workstation
}

fn session(who: &Credentials) -> String {
    json!({
        "sessionId": who.access_key_id,
        "sessionKey": who.secret_access_key,
        "sessionToken": who.session_token,
    })
    .to_string()
}

/// Asks for a sign-in token, by GET.
fn ask(server: &Server, session: &str, more: &str) -> Answer {
    let target = format!(
        "/federation?Action=getSigninToken{more}&Session={}",
        percent_encoded(session)
    );
    let request = Request::get(&target, &server.authority());
    server.connect().send(&request).unwrap()
}

fn token(server: &Server, who: &Credentials) -> String {
    let answer = ask(server, &session(who), "").ok().json();
    answer["SigninToken"].as_str().unwrap().to_owned()
}

fn login(destination: &str, token: &str) -> String {
    format!(
        "/federation?Action=login&Issuer=me&Destination={}&SigninToken={token}",
        percent_encoded(destination)
    )
}

/// The audit log's events of the sign-in.
fn events(stopped: &Stopped) -> Vec<Value> {
    let files = files_below(&stopped.data().join("audit"));
    let texts = files.iter().filter_map(|file| std::fs::read_to_string(file).ok());
    texts
        .flat_map(|text| text.lines().map(str::to_owned).collect::<Vec<_>>())
        .filter_map(|line| serde_json::from_str::<Value>(&line).ok())
        .filter(|event| event["service"] == "signin")
        .collect()
}

fn told(events: &[Value], operation: &str, outcome: &str) -> Vec<Value> {
    let are = |event: &&Value| event["operation"] == operation && event["outcome"] == outcome;
    events.iter().filter(are).cloned().collect()
}

#[test]
fn a_link_opens_the_console_once_and_shows_names_but_no_values() {
    let stopped = Stopped::new();
    let mut command = stopped.command();
    command.args(["--log-filter", "trace"]); // nothing secret is in the log, however much it says
    let server = stopped.start_with(command);
    let (alice, role) = place(&server, "ssm:DescribeParameters");
    let workstation = workstation(&server, &alice, &role);
    let link = workstation.run(&["login", "reader", "--stdout"]).text();

    let mut browser = Browser::new(&server);
    let redirect = browser.get(&link);
    assert_eq!(redirect.status, 302, "{redirect:?}");
    let to = redirect.header("location").unwrap();
    assert_eq!(to, format!("{}/console?region=us-east-1", server.url()));
    let cookie = redirect.header("set-cookie").unwrap();
    let authority = server.authority();
    let name = format!("kagiban-console-{}=", authority.rsplit(':').next().unwrap());
    assert!(
        cookie.starts_with(&name) && cookie.ends_with("; Path=/; HttpOnly; SameSite=Lax"),
        "{cookie}"
    );
    let page = browser.get(to).ok();
    let arn = format!("arn:aws:sts::{ACCOUNT}:assumed-role/reader/me");
    for part in [
        arn.as_str(),
        ACCOUNT,
        "/app/password",
        "SecureString",
        "us-east-1",
    ] {
        assert!(page.body.contains(part), "{part}: {}", page.body);
    }
    assert!(!page.body.contains(VALUE), "{}", page.body);
    for (name, value) in [
        (
            "content-security-policy",
            "default-src 'none'; style-src 'sha256-",
        ),
        ("x-frame-options", "DENY"),
        ("referrer-policy", "no-referrer"),
        ("cache-control", "no-store"),
        ("x-content-type-options", "nosniff"),
        ("content-type", "text/html; charset=utf-8"),
    ] {
        assert!(page.header(name).unwrap().starts_with(value), "{page:?}");
    }
    let elsewhere = browser.get("/console/home?region=eu-west-1").ok().body;
    assert!(
        elsewhere.contains("eu-west-1") && !elsewhere.contains("/app/password"),
        "{elsewhere}"
    );
    let mistyped = browser.get("/console?region=%3Cx%3E").ok().body;
    assert!(
        mistyped.contains("No Region has such a name") && mistyped.contains("Sign out"),
        "{mistyped}"
    );
    assert_eq!(browser.get("/console/ec2").status, 404);

    let mut another = Browser::new(&server);
    let used = another.get(&link);
    assert_eq!(used.status, 400, "{used:?}");
    another.is_shut_out();

    // Another site can send the browser here, but not the cookie along: nobody is signed out by it.
    let answer = Browser::new(&server).post("/federation", "Action=logout").ok();
    assert_eq!(answer.header("set-cookie"), None);
    browser.get(ANY_PAGE).ok();

    let held = browser.cookie.clone().unwrap();
    browser.post("/federation", "Action=logout").ok();
    assert_eq!(browser.cookie, None);
    browser.cookie = Some(held.clone());
    browser.is_shut_out();

    let stopped = server.stop();
    let events = events(&stopped);
    for operation in ["GetSigninToken", "ConsoleLogin", "ConsoleLogout"] {
        let told = told(&events, operation, "allowed");
        assert_eq!(told.len(), 1, "{operation}: {events:#?}");
        assert_eq!(told[0]["principal"], Value::from(arn.as_str()));
        assert_eq!(told[0]["account"], ACCOUNT);
        assert_eq!(told[0]["source_ip"], "127.0.0.1");
    }
    assert_eq!(told(&events, "ConsoleLogin", "denied").len(), 1, "{events:#?}");
    let (_, token) = link.split_once("SigninToken=").unwrap();
    let (_, cookie) = held.split_once('=').unwrap();
    for secret in [token, cookie, VALUE] {
        assert!(!stopped.log().contains(secret), "{secret}");
        let found = files_with(&stopped.data(), secret.as_bytes());
        assert!(found.is_empty(), "{secret}: {found:?}");
    }
}

#[test]
fn a_role_without_the_right_sees_awss_refusal() {
    let server = Server::start();
    let (alice, role) = place(&server, "ssm:GetParameter");
    let session = server.assume(&alice, &role, "me");
    let mut browser = Browser::new(&server);
    let page = browser.follow(&login(
        &format!("{}/console", server.url()),
        &token(&server, &session),
    ));
    let sentence = format!(
        "AccessDeniedException: User: arn:aws:sts::{ACCOUNT}:assumed-role/reader/me is not authorized to perform: ssm:DescribeParameters on resource: "
    );
    assert!(page.contains(&sentence), "{page}");
    assert!(!page.contains("/app/password"), "{page}");
    let (_, rest) = page.split_once("kagiban explain ").unwrap();
    let id = rest.split('<').next().unwrap();
    let explained = server.kagiban(&server.root(), &["explain", id]).stdout;
    assert!(explained.contains("ssm:DescribeParameters"), "{explained}");
    // What is allowed meanwhile is seen on the next page.
    let document = policy(&allowing("ssm:DescribeParameters"));
    let members = [
        ("RoleName", "reader"),
        ("PolicyName", "e2e"),
        ("PolicyDocument", document.as_str()),
    ];
    server.iam(&server.root(), "PutRolePolicy", &members).ok();
    assert!(browser.get(ANY_PAGE).ok().body.contains("/app/password"));
    // As AWS's console revokes a role's sessions.
    let revoking = json!([{"Effect": "Deny", "Action": "*", "Resource": "*",
        "Condition": {"DateLessThan": {"aws:TokenIssueTime": iso(60)}}}]);
    let document = policy(&revoking);
    let members = [
        ("RoleName", "reader"),
        ("PolicyName", "AWSRevokeOlderSessions"),
        ("PolicyDocument", document.as_str()),
    ];
    server.iam(&server.root(), "PutRolePolicy", &members).ok();
    let page = browser.get(ANY_PAGE).ok().body;
    assert!(
        page.contains("with an explicit deny") && !page.contains("/app/password"),
        "{page}"
    );
}

#[test]
fn what_ends_the_credentials_ends_the_session() {
    let server = Server::start();
    let (alice, role) = place(&server, "ssm:DescribeParameters");
    let destination = format!("{}/console", server.url());
    let (opened, pending) = (
        server.assume(&alice, &role, "opened"),
        server.assume(&alice, &role, "pending"),
    );
    let link = login(&destination, &token(&server, &pending));
    let mut browser = Browser::new(&server);
    browser.follow(&login(&destination, &token(&server, &opened)));

    let members = [("RoleName", "reader"), ("PolicyName", "e2e")];
    server.iam(&server.root(), "DeleteRolePolicy", &members).ok();
    server
        .iam(&server.root(), "DeleteRole", &[("RoleName", "reader")])
        .ok();
    server.role(
        "reader",
        &json!({"AWS": ACCOUNT}),
        &allowing("ssm:DescribeParameters"),
    );
    browser.is_shut_out();
    assert_eq!(Browser::new(&server).get(&link).status, 400, "a token as well");

    // A federated user stands and falls with the user who asked for it.
    let answer = server.sts(&alice, "GetFederationToken", &[("Name", "fed")]).ok();
    let federated = Credentials {
        access_key_id: answer.element("AccessKeyId").unwrap(),
        secret_access_key: answer.element("SecretAccessKey").unwrap(),
        session_token: answer.element("SessionToken"),
    };
    let page = browser.follow(&login(&destination, &token(&server, &federated)));
    assert!(page.contains("federated-user/fed"), "{page}");
    let key = [
        ("UserName", "alice"),
        ("AccessKeyId", alice.access_key_id.as_str()),
    ];
    server.iam(&server.root(), "DeleteAccessKey", &key).ok();
    let members = [("UserName", "alice"), ("PolicyName", "e2e")];
    server.iam(&server.root(), "DeleteUserPolicy", &members).ok();
    server
        .iam(&server.root(), "DeleteUser", &[("UserName", "alice")])
        .ok();
    browser.is_shut_out();
}

#[test]
fn what_opens_no_console_is_refused_without_a_word_of_what_was_sent() {
    let server = Server::start();
    let (alice, role) = place(&server, "ssm:DescribeParameters");
    let good = server.assume(&alice, &role, "me");
    let chained = server.role("deep", &json!({"AWS": ACCOUNT}), &allowing("ssm:*"));
    let assumes = server.role("assumes", &json!({"AWS": ACCOUNT}), &allowing("sts:*"));
    let chained = server.assume(&server.assume(&alice, &assumes, "me"), &chained, "me");
    let key = alice.clone();
    let wrong = Credentials {
        secret_access_key: "canaryWrongSecret/7MDENGbPxRfiCYEXAMPLEK".to_owned(),
        ..good.clone()
    };
    let mixed = Credentials {
        session_token: server.assume(&alice, &role, "me").session_token,
        ..good.clone()
    };
    for (who, more, words) in [
        (
            &wrong,
            "",
            "The security token included in the request is invalid.",
        ),
        (
            &mixed,
            "",
            "The security token included in the request is invalid.",
        ),
        (&key, "", "long-lived access keys open no console"),
        (&good, "&SessionDuration=899", "from 900 to 43200"),
        (&chained, "&SessionDuration=900", "SessionDuration is not taken"),
    ] {
        let answer = ask(&server, &session(who), more);
        assert_eq!(answer.status, 400, "{answer:?}");
        assert!(
            answer.json()["message"].as_str().unwrap().contains(words),
            "{answer:?}"
        );
        assert!(!answer.body.contains(&who.secret_access_key), "{answer:?}");
    }
    for (target, words) in [
        ("/federation?Action=getSigninToken", "Session is a JSON object"),
        (
            "/federation?Action=getSigninToken&Session=canary",
            "Session is a JSON object",
        ),
        ("/federation?Action=canary", "Action is one of"),
        ("/federation", "Action is one of"),
        ("/federation?Action=%zz", "the form cannot be read"),
    ] {
        let answer = Browser::new(&server).get(target);
        assert_eq!(answer.status, 400, "{answer:?}");
        assert!(
            answer.body.contains(words) && !answer.body.contains("canary"),
            "{answer:?}"
        );
    }

    // The rest are good: they are refused for where they lead, and are not spent by that.
    ask(&server, &session(&chained), "").ok();
    let form = format!(
        "Action=getSigninToken&SessionDuration=900&Session={}",
        percent_encoded(&session(&good))
    );
    let mut browser = Browser::new(&server);
    let answer = browser.post("/federation", &form).ok().json();
    let token = answer["SigninToken"].as_str().unwrap();
    for evil in [
        "https://evil.example/console",
        "//evil.example/console",
        "/\\evil.example",
        &format!("{}@evil.example/console", server.url()),
        &format!("{}.evil.example/console", server.url()),
        &format!("{}/console/../federation", server.url()),
    ] {
        let answer = browser.get(&login(evil, token));
        assert_eq!(answer.status, 400, "{evil}: {answer:?}");
        assert_eq!(answer.header("location"), None);
        let out = format!(
            "/oauth?Action=logout&redirect_uri={}",
            percent_encoded(&format!("{evil}?a"))
        );
        assert_eq!(browser.get(&out).status, 400, "{evil}");
    }
    browser.follow(&login(&format!("{}/console", server.url()), token));

    let stopped = server.stop();
    let events = events(&stopped);
    let refused = told(&events, "GetSigninToken", "denied");
    assert!(
        refused.len() >= 7 && refused.iter().all(|event| event["principal"].is_null()),
        "{events:#?}"
    );
    assert_eq!(told(&events, "ConsoleLogin", "denied").len(), 6, "{events:#?}");
    for secret in [
        "canaryWrongSecret",
        &good.secret_access_key,
        "evil.example",
        token,
    ] {
        let found = files_with(&stopped.data(), secret.as_bytes());
        assert!(found.is_empty(), "{secret}: {found:?}");
        assert!(!stopped.log().contains(secret), "{secret}");
    }
}

#[test]
fn signing_out_first_leads_to_the_new_session() {
    let server = Server::start();
    let (alice, role) = place(&server, "ssm:DescribeParameters");
    let workstation = workstation(&server, &alice, &role);
    let mut browser = Browser::new(&server);
    browser.follow(&workstation.run(&["login", "reader", "--stdout"]).text());
    let before = browser.cookie.clone().unwrap();
    let link = workstation
        .run(&["login", "reader", "--stdout", "--auto-logout"])
        .text();
    let redirect = browser.get(&link);
    assert_eq!((redirect.status, &browser.cookie), (302, &None), "{redirect:?}");
    let page = browser.follow(redirect.header("location").unwrap());
    assert!(page.contains("assumed-role/reader/me"), "{page}");
    let mut old = Browser::new(&server);
    old.cookie = Some(before);
    old.is_shut_out();
}

#[test]
fn behind_tls_the_public_url_counts_and_the_cookie_is_bound_to_it() {
    let stopped = Stopped::new();
    let mut command = stopped.command();
    command.args(["--public-url", "https://kagiban.example"]);
    let server = stopped.start_with(command);
    let document = Browser::new(&server).get("/.well-known/kagiban").ok();
    assert_eq!(
        document.json(),
        json!({
            "SigninEndpointUrl": "https://kagiban.example/federation",
            "ConsoleUrl": "https://kagiban.example/console",
        })
    );
    let (alice, role) = place(&server, "ssm:DescribeParameters");
    let mut browser = Browser::new(&server);
    let token = token(&server, &server.assume(&alice, &role, "me"));
    let here = browser.get(&login(&format!("{}/console", server.url()), &token));
    assert_eq!(here.status, 400, "this is not where browsers are: {here:?}");
    let redirect = browser.get(&login("https://kagiban.example/console", &token));
    let cookie = redirect.header("set-cookie").unwrap();
    assert!(
        cookie.starts_with("__Host-kagiban-console=") && cookie.ends_with("; Secure"),
        "{cookie}"
    );
    browser.get(ANY_PAGE).ok();
}

#[test]
fn switched_off_there_is_nothing_of_it() {
    let stopped = Stopped::new();
    let mut command = stopped.command();
    command.env("KAGIBAN_CONSOLE", "off");
    let server = stopped.start_with(command);
    let (alice, role) = place(&server, "ssm:DescribeParameters");
    let mut browser = Browser::new(&server);
    let unknown = browser.get("/nothing/like/it");
    for path in [
        "/.well-known/kagiban",
        "/federation?Action=getSigninToken&Session=x",
        "/console",
        "/console/home",
        "/oauth?Action=logout",
    ] {
        let answer = browser.get(path);
        assert_eq!((answer.status, &answer.body), (404, &unknown.body), "{path}");
    }
    let output: Output = workstation(&server, &alice, &role).run(&["login", "reader", "--stdout"]);
    assert!(
        output.code == 4 && output.stderr.contains("set signin_endpoint_url and console_url"),
        "{output:?}"
    );
}
