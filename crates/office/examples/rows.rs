//! What the reader finds in table files: heads, then rows, one line each, cells apart by tabs; a file that is refused says why.
//!
//! `cargo run -p office --example rows -- --head 姓名 --head 证件号码 FILE …`: the heads by which the head line is known.

#![allow(clippy::print_stdout)]

use std::path::Path;

use office::table::{OpenOptions, Row, open};

fn main() {
    let mut heads = Vec::new();
    let mut files = Vec::new();
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        if argument == "--head" {
            heads.extend(arguments.next());
        } else {
            files.push(argument);
        }
    }
    for file in files {
        println!("== {file}");
        if let Err(refused) = print(Path::new(&file), &heads) {
            println!("{refused}");
        }
    }
}

fn print(file: &Path, heads: &[String]) -> Result<(), office::OfficeError> {
    let spellings: Vec<[&str; 1]> = heads.iter().map(|head| [head.as_str()]).collect();
    let required: Vec<&[&str]> = spellings.iter().map(|one| one.as_slice()).collect();
    let options = OpenOptions {
        required: &required,
        known: &required,
        max_bytes: 1 << 30,
    };
    let mut table = open(file, &options)?;
    println!("{}", table.heads().join("\t"));
    let mut more = true;
    while more {
        let mut rows: Vec<Row> = Vec::new();
        more = table.next_batch(1024, &mut rows)?;
        for row in rows {
            let cells: Vec<&str> = row.cells.iter().map(|cell| cell.text.as_str()).collect();
            let broken = row.broken.map(|why| format!("\t{why}")).unwrap_or_default();
            println!("{}\t{}{broken}", row.number, cells.join("\t"));
        }
    }
    Ok(())
}
