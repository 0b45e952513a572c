//! Requests that are refused before they were read: what is still on its way is read and thrown away.
//!
//! A server that answers and closes while the other side still sends breaks the connection off, and the answer with it: whoever sent a
//! file under the wrong type would read "connection reset" instead of what to do.

use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use axum::body::{Body, BodyDataStream, Bytes};
use axum::extract::Request;
use axum::middleware::Next;
use axum::response::Response;
use futures::{Stream, StreamExt as _};

/// So much is read out; whoever sends more is broken off.
const BYTES_MAX: usize = 64 << 20;
/// For so long at most.
const TIME_MAX: Duration = Duration::from_secs(30);

/// Reads out what a handler leaves of a request's body.
pub async fn read_out(request: Request, next: Next) -> Response {
    if request.method().is_safe() {
        return next.run(request).await;
    }
    next.run(request.map(|body| Body::from_stream(Unread(Some(body.into_data_stream())))))
        .await
}

/// A body that, dropped before its end, is read to its end.
struct Unread(Option<BodyDataStream>);

impl Stream for Unread {
    type Item = Result<Bytes, axum::Error>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let Some(body) = &mut self.0 else {
            return Poll::Ready(None);
        };
        let part = ready!(body.poll_next_unpin(context));
        if !matches!(part, Some(Ok(_))) {
            self.0 = None;
        }
        Poll::Ready(part)
    }
}

impl Drop for Unread {
    fn drop(&mut self) {
        if let (Some(body), Ok(runtime)) = (self.0.take(), tokio::runtime::Handle::try_current()) {
            runtime.spawn(tokio::time::timeout(TIME_MAX, thrown_away(body)));
        }
    }
}

async fn thrown_away(mut body: BodyDataStream) {
    let mut left = BYTES_MAX;
    while let Some(Ok(part)) = body.next().await {
        let Some(rest) = left.checked_sub(part.len()) else {
            return;
        };
        left = rest;
    }
}

#[cfg(test)]
mod tests {
    use axum::Router;
    use axum::http::StatusCode;
    use axum::middleware::from_fn;
    use axum::routing::post;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::net::{TcpListener, TcpStream};

    use super::*;

    #[tokio::test]
    async fn a_file_that_is_refused_unread_is_answered_and_the_connection_goes_on() {
        let refuse = || async { StatusCode::UNSUPPORTED_MEDIA_TYPE };
        let router = Router::new().route("/", post(refuse)).layer(from_fn(read_out));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move { axum::serve(listener, router).await });
        let mut stream = TcpStream::connect(address).await.unwrap();
        let body = vec![b'x'; 8 << 20];
        let head = format!(
            "POST / HTTP/1.1\r\nhost: here\r\ncontent-length: {}\r\n\r\n",
            body.len()
        );
        for nth in 1..=2 {
            stream.write_all(head.as_bytes()).await.unwrap();
            stream
                .write_all(&body)
                .await
                .unwrap_or_else(|error| panic!("{nth}: {error}"));
            let mut answer = [0; 12];
            stream.read_exact(&mut answer).await.unwrap();
            assert_eq!(&answer, b"HTTP/1.1 415", "{nth}");
            let mut rest = vec![0; 4096];
            while !rest.windows(4).any(|end| end == b"\r\n\r\n") {
                let read = stream.read(&mut rest).await.unwrap();
                assert!(read > 0, "{nth}: the connection was closed");
            }
        }
    }
}
