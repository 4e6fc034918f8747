//! A connection that fails when its client exhausts the server's patience.

use std::io;
use std::mem::MaybeUninit;
use std::pin::Pin;
use std::task::{Context, Poll, Waker, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, Sleep, sleep_until};

use super::Patience;
use super::patience::Progress;
use super::places::Place;

/// An answer to wait for the rest of a request: it answers nothing.
const CONTINUE: &[u8] = b"HTTP/1.1 100 Continue\r\n\r\n";
/// What is read at once: whoever reads more knows too late that it is too much.
const PIECE: usize = 2 * 1024;

/// Resolves when the server stops.
type Stop = Pin<Box<dyn Future<Output = ()> + Send>>;

/// Wraps a connection. Whoever waits for it is woken when its time is up, and gets an error; or
/// when the server stops and it is at rest, and finds that nothing more comes in.
pub(super) struct Watched<S> {
    stream: S,
    _place: Place,
    patience: Patience,
    progress: Progress,
    /// None once it has resolved.
    stop: Option<Stop>,
    /// Made when there is something to wait for; set no later than the deadline.
    alarm: Option<Pin<Box<Sleep>>>,
    /// Who wants to read, and is to be woken when something goes out.
    held: Option<Waker>,
}

impl<S> Watched<S> {
    pub(super) fn new(stream: S, place: Place, patience: Patience, stop: Stop) -> Self {
        let progress = Progress::new(Instant::now());
        Self {
            stream,
            _place: place,
            patience,
            progress,
            stop: Some(stop),
            alarm: None,
            held: None,
        }
    }

    /// Whether the server stops and no request is under way. While one is, its answer wakes
    /// whoever waits.
    fn poll_end(&mut self, cx: &mut Context<'_>) -> bool {
        if let Some(stop) = &mut self.stop {
            if stop.as_mut().poll(cx).is_pending() {
                return false;
            }
            self.stop = None;
        }
        if !self.progress.is_at_rest() {
            self.held = Some(cx.waker().clone());
        }
        self.progress.is_at_rest()
    }

    /// Ready when the time is up. Bytes only move the deadline; the alarm follows when it rings.
    fn poll_alarm(&mut self, cx: &mut Context<'_>) -> Poll<io::Error> {
        let progress = &self.progress;
        let patience = &self.patience;
        let alarm =
            self.alarm.get_or_insert_with(|| Box::pin(sleep_until(progress.deadline(patience))));
        loop {
            ready!(alarm.as_mut().poll(cx));
            let deadline = progress.deadline(patience);
            if deadline <= Instant::now() {
                return Poll::Ready(io::ErrorKind::TimedOut.into());
            }
            alarm.as_mut().reset(deadline);
        }
    }

