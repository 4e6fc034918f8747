//! Tables read bit by bit, in the order of their keys.

use std::ops::Bound;

use redb::ReadableTable;

use crate::migrate::{Cursor, PAGE, Page};

/// The page after `after`. `decode` may leave a row out.
pub(crate) fn page<E>(
    table: &impl ReadableTable<&'static [u8], &'static [u8]>,
    after: Option<&Cursor>,
    decode: impl Fn(&[u8], &[u8]) -> Result<Option<E>, redb::Error>,
) -> Result<Page<E>, redb::Error> {
    let start = after.map_or(Bound::Unbounded, |key| Bound::Excluded(key.as_slice()));
    let mut page = Page { entities: Vec::new(), next: None };
    for row in table.range::<&[u8]>((start, Bound::Unbounded))?.take(PAGE) {
        let (key, bytes) = row?;
        page.entities.extend(decode(key.value(), bytes.value())?);
        page.next = Some(key.value().to_vec());
    }
    Ok(page)
}
