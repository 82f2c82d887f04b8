use std::io::{self, IoSlice};
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use axum::serve::Listener;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, Sleep, sleep};

/// The connections of clients: at most so many at once, and none for long without an answer getting through.
///
/// `axum::serve` sets no time limit on reading a request's head, so that a client could hold a connection for ever by
/// sending a byte now and then. The limit here is on the other direction, which covers head, body, a slow reader and
/// an idle connection alike: unless we could write something within [`PATIENCE`], the connection ends. A request that
/// has arrived is answered within the 30 seconds that the router gives it, so that nobody is cut off in the middle.
pub struct Connections {
    listener: TcpListener,
    places: Arc<Semaphore>,
}

/// Longer than the router takes for any request.
const PATIENCE: Duration = Duration::from_secs(40);

impl Connections {
    /// Accepts from `listener`, at most `most` at once; more wait in the kernel's queue until a place is free.
    #[must_use]
    pub fn new(listener: TcpListener, most: usize) -> Self {
        Self { listener, places: Arc::new(Semaphore::new(most)) }
    }
}

impl Listener for Connections {
    type Io = Connection;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Self::Io, Self::Addr) {
        // Nobody closes the semaphore; without a place there would be no limit, and still a server.
        let place = Arc::clone(&self.places).acquire_owned().await.ok();
        let (stream, address) = Listener::accept(&mut self.listener).await;
        // Answers are small: waiting for more to send would only delay them.
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "no TCP_NODELAY");
        }
        (Connection::new(stream, PATIENCE, place), address)
    }

    fn local_addr(&self) -> io::Result<Self::Addr> {
        self.listener.local_addr()
    }
}

/// A client's connection that ends when nothing could be written for too long.
pub struct Connection<S = TcpStream> {
    stream: S,
    patience: Duration,
    deadline: Pin<Box<Sleep>>,
    _place: Option<OwnedSemaphorePermit>,
}

impl<S> Connection<S> {
    fn new(stream: S, patience: Duration, place: Option<OwnedSemaphorePermit>) -> Self {
        Self { stream, patience, deadline: Box::pin(sleep(patience)), _place: place }
    }

    /// Wakes the task at the deadline, and is an error from then on.
    fn poll_deadline(&mut self, cx: &mut Context<'_>) -> io::Result<()> {
        match self.deadline.as_mut().poll(cx) {
            Poll::Ready(()) => Err(io::ErrorKind::TimedOut.into()),
            Poll::Pending => Ok(()),
        }
    }

    fn wrote(&mut self, written: usize) {
        if written > 0 {
            self.deadline.as_mut().reset(Instant::now() + self.patience);
        }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Connection<S> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        self.poll_deadline(cx)?;
        Pin::new(&mut self.stream).poll_read(cx, buf)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Connection<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        self.poll_deadline(cx)?;
        let written = ready!(Pin::new(&mut self.stream).poll_write(cx, buf))?;
        self.wrote(written);
        Poll::Ready(Ok(written))
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.poll_deadline(cx)?;
        let written = ready!(Pin::new(&mut self.stream).poll_write_vectored(cx, bufs))?;
        self.wrote(written);
        Poll::Ready(Ok(written))
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.poll_deadline(cx)?;
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.poll_deadline(cx)?;
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex};

    use super::*;

    const SHORT: Duration = Duration::from_millis(100);

    fn connection(patience: Duration) -> (Connection<DuplexStream>, DuplexStream) {
        let (server, client) = duplex(64);
        (Connection::new(server, patience, None), client)
    }

    /// What a slow client does: a byte now and then, for ever.
    async fn trickle(mut client: DuplexStream) {
        while client.write_all(b"x").await.is_ok() {
            sleep(SHORT / 10).await;
        }
    }

    #[tokio::test]
    async fn a_head_that_trickles_in_is_cut_off() {
        let (mut server, client) = connection(SHORT);
        tokio::spawn(trickle(client));

        let error = server.read_to_end(&mut Vec::new()).await.unwrap_err();

        assert_eq!(error.kind(), io::ErrorKind::TimedOut);
    }

    #[tokio::test]
    async fn a_client_that_reads_nothing_is_cut_off() {
        let (mut server, _client) = connection(SHORT);

        let error = server.write_all(&[0; 1000]).await.unwrap_err();

        assert_eq!(error.kind(), io::ErrorKind::TimedOut);
    }

    #[tokio::test]
    async fn an_answer_gives_the_next_request_its_time_and_a_question_does_not() {
        let (mut server, mut client) = connection(PATIENCE);
        let begun = server.deadline.deadline();

        client.write_all(b"?").await.unwrap();
        assert_eq!(server.read_u8().await.unwrap(), b'?');
        assert_eq!(server.deadline.deadline(), begun);

        server.write_all(b"!").await.unwrap();
        assert!(server.deadline.deadline() > begun);
    }

    #[tokio::test]
    async fn one_client_too_many_waits_for_a_place() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let mut connections = Connections::new(listener, 1);
        let _clients = [TcpStream::connect(address).await.unwrap(), TcpStream::connect(address).await.unwrap()];
        let (first, _) = Listener::accept(&mut connections).await;

        let a_moment = Duration::from_millis(20);
        assert!(tokio::time::timeout(a_moment, Listener::accept(&mut connections)).await.is_err());

        drop(first);
        assert!(tokio::time::timeout(Duration::from_secs(5), Listener::accept(&mut connections)).await.is_ok());
    }
}