    fn note_write(
        &mut self,
        written: Poll<io::Result<usize>>,
        offered: usize,
        cx: &mut Context<'_>,
    ) -> Poll<io::Result<usize>> {
        match written {
            Poll::Ready(Ok(bytes)) => {
                self.progress.wrote(bytes >= offered, Instant::now());
                if let Some(reader) = self.held.take() {
                    reader.wake();
                }
                Poll::Ready(Ok(bytes))
            }
            Poll::Ready(Err(error)) => Poll::Ready(Err(error)),
            Poll::Pending => {
                self.progress.blocked(Instant::now());
                self.poll_alarm(cx).map(Err)
            }
        }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Watched<S> {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        if this.progress.is_ahead(&this.patience) {
            this.held = Some(cx.waker().clone());
            return this.poll_alarm(cx).map(Err);
        }
        let mut space = [const { MaybeUninit::uninit() }; PIECE];
        let room = buffer.remaining().min(PIECE);
        let mut piece = ReadBuf::uninit(space.get_mut(..room).unwrap_or_default());
        match Pin::new(&mut this.stream).poll_read(cx, &mut piece) {
            Poll::Pending if this.poll_end(cx) => Poll::Ready(Ok(())),
            Poll::Pending => this.poll_alarm(cx).map(Err),
            Poll::Ready(Err(error)) => Poll::Ready(Err(error)),
            Poll::Ready(Ok(())) => {
                let bytes = piece.filled();
                // None is the end of what comes in, not another byte.
                if !bytes.is_empty() {
                    this.progress.read(bytes, Instant::now());
                    buffer.put_slice(bytes);
                }
                if this.progress.is_flooded(&this.patience) {
                    return Poll::Ready(Err(io::ErrorKind::InvalidData.into()));
                }
                Poll::Ready(Ok(()))
            }
        }
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Watched<S> {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        let written = Pin::new(&mut this.stream).poll_write(cx, bytes);
        if bytes == CONTINUE {
            return written;
        }
        this.note_write(written, bytes.len(), cx)
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        let offered = slices.iter().map(|slice| slice.len()).sum();
        let written = Pin::new(&mut this.stream).poll_write_vectored(cx, slices);
        this.note_write(written, offered, cx)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use std::future::{pending, ready};
    use std::time::Duration;

    use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex};
    use tokio::task::yield_now;

    use super::super::places::Places;
    use super::*;

    const LONG: Duration = Duration::from_hours(1);
    const SHORT: Duration = Duration::from_millis(50);
    /// Nothing here ends for want of patience; each test takes away what it is about.
    const PATIENCE: Patience =
        Patience { quiet: LONG, answer: LONG, reading: LONG, request_bytes: 5_000, pipelined: 3 };

    /// On a server that never stops.
    fn watched(stream: DuplexStream, patience: Patience) -> Watched<DuplexStream> {
        ending(stream, patience, Box::pin(pending()))
    }

    fn ending(stream: DuplexStream, patience: Patience, end: Stop) -> Watched<DuplexStream> {
        Watched::new(stream, Places::new("api", 1).take(), patience, end)
    }

    /// A connection with room for some bytes in each direction, and its client's end.
    fn connection(patience: Patience) -> (Watched<DuplexStream>, DuplexStream) {
        let (server, client) = duplex(8);
        (watched(server, patience), client)
    }

    /// Reads until it fails.
    async fn read(server: &mut Watched<DuplexStream>) -> io::ErrorKind {
        loop {
            if let Err(error) = server.read_u8().await {
                return error.kind();
            }
        }
    }

    /// Writes one answer, of more bytes than anybody takes one by one while a test runs.
    async fn write(server: &mut Watched<DuplexStream>) -> io::ErrorKind {
        server.write_all(&vec![0; 1 << 26]).await.unwrap_err().kind()
    }

    #[tokio::test]
    async fn s_87_whoever_waits_for_a_silent_client_is_told_that_the_time_is_up() {
        let (mut server, mut client) = connection(Patience { quiet: SHORT, ..PATIENCE });
        assert_eq!(read(&mut server).await, io::ErrorKind::TimedOut);
        client.write_all(b"x").await.unwrap();
        assert_eq!(read(&mut server).await, io::ErrorKind::TimedOut);
        assert_eq!(write(&mut server).await, io::ErrorKind::TimedOut);
    }

    #[tokio::test]
    async fn s_87_drops_are_read_for_the_time_of_an_answer() {
        let (mut server, mut client) = connection(Patience {
            quiet: SHORT,
            answer: SHORT,
            request_bytes: usize::MAX,
            ..PATIENCE
        });
        let dripping = tokio::spawn(async move {
            while client.write_all(b"x").await.is_ok() {
                yield_now().await;
            }
        });
        assert_eq!(read(&mut server).await, io::ErrorKind::TimedOut);
        drop(server);
        dripping.await.unwrap();
    }

    #[tokio::test]
    async fn s_87_sips_are_served_for_the_time_of_reading() {
        let (mut server, mut client) =
            connection(Patience { quiet: SHORT, reading: SHORT, ..PATIENCE });
        let sipping = tokio::spawn(async move {
            while client.read_u8().await.is_ok() {
                yield_now().await;
            }
        });
        assert_eq!(write(&mut server).await, io::ErrorKind::TimedOut);
        drop(server);
        sipping.await.unwrap();
    }

    #[tokio::test]
    async fn a_flood_fails_at_once_and_a_conversation_goes_on() {
        let (mut server, mut client) = connection(PATIENCE);
        let talk = tokio::spawn(async move {
            for _ in 0..1_000 {
                client.write_all(b"request").await.unwrap();
                let mut answer = [0; 6];
                client.read_exact(&mut answer).await.unwrap();
            }
            while client.write_all(b"x").await.is_ok() {}
        });
        for _ in 0..1_000 {
            let mut request = [0; 7];
            server.read_exact(&mut request).await.unwrap();
            server.write_all(b"answer").await.unwrap();
        }
        assert_eq!(read(&mut server).await, io::ErrorKind::InvalidData);
        drop(server);
        talk.await.unwrap();
    }

    #[tokio::test]
    async fn the_end_of_what_comes_in_is_no_failure() {
        let (mut server, client) = connection(PATIENCE);
        drop(client);
        assert_eq!(server.read(&mut [0; 8]).await.unwrap(), 0);
    }

    #[tokio::test]
    async fn requests_far_ahead_of_their_answers_are_not_read_before_one() {
        const REQUEST: &[u8] = b"GET / HTTP/1.1\r\n\r\n";
        let (server, mut client) = duplex(100_000);
        let mut server = watched(server, Patience { quiet: SHORT, ..PATIENCE });
        client.write_all(&REQUEST.repeat(1_000)).await.unwrap();
        let mut read = 0;
        let mut came = vec![0; 100_000];
        let failed = loop {
            match server.read(&mut came).await {
                Ok(bytes) => read += bytes,
                Err(error) => break error.kind(),
            }
        };
        assert_eq!(failed, io::ErrorKind::TimedOut);
        assert!((1..=2 * PIECE).contains(&read), "{read}");
    }

    #[tokio::test]
    async fn an_answer_lets_the_next_requests_in() {
        let (server, mut client) = duplex(100_000);
        let mut server = watched(server, PATIENCE);
        client.write_all(&b"GET / HTTP/1.1\r\n\r\n".repeat(1_000)).await.unwrap();
        while !server.progress.is_ahead(&PATIENCE) {
            server.read_u8().await.unwrap();
        }
        let (mut reading, mut writing) = tokio::io::split(server);
        let next = tokio::spawn(async move { reading.read_u8().await });
        yield_now().await;
        writing.write_all(b"answer").await.unwrap();
        next.await.unwrap().unwrap();
    }

    #[tokio::test]
    async fn s_100_at_the_end_a_connection_at_rest_has_nothing_more_to_read() {
        let (server, _client) = duplex(100);
        let mut server = ending(server, PATIENCE, Box::pin(ready(())));
        assert_eq!(server.read(&mut [0; 8]).await.unwrap(), 0);
    }

    #[tokio::test]
    async fn s_100_at_the_end_a_request_is_read_and_answered_first() {
        let (server, mut client) = duplex(100);
        let mut server = ending(server, PATIENCE, Box::pin(ready(())));
        client.write_all(b"ab").await.unwrap();
        assert_eq!(server.read_u8().await.unwrap(), b'a');
        assert_eq!(server.read_u8().await.unwrap(), b'b');
        server.write_all(CONTINUE).await.unwrap();
        let (mut reading, mut writing) = tokio::io::split(server);
        let rest = tokio::spawn(async move {
            let mut rest = Vec::new();
            reading.read_to_end(&mut rest).await.unwrap();
            rest
        });
        yield_now().await;
        client.write_all(b"c").await.unwrap();
        yield_now().await;
        writing.write_all(b"answer").await.unwrap();
        assert_eq!(rest.await.unwrap(), b"c");
    }
}
