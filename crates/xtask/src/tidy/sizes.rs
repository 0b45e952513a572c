//! Files for one sitting: 800 lines is the end of it. The list of exceptions may only shrink.

use super::tree;

/// More than this many lines and there is a second idea inside.
const LINES_MAX: usize = 800;
/// `path lines` of the files that were longer when the check was introduced.
const EXCEPTIONS: &str = include_str!("long_files.txt");

pub fn check() -> Vec<String> {
    let files = tree::files();
    let is_written = |path: &str| {
        !path.ends_with(".json")
            && !path.ends_with(".snap")
            && !path.starts_with("data/")
            && path != "LICENSE"
    };
    let mut complaints = Vec::new();
    for file in files.iter().filter(|file| is_written(&file.path)) {
        let lines = file.text.lines().count();
        match exception(&file.path) {
            Some(allowed) if lines > allowed => complaints.push(format!(
                "{}: {lines} lines, its exception ends at {allowed}",
                file.path
            )),
            Some(allowed) if lines + 20 < allowed => {
                complaints.push(format!(
                    "{}: {lines} lines now; lower its exception in long_files.txt (was {allowed})",
                    file.path
                ));
            }
            None if lines > LINES_MAX => complaints.push(format!(
                "{}: {lines} lines; find the second idea inside it",
                file.path
            )),
            _ => {}
        }
    }
    for (path, _) in exceptions() {
        if !files.iter().any(|file| file.path == path) {
            complaints.push(format!("{path} is gone; remove it from long_files.txt"));
        }
    }
    complaints
}

fn exceptions() -> impl Iterator<Item = (&'static str, usize)> {
    EXCEPTIONS
        .lines()
        .filter_map(|line| line.split_once(' '))
        .filter_map(|(path, lines)| Some((path, lines.parse().ok()?)))
}

fn exception(path: &str) -> Option<usize> {
    exceptions()
        .find(|(known, _)| *known == path)
        .map(|(_, lines)| lines)
}
