//! Completion in real shells: a tab asks this program, which knows profiles, nodes and parameters.

use std::net::TcpListener;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::harness::{
    Output, Server, Workstation, cli_binary, clients_directory, profile_at, tool, venv_binary,
};

fn place() -> (Server, Workstation) {
    let server = Server::start();
    for name in ["/app/database/user", "/app/database/password", "/app/port"] {
        server.put(name, "v", None);
    }
    let key = server.root();
    let keys = format!(
        "aws_access_key_id = {}\naws_secret_access_key = {}",
        key.access_key_id, key.secret_access_key
    );
    let config = [
        profile_at(&server.url(), "default", &keys).replace("[profile default]", "[default]"),
        profile_at(&server.url(), "reader", &keys),
        profile_at(&server.url(), "real-writer", &keys),
    ];
    let workstation = Workstation::new(&config.concat());
    (server, workstation)
}

/// Types lines into an interactive shell; each waits for the text before it.
fn typed(workstation: &Workstation, shell: &[&str], lines: &[(&str, &str)]) -> Output {
    let answers: Vec<Value> = lines
        .iter()
        .map(|(shown, line)| json!([shown, line, false]))
        .collect();
    let program = clients_directory().join("terminal.py").display().to_string();
    let answers = Value::from(answers).to_string();
    let words = [&[program.as_str(), &answers], shell].concat();
    let mut command = workstation.command(&venv_binary("python"), &words);
    command.env("TERM", "xterm").env("PS1", "PROMPT ");
    Output::of(&mut command)
}

/// A tab completes a profile and two levels of a parameter's name; what the completed lines do is seen.
fn completes_in(shell: &[&str], prepare: &str) {
    let (_server, workstation) = place();
    let lines = [
        ("PROMPT ", prepare),
        ("PROMPT ", "echo re''ady"),
        ("ready", "kagiban profile explain rea\td\t"),
        ("plan", "kagiban param get --json /app/d\tu\t"),
        ("\"Name\": \"/app/database/user\"", "exit 7"),
    ];
    let output = typed(&workstation, shell, &lines);
    assert_eq!(output.code, 7, "{output:?}");
    assert!(output.stdout.contains("profile reader"), "{output:?}");
}

#[test]
fn bash_completes_profiles_and_parameters() {
    let bash = tool("bash").display().to_string();
    completes_in(
        &[&bash, "--norc", "--noprofile", "-i"],
        "source <(kagiban completion bash)",
    );
}

#[test]
fn zsh_completes_profiles_and_parameters() {
    let zsh = tool("zsh").display().to_string();
    completes_in(
        &[&zsh, "-f", "-i"],
        "autoload -U compinit; compinit -D -u; source <(kagiban completion zsh)",
    );
}

#[test]
fn fish_lists_profiles_nodes_and_parameters() {
    let (server, workstation) = place();
    let fish = tool("fish");
    let listed = |line: &str| {
        let script = format!("kagiban completion fish | source; complete -C '{line}'");
        let mut command = workstation.command(&fish, &["--no-config", "-c", &script]);
        let output = Output::of(&mut command).text();
        let names = output
            .lines()
            .map(|line| line.split('\t').next().unwrap_or_default().to_owned());
        names.collect::<Vec<String>>()
    };
    assert_eq!(listed("kagiban exec re"), ["reader", "real-writer"]);
    assert_eq!(listed("kagiban --profile read"), ["reader"]);
    assert_eq!(listed("kagiban param get /app/"), ["/app/database/", "/app/port"]);
    assert_eq!(
        listed("kagiban --profile reader param get /app/database/p"),
        ["/app/database/password"]
    );
    assert_eq!(listed("kagiban run --params /app/da"), ["/app/database/"]);
    assert!(listed("kagiban param g").contains(&"get".to_owned()));

    server.node_role("node");
    let activation = server.activation(&server.root(), &json!({"DefaultInstanceName": "web-1"}));
    let mut machine = crate::harness::Machine::start(&server);
    let node = machine.register(&activation, "one", "print")["InstanceId"].clone();
    let node = node.as_str().unwrap();
    assert_eq!(listed("kagiban session start mi-"), [node]);
    assert_eq!(listed("kagiban session forward we"), ["web-1"]);
    assert_eq!(listed("kagiban node deregister mi-"), [node]);
    // Without a server there is nothing to list, and no noise about it.
    drop(server);
    assert_eq!(listed("kagiban param get /app/"), [""; 0]);
}

/// What is completed at the end of a line, asked as fish does.
fn completed(workstation: &Workstation, line: &str) -> Vec<String> {
    let words: Vec<&str> = ["--"].into_iter().chain(line.split(' ')).collect();
    let mut command = workstation.command(&cli_binary(), &words);
    let output = Output::of(command.env("_KAGIBAN_COMPLETE", "fish")).text();
    let names = output.lines().map(|line| line.split('\t').next().unwrap());
    names.map(str::to_owned).collect()
}

