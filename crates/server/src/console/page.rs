//! What browsers see: a few pages without a script, in which nothing is taken from anybody unescaped.

use std::fmt;
use std::sync::LazyLock;

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hyper::StatusCode;
use hyper::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, HeaderValue, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS,
    X_FRAME_OPTIONS,
};
use kagiban_aws::Region;
use kagiban_aws::wire::query::percent_encode;

use super::desk::Visitor;
use super::listing::{Listing, Row};
use crate::http::Response;

/// What the first page shows.
pub(super) struct Home<'h> {
    pub(super) visitor: &'h Visitor,
    pub(super) region: Region,
    pub(super) listing: &'h Listing,
}

const STYLE: &str = "\
:root{color-scheme:light dark;font:16px/1.5 system-ui,sans-serif}\
body{max-width:60rem;margin:2rem auto;padding:0 1rem}\
header{display:flex;justify-content:space-between;align-items:baseline}\
dl{display:grid;grid-template-columns:max-content 1fr;gap:.25rem 1rem}\
dt{opacity:.7}dd{margin:0;overflow-wrap:anywhere}\
table{border-collapse:collapse;width:100%}\
th,td{text-align:left;padding:.3rem .6rem .3rem 0;border-bottom:1px solid #8884;overflow-wrap:anywhere}\
.refusal{border-left:.25rem solid #c33;padding-left:1rem}\
code{font-family:ui-monospace,monospace}";

/// Nothing is loaded or run; of styles only ours, of forms only those that lead back here.
static POLICY: LazyLock<HeaderValue> = LazyLock::new(|| {
    let hash = STANDARD.encode(digest(&SHA256, STYLE.as_bytes()));
    let policy = format!(
        "default-src 'none'; style-src 'sha256-{hash}'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    );
    HeaderValue::from_str(&policy).expect("words and base64 are ASCII")
});

/// The first page.
pub(super) fn home(home: &Home<'_>) -> Response {
    let Visitor {
        arn, account, until, ..
    } = home.visitor;
    let region = Escaped(home.region.as_str());
    let body = format!(
        "<header><h1>Kagiban</h1>\
         <form method=\"post\" action=\"/federation\"><input type=\"hidden\" name=\"Action\" value=\"logout\">\
         <button>Sign out</button></form></header>\n\
         <dl><dt>Signed in as</dt><dd><code>{}</code></dd>\
         <dt>Account</dt><dd>{account}</dd>\
         <dt>Until</dt><dd>{}</dd></dl>\n\
         <h2>Parameters in {region}</h2>\n\
         <form method=\"get\" action=\"/console\"><label>Region <input name=\"region\" value=\"{region}\"></label> \
         <button>Show</button></form>\n{}",
        Escaped(arn.as_str()),
        until.iso(),
        fmt::from_fn(|f| listing(home, f)),
    );
    html(StatusCode::OK, "Kagiban", &body)
}

fn listing(home: &Home<'_>, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    match home.listing {
        Listing::Refused { sentence, request_id } if request_id.is_empty() => {
            writeln!(f, "<p class=\"refusal\">{}</p>", Escaped(sentence))
        }
        Listing::Refused { sentence, request_id } => write!(
            f,
            "<p class=\"refusal\">{}</p>\n<p>Why: <code>kagiban explain {}</code></p>\n",
            Escaped(sentence),
            Escaped(request_id)
        ),
        Listing::Parameters { rows, next: None } if rows.is_empty() => {
            f.write_str("<p>There are none, or no more.</p>\n")
        }
        Listing::Parameters { rows, next } => {
            table(rows, f)?;
            match next {
                Some(next) => writeln!(
                    f,
                    "<p><a href=\"/console?region={}&amp;next={}\">More</a></p>",
                    percent_encode(home.region.as_str()),
                    percent_encode(next)
                ),
                None => Ok(()),
            }
        }
    }
}

