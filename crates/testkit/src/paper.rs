//! Reads PDF back as any reader would, with poppler's `pdftotext`.

use std::process::Command;

/// The text of each page, without any white space: where a line ends in a cell is the cell's business.
///
/// # Panics
/// When poppler is not installed (`scripts/setup.sh test`) or the bytes are no PDF.
pub fn pages(pdf: &[u8]) -> Vec<String> {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("paper.pdf");
    std::fs::write(&path, pdf).expect("written");
    let told = Command::new("pdftotext")
        .args(["-raw", "-enc", "UTF-8"])
        .arg(&path)
        .arg("-")
        .output()
        .expect("poppler-utils is installed: scripts/setup.sh test");
    assert!(told.status.success(), "{}", String::from_utf8_lossy(&told.stderr));
    let text = String::from_utf8(told.stdout).expect("UTF-8 was asked for");
    let squeezed = |text: &str| -> String { text.chars().filter(|c| !c.is_whitespace()).collect() };
    let mut pages: Vec<String> = text.split('\u{c}').map(squeezed).collect();
    assert_eq!(
        pages.pop().as_deref(),
        Some(""),
        "each page ends with a form feed"
    );
    pages
}