#[test]
fn a_server_that_never_answers_holds_nobody_up_at_a_tab() {
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", silent.local_addr().unwrap());
    let keys = "aws_access_key_id = AKIA\naws_secret_access_key = s";
    let role = format!("{keys}\nrole_arn = arn:aws:iam::111122223333:role/r\nsource_profile = role");
    let config = [profile_at(&url, "key", keys), profile_at(&url, "role", &role)];
    let workstation = Workstation::new(&config.concat());
    for line in [
        "kagiban --profile key param get /pre",
        "kagiban --profile role param get /pre",
        "kagiban --profile key session start mi-",
    ] {
        let since = Instant::now();
        assert_eq!(completed(&workstation, line), [""; 0], "{line}");
        let took = since.elapsed();
        assert!(took < Duration::from_secs(20), "{line}: {took:?}");
    }
}

#[test]
fn the_profile_that_exec_opens_says_where_parameters_are() {
    let (_server, workstation) = place();
    let config = std::fs::read_to_string(workstation.config_file()).unwrap();
    // Nowhere else is anything.
    workstation.write_config(&config.replace("[default]", "[profile other]"));
    assert_eq!(
        completed(&workstation, "kagiban exec reader --params /app/da"),
        ["/app/database/"]
    );
    assert_eq!(completed(&workstation, "kagiban exec --params /app/da"), [""; 0]);
}

#[test]
fn names_of_stores_and_prompts_and_profiles_of_devices_are_completed() {
    let workstation = Workstation::new("[profile reader]\nregion = eu-west-1\n");
    for (line, names) in [
        ("kagiban list --backend fi", ["file"]),
        ("kagiban store migrate --from keyct", ["keyctl"]),
        ("kagiban store migrate --to win", ["wincred"]),
        ("kagiban exec --prompt zen", ["zenity"]),
        ("kagiban mfa add re", ["reader"]),
    ] {
        assert_eq!(completed(&workstation, line), names, "{line}");
    }
}

#[test]
fn powershell_gets_a_script_that_holds_together() {
    let workstation = Workstation::new("");
    let script = workstation.run(&["completion", "powershell"]).text();
    assert!(
        script.contains("Register-ArgumentCompleter -Native -CommandName kagiban"),
        "{script}"
    );
    assert!(script.contains("_KAGIBAN_COMPLETE"), "{script}");
    // Outside of quoted text, what opens is closed, in order.
    let mut open = Vec::new();
    let mut quote = None;
    for letter in script.chars() {
        match (quote, letter) {
            (Some(own), _) if own == letter => quote = None,
            (Some(_), _) => {}
            (None, '"' | '\'') => quote = Some(letter),
            (None, '(' | '{' | '[') => open.push(letter),
            (None, ')') => assert_eq!(open.pop(), Some('('), "{script}"),
            (None, '}') => assert_eq!(open.pop(), Some('{'), "{script}"),
            (None, ']') => assert_eq!(open.pop(), Some('['), "{script}"),
            (None, _) => {}
        }
    }
    assert!(open.is_empty() && quote.is_none(), "{open:?}: {script}");
    // What it calls at a tab answers, as PowerShell would ask.
    let mut asked = workstation.command(&cli_binary(), &["--", "kagiban", "param", "g"]);
    asked
        .env("_KAGIBAN_COMPLETE", "powershell")
        .env("_CLAP_COMPLETE_INDEX", "2");
    let answer = Output::of(&mut asked).text();
    assert!(answer.contains("get"), "{answer}");
}

#[test]
fn manual_pages_are_written_and_read_by_man_and_mandoc() {
    let workstation = Workstation::new("");
    let pages = workstation.home().join("man1");
    let said = workstation.run(&["man", &pages.display().to_string()]).text();
    assert!(said.starts_with("Wrote "), "{said}");
    let text = |page: &str| std::fs::read_to_string(pages.join(page)).unwrap();
    for (page, expected) in [
        ("kagiban.1", "kagiban\\-exec(1)"),
        ("kagiban-exec.1", "terraform apply"),
        ("kagiban-param-get.1", "SYNOPSIS"),
    ] {
        assert!(text(page).contains(expected), "{page}: {}", text(page));
    }
    assert!(
        !pages.join("kagiban-version.1").exists(),
        "what is hidden has no page"
    );
    assert!(text("kagiban-man.1").contains("SYNOPSIS"));
    for page in std::fs::read_dir(&pages).unwrap() {
        let page = page.unwrap().path().display().to_string();
        let lint = ["-T", "lint", "-W", "error", &page];
        let output = Output::of(&mut workstation.command(&tool("mandoc"), &lint));
        assert_eq!(output.code, 0, "{output:?}");
    }
}
