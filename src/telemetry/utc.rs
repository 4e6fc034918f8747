//! Timestamps of events.

use std::fmt;

use actors::runtime::Clock;
use time::OffsetDateTime;
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::time::FormatTime;

/// RFC 3339 in UTC with milliseconds: 2022-01-16T14:40:00.000Z.
pub(super) struct UtcMillis<C>(pub(super) C);

impl<C: Clock> FormatTime for UtcMillis<C> {
    fn format_time(&self, writer: &mut Writer<'_>) -> fmt::Result {
        let nanos = i128::from(self.0.now().as_millis()) * 1_000_000;
        let at = OffsetDateTime::from_unix_timestamp_nanos(nanos).map_err(|_| fmt::Error)?;
        let (year, month, day) = at.to_calendar_date();
        let (hour, minute, second, millis) = at.to_hms_milli();
        let month = u8::from(month);
        write!(
            writer,
            "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{millis:03}Z",
        )
    }
}
