import DeviceTree
import Hypervisor
import MachineDescription
import PlatformTestSupport
import PlatformTree
import PowerISA
import RTAS
import Testing

/// The tree promises what the tables dispatch, and nothing else.
@Suite struct ServedCallsTests {
  @Test(arguments: ProcessorModel.all)
  func everyAnnouncedCallIsServed(processor: ProcessorModel) throws {
    let description = try machine(processor)
    let features = description.hypervisorFeatures
    let (hypercalls, rtas) = (HypercallTable(features), RTASTable(features))
    let node = try #require(tree(description).root.child(named: "rtas"))
    let announced = try #require(node["ibm,hypertas-functions"]?.strings)
    #expect(!announced.isEmpty)
    for call in hypercalls.calls where announced.contains(call.set.name ?? "") {
      #expect(call.handler != nil, "\(call.name) is announced by \(call.set.name ?? "")")
    }
    for (name, token) in rtas.properties { #expect(node[name] == .cell(token)) }
  }

  @Test func nothingServedNothingAdvertised() throws {
    let description = try machine()
    let tree = try PlatformTree.build(
      description, served: ServedCalls(hypercallSets: [], rtas: []))
    let names = tree.root.children.map(\.name)
    #expect(!names.contains("vdevice") && !names.contains("event-sources"))
    #expect(!names.contains("ibm,platform-facilities"))
    #expect(tree["/rtas"]?.has("ibm,extended-os-term") == false)
    #expect(tree["/rtas"]?.has("rtas-event-scan-rate") == false)
    #expect(tree["/chosen"]?.has("stdout-path") == false)
  }
}
