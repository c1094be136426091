import ArgumentParser
import BootTest
import MachineOptions

struct NewCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "new", abstract: "Write a suite file to begin with.",
    discussion: """
      boot-test new my.yaml --kernel vmlinux --initrd initrd.img --append console=hvc0 \\
        --cpu power9 --cpu power10 --compat all --expect 'login:' --done expected
      """)

  @Argument(help: "The suite file, which must not exist.", completion: .file(extensions: ["yaml"]))
  var file: String

  @OptionGroup var guest: SuiteGuestOptions

  func run() throws {
    let draft = try guest.draft()
    do throws(SuiteError) {
      _ = try draft.suite()
      try draft.write(to: file)
    } catch {
      throw CommandError.usage("\(error)")
    }
    print("\(file): edit it, then: boot-test run \(file)")
  }
}
