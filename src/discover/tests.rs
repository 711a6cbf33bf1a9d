use std::fs;

use super::*;

fn tree(files: &[&str]) -> tempfile::TempDir {
    let root = tempfile::tempdir().unwrap();
    for file in files {
        let path = root.path().join(file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, if file.ends_with(".gitignore") { "ignored\n*.gen.json\n/out/*\n" } else { "{}" }).unwrap();
    }
    root
}

/// The names under `root` that `paths` (relative to it) lead to.
fn found(root: &Path, paths: &[&str], no_ignore: bool) -> Vec<String> {
    let paths: Vec<PathBuf> = paths.iter().map(|path| root.join(path)).collect();
    let discovery = discover(&paths, &WalkOptions { no_ignore, ..WalkOptions::default() }).unwrap();
    assert_eq!(discovery.unreadable, []);
    let prefix = format!("{}/", name_of(root));
    discovery.inputs.iter().map(|input| input.name.strip_prefix(&prefix).unwrap().to_owned()).collect()
}

const FILES: [&str; 15] = [
    ".gitignore",
    ".aws/task.json",
    ".git/config.json",
    "a.JSON",
    "b.gen.json",
    "c.json.tpl",
    "d.json.golden",
    "e.txt",
    "ignored/.gitignore",
    "ignored/f.yaml",
    "ignored/l.gen.json",
    "infra/deep/g.yml",
    "infra/h.template",
    "node_modules/x/i.json",
    "out/j.json",
];

#[test]
fn a_walk_keeps_to_extensions_and_ignore_files() {
    let root = tree(&FILES);
    let walked =
        [".aws/task.json", "a.JSON", "c.json.tpl", "infra/deep/g.yml", "infra/h.template", "node_modules/x/i.json"];
    assert_eq!(found(root.path(), &["."], false), walked);
    fs::create_dir(root.path().join(".git/objects")).unwrap();
    let mut everything = found(root.path(), &["."], true);
    for ignored in ["b.gen.json", "ignored/f.yaml", "ignored/l.gen.json", "out/j.json"] {
        let at = everything.iter().position(|name| name == ignored).unwrap();
        everything.remove(at);
    }
    assert_eq!(everything, walked);
}

/// Not every file system takes such a name.
#[test]
#[cfg(unix)]
fn a_walk_passes_over_no_name_that_is_not_utf_8() {
    use std::os::unix::ffi::OsStrExt;
    let root = tree(&["a.json"]);
    if fs::write(root.path().join(std::ffi::OsStr::from_bytes(b"\xff.json")), "{}").is_ok() {
        for no_ignore in [false, true] {
            assert_eq!(found(root.path(), &["."], no_ignore), ["a.json", "\u{fffd}.json"]);
        }
    }
}

#[test]
fn what_is_named_is_looked_at_whatever_git_ignores() {
    let root = tree(&FILES);
    assert_eq!(
        found(root.path(), &["ignored", "out", "e.txt", "b.gen.json"], false),
        ["b.gen.json", "e.txt", "ignored/f.yaml", "out/j.json"]
    );
}

#[test]
fn an_ignore_file_above_a_repository_does_not_reach_into_it() {
    let root = tree(&[".gitignore", "repo/.git/HEAD", "repo/b.gen.json", "plain/b.gen.json"]);
    assert_eq!(found(root.path(), &["repo"], false), ["repo/b.gen.json"]);
    assert!(found(root.path(), &["plain"], false).is_empty());
}

#[test]
fn overlapping_roots_give_each_file_once() {
    let root = tree(&["infra/a.json", "infra/b.txt", "c.json"]);
    let paths = [".", "infra", "infra/../infra/a.json", "./infra/b.txt"].map(|path| root.path().join(path));
    let discovery = discover(&paths, &WalkOptions::default()).unwrap();
    let named: Vec<(bool, bool)> =
        discovery.inputs.iter().map(|input| (input.named, input.name.ends_with("infra/../infra/a.json"))).collect();
    assert_eq!(named, [(false, false), (true, true), (true, false)]);
    assert!(!discovery.directories.is_empty());
}

#[test]
fn names_are_written_as_a_user_would() {
    for (path, name) in
        [("./a.json", "a.json"), ("a//./b.json", "a/b.json"), ("../x", "../x"), ("/a/b", "/a/b"), (".", "."), ("", ".")]
    {
        assert_eq!(name_of(Path::new(path)), name, "{path}");
    }
}

#[test]
fn all_missing_paths_are_told() {
    let error = discover(&["no-such-a".into(), "no-such-b".into()], &WalkOptions::default()).unwrap_err();
    assert_eq!(error.to_string(), "`no-such-a` does not exist\n`no-such-b` does not exist");
}

/// A path is what the system says it is, however it was written.
#[test]
#[cfg(unix)]
fn true_paths_are_those_of_the_system() {
    let root = tree(&["a.json", "in/b.json", "in/deeper/c.json"]);
    let path = |name: &str| root.path().join(name);
    std::os::unix::fs::symlink(path("in/deeper"), path("link")).unwrap();
    std::os::unix::fs::symlink("in/b.json", path("b.json")).unwrap();
    let mut true_paths = TruePaths::default();
    for name in [
        "a.json",
        "./in//b.json",
        "in/../a.json",
        "in/deeper/c.json",
        "link/c.json",
        "link/../b.json",
        "link/../deeper/./c.json",
        "b.json",
        "in",
        "link",
        "in/none.json",
        "none/a.json",
    ] {
        let path = path(name);
        let is_itself = path.symlink_metadata().is_ok_and(|metadata| metadata.is_file());
        assert_eq!(true_paths.of(&path, is_itself), path.canonicalize().ok(), "{name}");
    }
}

#[test]
#[cfg(unix)]
fn links_are_followed_only_when_named() {
    use std::os::unix::fs::symlink;
    let outside = tree(&["secret.json"]);
    let root = tree(&["a.json"]);
    symlink(outside.path(), root.path().join("out")).unwrap();
    symlink(outside.path().join("secret.json"), root.path().join("out.json")).unwrap();
    symlink(root.path(), root.path().join("loop")).unwrap();
    symlink("nowhere", root.path().join("dangling.json")).unwrap();
    symlink("self.json", root.path().join("self.json")).unwrap();
    for no_ignore in [false, true] {
        assert_eq!(found(root.path(), &["."], no_ignore), ["a.json"]);
        assert_eq!(found(root.path(), &["out"], no_ignore), ["out/secret.json"]);
        assert_eq!(found(root.path(), &["out.json"], no_ignore), ["out.json"]);
    }
    let named = ["dangling.json", "self.json"].map(|name| root.path().join(name));
    let discovery = discover(&named, &WalkOptions::default()).unwrap();
    assert!(discovery.unreadable[0].1.contains("symbolic link to `nowhere`, which does not exist"));
    assert!(discovery.unreadable[1].1.contains("cannot be followed"), "{:?}", discovery.unreadable);
}

#[test]
fn a_text_takes_the_place_of_the_file_it_stands_for() {
    let mut discovery = Discovery { inputs: vec![Input::file(Path::new("b.json"), false)], ..Discovery::default() };
    for name in ["a.json", "b.json", "c.json"] {
        discovery.insert(Input::text(name, b"{}".to_vec()));
    }
    let names: Vec<&str> = discovery.inputs.iter().map(|input| input.name.as_str()).collect();
    assert_eq!(names, ["a.json", "b.json", "c.json"]);
    assert!(discovery.inputs.iter().all(|input| input.text.is_some()));
}
