@testable import BootTest
import Testing

/// What Slurm's commands print, and numbers of tasks.
@Suite struct SlurmTaskTests {
  @Test func squeue() throws {
    let tasks = try SlurmTask.list(
      """
      9|2|PENDING|0||Resources|
      9|3|PENDING|1||BeginTime|
      9|0|RUNNING|0|node1|None|
      9|1|NODE_FAIL|12|node[2-3]|NodeDown|

      """)
    #expect(tasks.map(\.index) == [2, 3, 0, 1])
    #expect(tasks.map(\.phase) == [.waiting, .waiting, .running, .lost])
    #expect(tasks.map(\.restarts) == [0, 1, 0, 12])
    #expect(tasks[0].reason == "Resources" && tasks[2].node == "node1")
    #expect(try SlurmTask.list("").isEmpty)
    for line in [
      "9|N/A|PENDING|0||None|", "9|1||0|||", "9|1|RUNNING|0", "slurm says", "|1|RUNNING|0|||",
    ] {
      #expect(throws: SlurmError.unexpected(command: "squeue", line: line)) {
        try SlurmTask.list(line)
      }
    }
  }

  @Test func sacct() throws {
    let tasks = try SlurmTask.accounted(
      """
      9_0|COMPLETED
      9_1|CANCELLED by 1000
      9_2|TIMEOUT
      9_[3-7%2]|PENDING
      """)
    #expect(tasks.map(\.index) == [0, 1, 2])
    #expect(tasks.map(\.phase) == [.ended, .stopped, .stopped])
    for line in ["9_0", "9|COMPLETED", "x_1|FAILED", "9_1|"] {
      #expect(throws: SlurmError.unexpected(command: "sacct", line: line)) {
        try SlurmTask.accounted(line)
      }
    }
  }

  /// A state of a later Slurm does not end a task.
  @Test func statesThatAreNotListed() {
    #expect(SlurmTask(job: 1, index: 0, state: "COMPLETING").phase == .running)
    #expect(SlurmTask(job: 1, index: 0, state: "LEVITATING").phase == .running)
  }

  @Test func numbersOfAnArray() {
    #expect(SlurmTasks.list([0, 1, 2, 3, 7, 9, 10]) == "0-3,7,9-10")
    #expect(SlurmTasks.list([5]) == "5")
  }
}
