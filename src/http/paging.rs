//! Pages of what operators ask for, newest first.

/// Cuts `rows`, of which one more than `limit` was asked for, to a page. Its last row, where
/// another page follows.
pub(super) fn cut<T>(rows: &mut Vec<T>, limit: usize) -> Option<&T> {
    let is_last = rows.len() <= limit;
    rows.truncate(limit);
    rows.last().filter(|_| !is_last)
}
