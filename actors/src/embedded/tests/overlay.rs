//! The overlay behaves like a file, and leaves its own file alone.

use std::fs::{self, File};

use proptest::prelude::*;
use redb::StorageBackend;
use redb::backends::FileBackend;

use super::super::overlay::Overlay;

#[derive(Clone, Debug)]
enum Step {
    Write { offset: usize, data: Vec<u8> },
    SetLen(usize),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let data = prop::collection::vec(1..=255_u8, 1..20);
    let write = (0..60_usize, data).prop_map(|(offset, data)| Step::Write { offset, data });
    prop::collection::vec(prop_oneof![3 => write, 1 => (0..60_usize).prop_map(Step::SetLen)], 0..12)
}

proptest! {
    #[test]
    fn what_is_read_is_what_a_file_would_hold(
        original in prop::collection::vec(1..=255_u8, 0..50),
        steps in steps(),
        (from, to) in (0..70_usize, 0..70_usize),
    ) {
        let file = tempfile::NamedTempFile::new().unwrap();
        fs::write(file.path(), &original).unwrap();
        let reader = FileBackend::new(File::open(file.path()).unwrap()).unwrap();
        let overlay = Overlay::over(reader).unwrap();
        let mut model = original.clone();
        for step in steps {
            match step {
                Step::Write { offset, data } => {
                    overlay.write(offset as u64, &data).unwrap();
                    model.resize(model.len().max(offset + data.len()), 0);
                    model[offset..offset + data.len()].copy_from_slice(&data);
                }
                Step::SetLen(len) => {
                    overlay.set_len(len as u64).unwrap();
                    model.resize(len, 0);
                }
            }
        }
        prop_assert_eq!(overlay.len().unwrap(), model.len() as u64);
        let mut read = vec![7; to.saturating_sub(from)];
        let outcome = overlay.read(from as u64, &mut read);
        match model.get(from..from + read.len()) {
            Some(expected) => prop_assert_eq!(&read[..], expected),
            None => prop_assert!(outcome.is_err()),
        }
        prop_assert_eq!(fs::read(file.path()).unwrap(), original);
    }
}
