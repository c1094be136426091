internal import ArgumentParser
internal import DeviceTree
internal import HostSupport
internal import MachineOptions

struct EditCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "edit",
    abstract: "Edit any tree, or convert its format.",
    discussion: """
      The changes are made in this order: overlays, deletions, new nodes, properties set, properties \
      appended to. Values are written as for mkfdt build; &label in them, and the labels of overlays, \
      are those of source or of __symbols__. Where the output is the file itself, it is replaced when \
      everything has worked.

      Examples:
        mkfdt edit b.dtb --set /chosen/bootargs=quiet -o b.dtb
        mkfdt edit b.dtb --delete /soc/uart@1000 --delete /chosen:a -o less.dtb
        mkfdt edit b.dtb --create /n --set '/n:l=<1>' --append '/n:l=<2>' -o c.dtb
        mkfdt edit b.dtb --overlay more.dtbo --format json
        mkfdt edit b.dts --set '/n:clocks=<&clk 1>' -o b.dtb
        mkfdt edit /proc/device-tree --format dts
      """)

  @Argument(
    help:
      "A blob or device tree source, - for standard input; or a folder such as /proc/device-tree."
  )
  var file: String

  @OptionGroup(title: "Changes") var edits: TreeEdits
  @OptionGroup(title: "Changes") var additions: TreeAdditions
  @OptionGroup(title: "Output") var output: TreeOutput

  func run() throws {
    try output.write(Files.readTree(file, symbols: output.symbols), edits, additions)
  }
}

struct CompileCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "compile",
    abstract: "Compile device tree source to a blob.",
    discussion: """
      Source in the language of dtc 1.6: nodes in several parts, labels, references, deletions, \
      all kinds of values, memory reservations. Not supported, and rejected with a message: \
      overlays (/plugin/), \
      /include/, /omit-if-no-ref/, and the directives of a C preprocessor, which runs \
      before: cpp -nostdinc -undef -P -x assembler-with-cpp board.dts. An error names the file, the line \
      and the column.

      Examples:
        mkfdt compile board.dts -o board.dtb
        mkfdt compile board.dts --symbols --pad 4K > board.dtb
      """)

  @Argument(help: "The source; - for standard input.") var file: String

  @OptionGroup(title: "Changes") var edits: TreeEdits
  @OptionGroup(title: "Changes") var additions: TreeAdditions
  @OptionGroup(title: "Output") var output: TreeOutput

  func run() throws {
    let text = try Files.read(file, limit: InputLimit.text)
    try output.write(
      Files.compile(text, of: file, symbols: output.symbols), edits, additions)
  }
}
