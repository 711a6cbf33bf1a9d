//! The saved inputs of the fuzz targets.

use std::fs;
use std::path::Path;

use crate::entries::ENTRIES;

/// Each is read by its own target, and as a file by the whole pipeline: what is odd to one may be odd to another.
#[test]
fn saved_inputs_are_read() {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus");
    let mut inputs = Vec::new();
    for (name, _) in ENTRIES {
        let saved = fs::read_dir(corpus.join(name)).unwrap_or_else(|_| panic!("nothing is saved for `{name}`"));
        inputs.extend(saved.map(|file| (name, fs::read(file.unwrap().path()).unwrap())));
    }
    assert_eq!(fs::read_dir(&corpus).unwrap().count(), ENTRIES.len(), "a folder for each target, and no other");
    for (own, bytes) in &inputs {
        for (name, entry) in ENTRIES {
            if name == *own || name == "lint" {
                entry(bytes);
            }
        }
    }
}