fn table(rows: &[Row], f: &mut fmt::Formatter<'_>) -> fmt::Result {
    f.write_str("<table><tr><th>Name<th>Type<th>Version<th>Last modified</tr>\n")?;
    for row in rows {
        writeln!(
            f,
            "<tr><td><code>{}</code><td>{}<td>{}<td>{}</tr>",
            Escaped(&row.name),
            Escaped(&row.r#type),
            row.version,
            row.modified().iso()
        )?;
    }
    f.write_str("</table>\n")
}

/// Why nothing is shown, and how to come in.
pub(super) fn closed(status: StatusCode, why: &str) -> Response {
    let body = format!(
        "<h1>Kagiban</h1>\n<p>This page is closed: {}.</p>\n{HOW_TO_COME_IN}",
        Escaped(why)
    );
    html(status, "Kagiban: closed", &body)
}

const HOW_TO_COME_IN: &str =
    "<p>To come in, run <code>kagiban login PROFILE</code> where your credentials are.</p>\n";

/// After signing out.
pub(super) fn signed_out() -> Response {
    let body = format!("<h1>Kagiban</h1>\n<p>You are signed out.</p>\n{HOW_TO_COME_IN}");
    html(StatusCode::OK, "Kagiban: signed out", &body)
}

/// For pages that there are not.
pub(super) fn missing() -> Response {
    let body = "<h1>Kagiban</h1>\n<p>There is no such page. <a href=\"/console\">The first page</a></p>\n";
    html(StatusCode::NOT_FOUND, "Kagiban: no such page", body)
}

fn html(status: StatusCode, title: &str, body: &str) -> Response {
    let text = format!(
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width\"><title>{title}</title>\
         <style>{STYLE}</style></head><body>\n{body}</body></html>\n"
    );
    guarded(Response::new(status, "text/html; charset=utf-8", text))
}

/// The same answer, kept by nobody, framed by nobody, and without a word of where it was to other sites.
pub(super) fn guarded(response: Response) -> Response {
    response
        .with(CONTENT_SECURITY_POLICY, POLICY.clone())
        .with(X_FRAME_OPTIONS, HeaderValue::from_static("DENY"))
        .with(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"))
        .with(REFERRER_POLICY, HeaderValue::from_static("no-referrer"))
        .with(CACHE_CONTROL, HeaderValue::from_static("no-store"))
}

/// Text as HTML shows it, in an element or in an attribute's quotes. What a browser might obey instead of
/// showing it (controls, marks of direction) becomes a mark that something was there.
struct Escaped<'t>(&'t str);

impl fmt::Display for Escaped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        use fmt::Write as _;

        for character in self.0.chars() {
            match character {
                '&' => f.write_str("&amp;")?,
                '<' => f.write_str("&lt;")?,
                '>' => f.write_str("&gt;")?,
                '"' => f.write_str("&quot;")?,
                '\'' => f.write_str("&#39;")?,
                '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => {
                    f.write_char('\u{fffd}')?;
                }
                other if other.is_control() => f.write_char('\u{fffd}')?,
                other => f.write_char(other)?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use kagiban_aws::{AccessKeyId, KeyOrigin, Timestamp};
    use proptest::prelude::*;

    use super::*;

    fn visitor() -> Visitor {
        let account = "111122223333".parse().unwrap();
        Visitor {
            access_key_id: AccessKeyId::new(KeyOrigin::Temporary, account, [1; 5]),
            token: "canary".to_owned().into(),
            behind: "arn:aws:iam::111122223333:role/reader".parse().unwrap(),
            arn: "arn:aws:sts::111122223333:assumed-role/reader/me"
                .parse()
                .unwrap(),
            account,
            until: Timestamp::from_seconds(0),
        }
    }

    fn shown(listing: &Listing) -> String {
        let response = home(&Home {
            visitor: &visitor(),
            region: "eu-west-1".parse().unwrap(),
            listing,
        });
        String::from_utf8(response.body.to_vec()).unwrap()
    }

    #[test]
    fn the_first_page_says_who_where_and_until_when() {
        let row: Row = serde_json::from_str(
            r#"{"Name":"/a/<b>","Type":"SecureString","Version":7,"LastModifiedDate":60}"#,
        )
        .unwrap();
        let text = shown(&Listing::Parameters {
            rows: vec![row],
            next: Some("a+/=\"".to_owned()),
        });
        for part in [
            "<code>arn:aws:sts::111122223333:assumed-role/reader/me</code>",
            "<dd>111122223333</dd>",
            "<dd>1970-01-01T00:00:00Z</dd>",
            "<h2>Parameters in eu-west-1</h2>",
            "<tr><td><code>/a/&lt;b&gt;</code><td>SecureString<td>7<td>1970-01-01T00:01:00Z</tr>",
            "href=\"/console?region=eu-west-1&amp;next=a%2B%2F%3D%22\"",
        ] {
            assert!(text.contains(part), "{part}: {text}");
        }
        assert!(!text.contains("canary") && !text.contains("<script"), "{text}");
    }

    #[test]
    fn a_refusal_and_nothing_at_all_are_said() {
        let refused = shown(&Listing::Refused {
            sentence: "User: <x> is not authorized".to_owned(),
            request_id: "id-1".to_owned(),
        });
        assert!(refused.contains("User: &lt;x&gt; is not authorized"), "{refused}");
        assert!(refused.contains("kagiban explain id-1"), "{refused}");
        let without_id = shown(&Listing::Refused {
            sentence: "No Region <x>".to_owned(),
            request_id: String::new(),
        });
        assert!(without_id.contains("No Region &lt;x&gt;") && !without_id.contains("explain"));
        let none = shown(&Listing::Parameters {
            rows: Vec::new(),
            next: None,
        });
        assert!(none.contains("There are none"), "{none}");
    }

    #[test]
    fn the_style_on_the_page_is_the_one_that_the_policy_allows() {
        let response = closed(StatusCode::FORBIDDEN, "you & I");
        let text = String::from_utf8(response.body.to_vec()).unwrap();
        let (_, rest) = text.split_once("<style>").unwrap();
        let (style, _) = rest.split_once("</style>").unwrap();
        let hash = STANDARD.encode(digest(&SHA256, style.as_bytes()));
        let policy = response.headers[CONTENT_SECURITY_POLICY].to_str().unwrap();
        assert!(policy.starts_with("default-src 'none';") && policy.contains(&format!("'sha256-{hash}'")));
        assert!(text.contains("you &amp; I") && text.contains("kagiban login PROFILE"));
        for (name, value) in [
            ("x-frame-options", "DENY"),
            ("referrer-policy", "no-referrer"),
            ("cache-control", "no-store"),
            ("x-content-type-options", "nosniff"),
        ] {
            assert_eq!(response.headers[name], value);
        }
    }

    #[test]
    fn what_a_browser_might_obey_is_shown_as_a_mark() {
        assert_eq!(
            Escaped("a\u{202e}b\u{1b}[\n'").to_string(),
            "a\u{fffd}b\u{fffd}[\u{fffd}&#39;"
        );
    }

    proptest! {
        #[test]
        fn nothing_that_is_escaped_ends_a_text_or_an_attribute(text in any::<String>()) {
            let escaped = Escaped(&text).to_string();
            prop_assert!(!escaped.contains(['<', '>', '"', '\'']));
            let is_whole = |rest: &str| ENTITIES.iter().any(|entity| rest.starts_with(entity));
            prop_assert!(escaped.split('&').skip(1).all(is_whole));
        }
    }

    const ENTITIES: [&str; 5] = ["amp;", "lt;", "gt;", "quot;", "#39;"];
}
