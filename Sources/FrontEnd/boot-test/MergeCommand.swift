import ArgumentParser
import BootTest
import HostSupport
import MachineOptions

struct MergeCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "merge", abstract: "Make one report of the results of cells that ran separately.",
    discussion: """
      A cell of the plan without results has failed, and is named. Of the results of several attempts \
      ('boot-test run --attempt N') the last counts; two results of the same attempt are an error.

      Exit status: 0 every cell that ran passed, 1 one failed or is missing, 2 the results do not fit.

      Example:
        boot-test merge .cache/results/suite/cells --plan plan.json
      """)

  @Argument(help: "The cells' results folders, or folders in which they are.")
  var results: [String]

  @Option(
    help: "The plan, as 'boot-test plan --json' printed it: every cell that there must be.",
    completion: .file(extensions: ["json"]))
  var plan: String

  @OptionGroup var report: RunReportOptions

  func run() throws {
    let plan: RunPlan
    do throws(SuiteError) { plan = try RunPlan.read(self.plan) } catch {
      throw CommandError.usage("\(error)")
    }
    let folder = try report.folder(suite: plan.suite)
    let earlier = try report.earlier(folder)
    let merged: SuiteResults
    do throws(MergeError) {
      let merge = try ResultsMerge(plan, folders: results)
      for error in merge.damaged { WholeWrite.writeToStandardError("boot-test: \(error)\n") }
      merged = try merge.results(into: folder)
    } catch {
      throw CommandError.usage("\(error)")
    }
    let whole = try report.publish(merged, earlier: earlier, in: folder)
    if whole.exitStatus != 0 { throw ExitCode(whole.exitStatus) }
  }
}
