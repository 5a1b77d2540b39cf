// Files that this program did not write: none reaches a model that indexes by what cannot be.

import Foundation
import LearningHistories
import Tasks
import TestSupport
import Testing

@Suite struct `A history file of one's own` {
  private func complaint(
    _ change: (inout HandWrittenShard) -> Void
  ) throws -> (message: String?, path: String) {
    var shard = HandWrittenShard(returns: [[0, 2], [1, 6, 3]])
    change(&shard)
    let scratch = try ScratchFolder()
    let url = URL(fileURLWithPath: scratch.file("mine.safetensors"))
    try shard.write(to: url)
    do {
      try HistoryShard(reading: url).require(livedIn: rooms)
      return (nil, url.relativePath)
    } catch {
      return (error.problem, url.relativePath)
    }
  }

  @Test func `is taken if it is of the family`() throws {
    #expect(try complaint { _ in }.message == nil)
  }

  @Test func `is refused with what was expected and found`() throws {
    let cases: [(String, (inout HandWrittenShard) -> Void)] = [
      ("the family 'bright-room', expected 'dark-room'", { $0.family = "bright-room" }),
      (
        "the task 25, expected a task from 0 to 24",
        { $0.task = 25 }
      ),
      (
        "in step 7 the action 5, expected an action from 0 to 4",
        { $0.histories[0][1][1].action = 5 }
      ),
      (
        "in step 12 the observed component 1 with 5, expected a value from 0 to 4",
        { $0.histories[1][0][0].cell = (4, 5) }
      ),
      (
        "in step 29 the reward 2.0, expected one of [0.0, 1.0]",
        { $0.histories[1][2][5].reward = 2 }
      ),
      (
        "an episode of 7, expected at most 6 steps",
        { $0.histories[1][0].append(HandWrittenShard.Step()) }
      ),
    ]
    for (message, change) in cases {
      let complaint = try complaint(change)
      #expect(complaint.message == "\(complaint.path) has \(message).")
    }
  }

  @Test func `is refused with another interface`() throws {
    let complaint = try complaint {
      $0.interface = $0.interface.replacing("\"action_count\":5", with: "\"action_count\":4")
    }
    #expect(complaint.message?.contains("4 actions") == true)
    #expect(complaint.message?.contains("expected of [5, 5] observed values, 5 actions") == true)
  }
}
