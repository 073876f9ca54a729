//! WebSockets to the message gateway.
//!
//! No extensions, no subprotocol, frames of 4 MiB at most: what Session Manager's own programs use,
//! and no more than one message has to be held.

use std::time::Duration;

use hyper::Uri;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Error as Failed;
use tokio_tungstenite::tungstenite::handshake::client::{Request, generate_key};
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;

use crate::connect::Stream;
use crate::endpoint::{authority, shown};
use crate::{Connector, Error, Signer};

/// The longest message, either way.
pub const MAX_FRAME_BYTES: usize = 4 << 20;

/// What is read of a refusal at most.
const LONGEST_REFUSAL: usize = 4 << 10;

/// How long opening may take, proxy, TLS and upgrade together.
const PATIENCE: Duration = Duration::from_secs(30);

/// An open WebSocket.
pub type WebSocket = WebSocketStream<Stream>;

/// Opens a WebSocket at a `ws` or `wss` URL (`http` and `https` mean the same).
///
/// # Errors
///
/// [`Error::Unreachable`] if nobody answers, [`Error::Upgrade`] if the server does with a status of
/// its own.
pub async fn connect(connector: &Connector, url: &Uri, signer: &Signer<'_>) -> Result<WebSocket, Error> {
    let unreachable = |cause: String| Error::Unreachable {
        url: shown(url),
        cause,
    };
    let request = upgrade(url, signer)?;
    let opening = async {
        let stream = connector.connect(url).await?;
        let opened = tokio_tungstenite::client_async_with_config(request, stream, Some(config())).await;
        match opened {
            Ok((socket, _)) => Ok(socket),
            Err(Failed::Http(answer)) => Err(Error::Upgrade {
                url: shown(url),
                status: answer.status().as_u16(),
                why: answer.body().as_deref().and_then(sentence),
            }),
            Err(failed) => Err(unreachable(failed.to_string())),
        }
    };
    let opened = tokio::time::timeout(PATIENCE, opening).await;
    opened.map_err(|_| unreachable("no answer within half a minute".to_owned()))?
}

/// The message in a refusal's XML, as far as it came along with the head of the answer.
fn sentence(body: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(body.get(..body.len().min(LONGEST_REFUSAL))?).ok()?;
    let (_, rest) = text.split_once("<Message>")?;
    let (message, _) = rest.split_once("</Message>")?;
    let message = message
        .replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&amp;", "&");
    Some(message).filter(|message| !message.is_empty())
}

fn config() -> WebSocketConfig {
    WebSocketConfig::default()
        .max_message_size(Some(MAX_FRAME_BYTES))
        .max_frame_size(Some(MAX_FRAME_BYTES))
        .read_buffer_size(16 << 10)
        .write_buffer_size(0) // a frame is sent when it is there
        .max_write_buffer_size(2 * MAX_FRAME_BYTES)
}

fn upgrade(url: &Uri, signer: &Signer<'_>) -> Result<Request, Error> {
    let host = [("host", authority(url))];
    let proof = signer.headers("GET", url.path(), url.query().unwrap_or_default(), &host, b"")?;
    let builder = Request::builder()
        .uri(websocket_url(url)?)
        .header("host", authority(url))
        .header("connection", "Upgrade")
        .header("upgrade", "websocket")
        .header("sec-websocket-version", "13")
        .header("sec-websocket-key", generate_key())
        .header("user-agent", concat!("kagiban/", env!("CARGO_PKG_VERSION")));
    let builder = proof.iter().fold(builder, |builder, (name, value)| {
        builder.header(*name, value.expose())
    });
    builder
        .body(())
        .map_err(|error| Error::Setting(format!("the request cannot be made: {error}")))
}

/// The same place with a scheme of WebSockets.
fn websocket_url(url: &Uri) -> Result<Uri, Error> {
    let scheme = match url.scheme_str() {
        Some("https" | "wss") => "wss",
        _ => "ws",
    };
    let path = url
        .path_and_query()
        .map_or("/", hyper::http::uri::PathAndQuery::as_str);
    let built = Uri::builder()
        .scheme(scheme)
        .authority(authority(url))
        .path_and_query(path)
        .build();
    built.map_err(|error| Error::Setting(format!("`{}` is no stream URL: {error}", shown(url))))
}

#[cfg(test)]
mod tests {
    use futures_util::{SinkExt as _, StreamExt as _};
    use tokio::io::AsyncWriteExt as _;
    use tokio::net::{TcpListener, TcpStream};
    use tokio_tungstenite::tungstenite::Message;

