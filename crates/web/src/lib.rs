//! Floor 4: pages over HTTP: a page is a folder with handler, template, test.
