//! Which events are asked for, and where they are.

use std::borrow::Cow;

use crate::domain::{AuditId, Timestamp, UserId};

/// Which events, and how many.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AuditQuery {
    /// Only those of this account.
    pub user: Option<UserId>,
    /// Only those of this kind.
    pub event: Option<Cow<'static, str>>,
    /// Only those at this moment or later.
    pub since: Option<Timestamp>,
    /// Only those before this moment.
    pub until: Option<Timestamp>,
    /// Only those before this one: the page after the one that ended with it.
    pub after: Option<AuditId>,
    /// No more than this many.
    pub limit: usize,
}

/// A range of ids of one index, to be read from its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Range {
    /// Only those of this account.
    pub(super) user: Option<UserId>,
    /// Only those of this kind.
    pub(super) event: Option<Cow<'static, str>>,
    /// The least id.
    pub(super) from: AuditId,
    /// Less than this one.
    pub(super) before: AuditId,
    /// No more than this many.
    pub(super) limit: usize,
}

impl AuditQuery {
    /// Where the events are, none of them before `horizon`.
    pub(super) fn range(self, horizon: Timestamp) -> Range {
        let Self { user, event, since, until, after, limit } = self;
        let until = until.map_or(AuditId::end(), AuditId::first_at);
        Range {
            user,
            event,
            from: AuditId::first_at(since.unwrap_or_default().max(horizon)),
            before: after.map_or(until, |after| after.min(until)),
            limit,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(millis: u64) -> Timestamp {
        Timestamp::from_millis(millis)
    }

    #[test]
    fn the_narrowest_bounds_hold() {
        let id = AuditId::first_at;
        let open = AuditQuery { limit: 7, ..AuditQuery::default() };
        let range = open.clone().range(at(5));
        assert_eq!((range.from, range.before, range.limit), (id(at(5)), AuditId::end(), 7));
        let bounds = |since, until, after| {
            let query = AuditQuery {
                since: Some(at(since)),
                until: Some(at(until)),
                after,
                ..open.clone()
            };
            let range = query.range(at(5));
            (range.from.at().as_millis(), range.before.at().as_millis())
        };
        assert_eq!(bounds(4, 9, None), (5, 9));
        assert_eq!(bounds(6, 9, None), (6, 9));
        assert_eq!(bounds(6, 9, Some(id(at(8)))), (6, 8));
        assert_eq!(bounds(6, 9, Some(id(at(10)))), (6, 9));
    }
}
