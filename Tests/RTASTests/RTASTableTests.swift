import Hypervisor
import HypervisorTestSupport
import PowerISA
import Testing

@testable import RTAS

@Suite struct RTASTableTests {
  @Test func `the required calls are there, with QEMU's tokens where it has them`() {
    let table = RTASTable(HypervisorFeatures(processor: .power9))
    let tokens = Dictionary(uniqueKeysWithValues: table.properties.map { ($0.name, $0.token) })
    let expected: [String: UInt32] = [
      "display-character": 0x2000, "get-time-of-day": 0x2001, "set-time-of-day": 0x2002,
      "power-off": 0x2003, "system-reboot": 0x2004, "query-cpu-stopped-state": 0x2005,
      "start-cpu": 0x2006, "stop-self": 0x2007, "ibm,get-system-parameter": 0x2008,
      "ibm,set-system-parameter": 0x2009, "ibm,set-xive": 0x200A, "ibm,get-xive": 0x200B,
      "ibm,int-off": 0x200C, "ibm,int-on": 0x200D, "check-exception": 0x200E,
      "event-scan": 0x200F, "nvram-fetch": 0x2012, "nvram-store": 0x2013,
      "set-indicator": 0x201A, "get-sensor-state": 0x201D, "ibm,os-term": 0x201F,
    ]
    for (name, token) in expected { #expect(tokens[name] == token, "\(name)") }
    #expect(tokens["rtas-last-error"] != nil)
    #expect(Set(table.properties.map(\.name)).count == table.properties.count)
  }

  @Test func `the interrupt calls come with the interrupt controller`() {
    let features = HypervisorFeatures(processor: .power9, hasXICS: false)
    let names = RTASTable(features).properties.map(\.name)
    #expect(!names.contains("ibm,set-xive") && names.contains("power-off"))
  }
}
