/// What instructions do: one function per row of the decode table, named as its mnemonic with
/// dots as underscores, in files named after the chapters of the books.
enum Semantics {}
