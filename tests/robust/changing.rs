//! Directories that change while they are read, and files that cannot be read to their end.

use std::fs;
use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::Value;

use crate::{ERROR, directory, run};

/// Files vanish, come, shrink and grow, directories too: what stays is reported in every run, and no run fails in another way than by a
/// diagnostic.
#[test]
fn a_directory_may_change_while_it_is_read() {
    let names: Vec<String> = (0..40).map(|number| format!("stable/{number:02}.json")).collect();
    let root = directory(&names.iter().map(|name| (name.as_str(), ERROR)).collect::<Vec<_>>());
    let over = AtomicBool::new(false);
    std::thread::scope(|scope| {
        for worker in 0..2 {
            let (root, over) = (root.path(), &over);
            scope.spawn(move || {
                let long = ERROR.repeat(50);
                for turn in 0.. {
                    if over.load(Ordering::Relaxed) {
                        break;
                    }
                    let folder = root.join(format!("moving/{worker}-{}", turn % 7));
                    let file = folder.join(format!("{}.json", turn % 11));
                    // Whatever the other worker does meanwhile.
                    let _ = match turn % 5 {
                        0 => fs::create_dir_all(&folder).and_then(|()| fs::write(&file, ERROR)),
                        1 => fs::write(&file, &long),
                        2 => fs::OpenOptions::new().write(true).open(&file).and_then(|file| file.set_len(97)),
                        3 => fs::remove_file(&file),
                        _ => fs::remove_dir_all(&folder),
                    };
                }
            });
        }
        for turn in 0..30 {
            let args = ["--format", "json", "--jobs", if turn % 2 == 0 { "1" } else { "8" }, "."];
            let args = if turn % 3 == 0 { &[&args[..], &["--no-ignore"]].concat()[..] } else { &args[..] };
            let (status, stdout, stderr) = run(root.path(), args);
            let report: Value =
                serde_json::from_str(&stdout).unwrap_or_else(|error| panic!("{error}: {stdout}{stderr}"));
            assert!(matches!(status, Some(1 | 2)), "{status:?} {stderr}");
            let found = report["diagnostics"].as_array().unwrap();
            let of_stable = found.iter().filter(|one| one["path"].as_str().unwrap().starts_with("stable/"));
            assert_eq!(of_stable.count(), names.len());
            assert!(!stdout.contains("makes ecs-lint fail"), "{stdout}");
            // Gone is not unreadable: nobody can do anything about it.
            assert!(!stdout.contains("no such file"), "{stdout}");
        }
        over.store(true, Ordering::Relaxed);
    });
}

/// A regular file of which reading fails, and one that has more than it says.
#[test]
#[cfg(target_os = "linux")]
fn a_read_error_is_told_of_its_file_alone() {
    let root = directory(&[("good.json", ERROR)]);
    let (status, stdout, _) =
        run(root.path(), &["--format", "concise", "good.json", "/proc/self/mem", "/proc/self/status"]);
    assert_eq!(status, Some(2), "{stdout}");
    let lines: Vec<&str> = stdout.lines().collect();
    assert!(
        lines[0].starts_with("/proc/self/mem:") && lines[0].contains("cannot be read: input/output error"),
        "{stdout}"
    );
    assert!(lines.last().unwrap().starts_with("good.json:"), "{stdout}");
    for args in [
        &["policy", "/proc/self/mem"][..],
        &["--baseline", "/proc/self/mem"],
        &["--config", "/proc/self/mem"],
        &["--parameters", "/proc/self/mem"],
    ] {
        let (status, stdout, stderr) = run(root.path(), args);
        assert_eq!((status, stdout.as_str()), (Some(2), ""), "{args:?}");
        assert!(stderr.contains("input/output error"), "{args:?}: {stderr}");
    }
}
