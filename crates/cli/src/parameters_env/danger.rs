//! Variables that nobody should set for others by naming a parameter: whoever may write below a path would
//! decide what runs wherever the path becomes an environment.

/// Variables that decide which code runs, in shells, in languages and in programs that start others
/// (AWS's files name a `credential_process`); the loader of each system has a family of them, and Git.
const REFUSED: [&str; 35] = [
    "AWS_CONFIG_FILE",
    "AWS_SHARED_CREDENTIALS_FILE",
    "BASH_ENV",
    "BROWSER",
    "CLASSPATH",
    "EDITOR",
    "ENV",
    "ERL_AFLAGS",
    "GCONV_PATH",
    "JAVA_TOOL_OPTIONS",
    "JDK_JAVA_OPTIONS",
    "LESSCLOSE",
    "LESSOPEN",
    "LUA_INIT",
    "MAKEFLAGS",
    "MANPAGER",
    "NODE_OPTIONS",
    "OPENSSL_CONF",
    "PAGER",
    "PATH",
    "PERL5DB",
    "PERL5LIB",
    "PERL5OPT",
    "PROMPT_COMMAND",
    "PS4",
    "PYTHONHOME",
    "PYTHONPATH",
    "PYTHONSTARTUP",
    "PYTHONWARNINGS",
    "RUBYLIB",
    "RUBYOPT",
    "SHELLOPTS",
    "SSH_ASKPASS",
    "VISUAL",
    "_JAVA_OPTIONS",
];
const REFUSED_FAMILIES: [&str; 3] = ["DYLD_", "GIT_", "LD_"];

/// Variables that decide where a program's calls go, in small letters as well, or who may answer them;
/// AWS's endpoints are a family.
const REDIRECTING: [&str; 8] = [
    "ALL_PROXY",
    "AWS_CA_BUNDLE",
    "FTP_PROXY",
    "HTTPS_PROXY",
    "HTTP_PROXY",
    "NO_PROXY",
    "SSL_CERT_DIR",
    "SSL_CERT_FILE",
];
const REDIRECTING_FAMILY: &str = "AWS_ENDPOINT_URL";

/// What a variable decides besides what its reader looks for, if it does.
pub(crate) fn danger(variable: &str) -> Option<&'static str> {
    let in_capitals = variable.to_ascii_uppercase();
    let is_of = |family: &&str| variable.starts_with(family);
    match () {
        () if REFUSED.contains(&variable) || REFUSED_FAMILIES.iter().any(is_of) => {
            Some("decides what code a program runs")
        }
        () if REDIRECTING.contains(&&*in_capitals) || is_of(&REDIRECTING_FAMILY) => {
            Some("decides where a program's calls go")
        }
        () => None,
    }
}
