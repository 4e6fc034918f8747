//! Signals.

use tokio::signal::unix::{SignalKind, signal};

/// Resolves at the first SIGTERM or Ctrl-C. At the second the process ends at once.
///
/// Must be called before the server starts, so that no signal is lost in between.
pub fn signalled() -> std::io::Result<impl Future<Output = ()>> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut next = async move || {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    };
    let (first, seen) = tokio::sync::oneshot::channel();
    actix_web::rt::spawn(async move {
        next().await;
        let _ = first.send(());
        next().await;
        std::process::exit(1);
    });
    Ok(async move {
        let _ = seen.await;
    })
}
