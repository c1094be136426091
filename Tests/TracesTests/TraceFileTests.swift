import Foundation
import Testing

@testable import Traces

@Suite struct TraceFileTests {
  @Test(arguments: [TraceFormat.json, .chrome])
  func whatIsWrittenIsRead(format: TraceFormat) throws {
    #expect(try SampleTrace.read(SampleTrace.text(format)) == SampleTrace.events)
    #expect(try SampleTrace.read(SampleTrace.text(format, [])) == [])
  }

  @Test func linesForPeople() {
    #expect(
      SampleTrace.text(.text) == #"""
        start at 0x100
        client finddevice(0x20) = 0 [0x2] "/chosen"
        cas chosen: power8, PCR 0x8
        client call-method() = 0 "ibm,client-architecture-support"
        client quiesce() = 0
        rtas get-time-of-day() = 0 [0x7ea, 0xb]
        hcall KVMPPC_H_RTAS(0x7068) = 0
        hcall H_ENTER(0x1, 0x2) = -4
        hcall H_ENTER(0x1, 0x2) = 0 [0xffffffffffffffff]
        interrupt decrementer from 0xc000000000001000 SRR1 0x9033
        init+0x4 addi r3,r4,"1\x1b

        """#)
  }

  @Test func jsonLines() {
    let text = SampleTrace.text(.json, Array(SampleTrace.events.prefix(3)))
    #expect(
      text == """
        {"format": "pseries-trace", "version": 1}
        {"ns": 1000, "processor": 0, "kind": "start", "name": "start", "detail": "at 0x100", \
        "timebase": 500, "instructions": 3000}
        {"ns": 2000, "duration": 500, "processor": 0, "kind": "client", "name": "finddevice", \
        "arguments": ["0x20"], "status": 0, "results": ["0x2"], "detail": "/chosen", \
        "timebase": 1000, "instructions": 6000}
        {"ns": 3000, "processor": 0, "kind": "cas", "name": "chosen: power8, PCR 0x8", \
        "timebase": 1500, "instructions": 9000}

        """)
  }

  @Test func chromeEvents() {
    let text = SampleTrace.text(.chrome, Array(SampleTrace.events.prefix(2)))
    #expect(
      text == """
        [
        {"name": "process_name", "ph": "M", "pid": 1, "args": {"name": "pseries"}},
        {"name": "thread_name", "ph": "M", "pid": 1, "tid": 0, "args": {"name": "processor 0"}},
        {"name": "start", "cat": "start", "ph": "i", "s": "t", "ts": 1.000, "pid": 1, "tid": 0, \
        "args": {"detail": "at 0x100", "timebase": 500, "instructions": 3000}},
        {"name": "finddevice", "cat": "client", "ph": "X", "ts": 2.000, "dur": 0.500, "pid": 1, \
        "tid": 0, "args": {"arguments": ["0x20"], "status": 0, "results": ["0x2"], \
        "detail": "/chosen", "timebase": 1000, "instructions": 6000}}
        ]

        """)
  }

  /// The fields that the trace event format requires, by an independent parser.
  @Test func chromeFieldsAreThere() throws {
    let data = Data(SampleTrace.text(.chrome).utf8)
    let objects = try #require(try JSONSerialization.jsonObject(with: data) as? [[String: Any]])
    var named: Set<Int> = []
    for object in objects {
      let phase = try #require(object["ph"] as? String)
      #expect(object["name"] is String && object["pid"] as? Int == 1)
      if object["name"] as? String == "thread_name" { named.insert(object["tid"] as? Int ?? -1) }
      if phase == "M" {
        #expect((object["args"] as? [String: Any])?["name"] is String)
        continue
      }
      #expect(["X", "i"].contains(phase) && object["cat"] is String)
      #expect(object["ts"] is Double && object["args"] is [String: Any])
      #expect((object["dur"] is Double) == (phase == "X"))
      #expect((object["s"] as? String == "t") == (phase == "i"))
      #expect(named.contains(object["tid"] as? Int ?? -1), "a thread without a name")
    }
    #expect(named == [0, 1])
  }

  /// The array of a process that was killed.
  @Test func chromeWithoutItsEnd() throws {
    let text = SampleTrace.text(.chrome)
    #expect(try SampleTrace.read(String(text.dropLast(3))) == SampleTrace.events)
    #expect(try SampleTrace.read(String(text.dropLast(3)) + ",\n") == SampleTrace.events)
    #expect(try SampleTrace.read("[") == [])
    #expect(try SampleTrace.read("[]") == [])
  }

  /// Damage, and the message.
  @Test(arguments: [
    ("", "f:1:1: the file is empty"),
    ("\n\nhcall H_CEDE() = 0\n", "f:3:1: this is not a trace of --trace-format json or chrome"),
    ("{\"ns\": 1}\n", "f:1:1: format: is missing"),
    ("{\"format\": \"x\"}", "f:1:12: format: 'x' is not 'pseries-trace'"),
    (
      "{\"format\": \"pseries-trace\", \"version\": 2}",
      "f:1:40: version: 2 is not a version that this program reads"
    ),
    ("HEAD{\"ns\": 1", "f:2:9: the file ends within an event"),
    ("HEAD{\"ns\": \"1\n\"}", "f:2:10: the line ends within a text"),
    ("HEAD{\"ns\": 1,}", "f:2:10: a name in quotes is due"),
    ("HEAD{\"kind\": \"call\"}", "f:2:10: kind: 'call' is not one of start, client, cas, hcall, "),
    ("HEAD{\"kind\": 7}", "f:2:10: kind: a string is due, not a number"),
    ("HEAD{\"kind\": \"hcall\"}", "f:2:1: name: is missing"),
    ("HEADEVENT\"ns\": -1}", "f:2:54: ns: '-1' is not a whole number from 0 to 46116860184273879"),
    (
      "HEADEVENT\"ns\": 1.5}",
      "f:2:54: ns: '1.5' is not a whole number from 0 to 4611686018427387904"
    ),
    (
      "HEADEVENT\"ns\": 1, \"timebase\": 1, \"instructions\": 1, \"arguments\": [1]}",
      "f:2:104: arguments: a list of hexadecimal numbers in quotes is due"
    ),
    ("HEAD7", "f:2:1: an event in braces is due"),
    ("[7", "f:1:2: an event in braces is due"),
    ("[{}]", "f:1:2: ph: is missing"),
    ("[{\"ph\": \"B\"}]", "f:1:9: ph: 'B' is not X, i or M, which pseries writes"),
    ("[{\"ph\": \"M\"} {\"ph\": \"M\"}]", "f:1:14: ',' or ']' is due"),
    ("[{\"ph\": \"M\"}]]", "f:1:14: unexpected text after the end"),
    ("[{\"ph\": \"M\"},\n\n]", "f:3:1: an event in braces is due"),
    (
      #"[{"ph": "i", "tid": 0, "cat": "hcall", "name": "x", "ts": 1.2345, "args": {}}]"#,
      "f:1:59: ts: '1.2345' is no number of microseconds"
    ),
  ])
  func damage(text: String, message: String) {
    let text = text.replacing("HEAD", with: "{\"format\": \"pseries-trace\", \"version\": 1}\n")
      .replacing("EVENT", with: "{\"kind\": \"hcall\", \"name\": \"x\", \"processor\": 0, ")
    let error = #expect(throws: TraceError.self) { try SampleTrace.read(text) }
    #expect(error?.description.hasPrefix(message) == true, "\(error?.description ?? "")")
  }

  /// An event that does not end takes no more memory than the limit.
  @Test func anEventWithoutEnd() {
    var pieces = 0
    var reader = TraceReader(file: "f") {
      pieces += 1
      return Array((pieces == 1 ? "[{\"" : String(repeating: "x", count: 1 << 16)).utf8)
    }
    let error = #expect(throws: TraceError.self) { try reader.next() }
    #expect(
      error?.description == "f:1:2: an event of more than 1048576 bytes begins here")
    #expect(pieces < 20)
  }

  /// A piece may end anywhere.
  @Test(arguments: [TraceFormat.json, .chrome])
  func piecesOfOneByte(format: TraceFormat) throws {
    var rest = Array(SampleTrace.text(format).utf8)[...]
    var reader = TraceReader(file: "f") { rest.popFirst().map { [$0] } ?? [] }
    var events: [TraceEvent] = []
    while let event = try reader.next() { events.append(event) }
    #expect(events == SampleTrace.events)
  }
}