    use super::*;

    #[test]
    fn a_refusal_is_told_in_the_servers_words_if_there_are_any() {
        let body = "<AccessDeniedException><Message>User: a is not &lt;x&gt; &amp; y</Message></AccessDeniedException>\n";
        let told = |why| {
            let url = "wss://h".to_owned();
            Error::Upgrade {
                url,
                status: 403,
                why,
            }
            .to_string()
        };
        assert_eq!(
            told(sentence(body.as_bytes())),
            "AccessDenied: User: a is not <x> & y"
        );
        for odd in ["", "<Message>", "<Message></Message>", "</Message><Message>"] {
            assert_eq!(sentence(odd.as_bytes()), None, "{odd}");
        }
        assert!(told(None).contains("ssmmessages:OpenDataChannel"));
    }

    /// An echo that takes any number of WebSockets; returns where it is.
    async fn echo() -> u16 {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        tokio::spawn(async move {
            while let Ok((socket, _)) = listener.accept().await {
                tokio::spawn(async move {
                    let mut socket = tokio_tungstenite::accept_async(socket).await.unwrap();
                    while let Some(Ok(message)) = socket.next().await {
                        socket.send(message).await.unwrap();
                    }
                });
            }
        });
        port
    }

    /// A proxy that leads everything to one port, after saying `answer`; returns where it is.
    async fn proxy(to: u16, answer: &'static str) -> u16 {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        tokio::spawn(async move {
            let (mut near, _) = listener.accept().await.unwrap();
            let mut head = vec![0; 1024];
            let length = tokio::io::AsyncReadExt::read(&mut near, &mut head).await.unwrap();
            let head = String::from_utf8_lossy(&head[..length]).into_owned();
            assert!(head.starts_with("CONNECT k.example:80 HTTP/1.1\r\n"), "{head}");
            near.write_all(answer.as_bytes()).await.unwrap();
            let mut far = TcpStream::connect(("127.0.0.1", to)).await.unwrap();
            let _ended = tokio::io::copy_bidirectional(&mut near, &mut far).await;
        });
        port
    }

    async fn says_back(socket: &mut WebSocket, size: usize) -> bool {
        let message = Message::binary(vec![7; size]);
        socket.send(message.clone()).await.unwrap();
        socket.next().await.unwrap().unwrap() == message
    }

    #[tokio::test]
    async fn frames_of_four_mebibytes_go_both_ways() {
        let url = format!("ws://127.0.0.1:{}/v1/x?role=y", echo().await)
            .parse()
            .unwrap();
        let connector = Connector::new(None).unwrap();
        let mut socket = connect(&connector, &url, &Signer::Nobody).await.unwrap();
        assert!(says_back(&mut socket, 0).await);
        assert!(says_back(&mut socket, MAX_FRAME_BYTES).await);
    }

    #[tokio::test]
    async fn a_proxys_tunnel_is_used_and_its_refusal_told() {
        let echo = echo().await;
        let url = "ws://k.example/v1/x".parse().unwrap();
        let by = |port: u16| Connector::by_proxy(&format!("http://127.0.0.1:{port}")).unwrap();
        let connector = by(proxy(echo, "HTTP/1.1 200 OK\r\nx: y\r\n\r\n").await);
        let mut socket = connect(&connector, &url, &Signer::Nobody).await.unwrap();
        assert!(says_back(&mut socket, 5).await);

        let connector = by(proxy(echo, "HTTP/1.1 407 Who are you\r\n\r\n").await);
        let error = connect(&connector, &url, &Signer::Nobody).await.unwrap_err();
        assert!(
            error.to_string().contains("proxy") && error.to_string().contains("407"),
            "{error}"
        );
    }

    #[tokio::test]
    async fn a_server_that_opens_no_websocket_is_told_by_its_status() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/", listener.local_addr().unwrap())
            .parse()
            .unwrap();
        tokio::spawn(async move {
            let (mut socket, _) = listener.accept().await.unwrap();
            let mut head = [0; 4096];
            let _length = tokio::io::AsyncReadExt::read(&mut socket, &mut head)
                .await
                .unwrap();
            let answer = b"HTTP/1.1 403 No\r\ncontent-length: 0\r\n\r\n";
            socket.write_all(answer).await.unwrap();
        });
        let connector = Connector::new(None).unwrap();
        let error = connect(&connector, &url, &Signer::Nobody).await.unwrap_err();
        assert!(matches!(error, Error::Upgrade { status: 403, .. }), "{error}");
    }
}
