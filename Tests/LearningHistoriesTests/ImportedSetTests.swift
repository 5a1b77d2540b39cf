// Sets that come from elsewhere: every step is looked at before a model may see it, and NumPy writes one in the lines
// that data/schema.md has.

import Foundation
import LearningHistories
import Randomness
import SourceAlgorithms
import Tasks
import TensorFiles
import TestSupport
import Testing

private let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
  .deletingLastPathComponent().deletingLastPathComponent()

@Suite struct `An imported set` {
  /// Writes a set of one task, lets a tensor of it be changed, and gives what reading it says.
  private func complaint<Element: TensorElement>(
    _ kind: StepKind, _ name: String, _ type: Element.Type, at index: Int, _ value: Element
  ) throws -> String? {
    try withTemporaryFolder { folder in
      let writer = try HistoryWriter(importedSet(kind.interface, tasks: [0]), to: folder)
      try writer.write([try history(kind, lives(kind, lengths: [3, 8], asksExpert: true))])
      try writer.finish()
      #expect(try HistorySet(reading: folder).stepCount == 11)
      let shard = folder.appendingPathComponent("shard-00000.safetensors")
      let file = try TensorFile(reading: shard)
      let old = try file.tensor(name, of: Element.self)
      var elements = old.elements()
      elements[index] = value
      let tensor = NewTensor(name, shape: old.shape, elements)
      let others = try file.tensors.filter { $0.name != name }.map { try copy($0, of: file) }
      try TensorFile.write(
        others + [tensor], metadata: file.metadata, to: shard, replacing: true)
      let error = #expect(throws: HistoryError.self) { try HistorySet(reading: folder) }
      return error?.description.replacingOccurrences(of: shard.path, with: "SHARD")
    }
  }

  private func copy(_ tensor: TensorFile.Description, of file: TensorFile) throws -> NewTensor {
    func copy<Element: TensorElement>(_ type: Element.Type) throws -> NewTensor {
      NewTensor(
        tensor.name, shape: tensor.shape, try file.tensor(tensor.name, of: type).elements())
    }
    return switch tensor.type {
    case .bool: try copy(Bool.self)
    case .uint8: try copy(UInt8.self)
    case .int8: try copy(Int8.self)
    case .uint16: try copy(UInt16.self)
    case .uint32: try copy(UInt32.self)
    default: try copy(Float.self)
    }
  }

  private let advice = "Write it for the tasks of this family."

  @Test func `is refused with an action that there is not`() throws {
    #expect(
      try complaint(.cells, "actions", UInt8.self, at: 4, 5)
        == "SHARD has in step 4 the action 5, expected an action from 0 to 4. \(advice)")
    #expect(
      try complaint(.manyActions, "actions", UInt16.self, at: 4, 600)
        == "SHARD has in step 4 the action 600, expected an action from 0 to 599. \(advice)")
    #expect(
      try complaint(.factors, "actions", UInt8.self, at: 13, 2)
        == "SHARD has in step 4 the action's factor 1 with 2, expected a choice from 0 to 1. "
        + advice)
    #expect(
      try complaint(.factors, "expert_actions", UInt8.self, at: 14, 4)
        == "SHARD has in step 4 the expert's action's factor 2 with 4, expected a choice from 0 to "
        + "3. \(advice)")
  }

  @Test func `is refused with what cannot be seen`() throws {
    #expect(
      try complaint(.cells, "observations", UInt8.self, at: 6, 4)
        == "SHARD has in step 3 the observed component 0 with 4, expected a value from 0 to 3. "
        + advice)
    #expect(
      try complaint(.floats, "observations", Float.self, at: 10, .nan)
        == "SHARD has in step 3 the observed number 1 with nan, expected a finite number. \(advice)"
    )
    #expect(
      try complaint(.categories, "observations", UInt8.self, at: 15, 7)
        == "SHARD has in step 3 the observed category 3 with 7, expected a value from 0 to 6. "
        + advice)
  }

  @Test func `is refused with a reward that there is not`() throws {
    #expect(
      try complaint(.cells, "rewards", Int8.self, at: 10, 2)
        == "SHARD has in step 10 the reward 2.0, expected one of [-1.0, 0.0, 1.0]. \(advice)")
    #expect(
      try complaint(.anyReward, "rewards", Float.self, at: 0, .infinity)
        == "SHARD has in step 0 the reward inf, expected a finite number. \(advice)")
  }

  @Test func `is refused with an episode that is too long`() throws {
    #expect(
      try complaint(.cells, "episode_offsets", UInt32.self, at: 1, 2)
        == "SHARD has an episode of 9, expected at most 8 steps. \(advice)")
  }

  @Test func `is refused with a prior task that there cannot be`() throws {
    #expect(
      try complaint(.cells, "history_prior_task", Int8.self, at: 0, -2)
        == "SHARD has in history 0 the prior task -2, expected a task or -1 for none. \(advice)")
  }

  @Test func `is refused by words if its origin is none`() throws {
    try withTemporaryFolder { folder in
      let writer = try HistoryWriter(
        importedSet(StepKind.cells.interface, tasks: [0]), to: folder)
      try writer.write([try history(.cells, lives(.cells, lengths: [3]))])
      try writer.finish()
      let manifest = folder.appendingPathComponent("manifest.json")
      let text = try String(contentsOf: manifest, encoding: .utf8)
      let elsewhere = "Histories that another program wrote have \"origin\": \"imported\""
      for (line, reason) in [
        (
          "\"origin\" : \"stolen\",",
          "it names the origin 'stolen', expected 'imported' or none"
        ),
        ("", "'learners_per_task' is missing. \(elsewhere)"),
        ("\"learners_per_task\" : 1,", "'streams_per_learner' is missing. \(elsewhere)"),
      ] {
        let changed = text.replacingOccurrences(of: "\"origin\" : \"imported\",", with: line)
        #expect(changed != text)
        try AtomicFile.write(changed, to: manifest, replacing: true)
        let error = #expect(throws: HistoryError.self) { try HistorySet(reading: folder) }
        #expect(
          error?.description == "\(manifest.path) is not a manifest of histories: \(reason). "
            + "If it was recorded here, move it away and run the same `distill collect`; otherwise write or copy it again."
        )
      }
    }
  }
}

@Suite(
  .enabled(
    if: Python.canImport("numpy"), "python3 cannot import numpy; name one that can in PYTHON"))
struct `The NumPy lines of the schema` {
  /// The lines that stand in the document, as they stand there.
  private func lines() throws -> String {
    let document = try String(
      contentsOf: root.appendingPathComponent("data/schema.md"), encoding: .utf8)
    let chapter = try #require(document.components(separatedBy: "with NumPy\n").last)
    let block = try #require(chapter.components(separatedBy: "```python\n").dropFirst().first)
    return try #require(block.components(separatedBy: "```").first)
  }

  @Test func `are no more than twenty`() throws {
    #expect(try lines().split(separator: "\n").count <= 20)
  }

  @Test func `write a whole set`() throws {
    try withTemporaryFolder { folder in
      let result = try Python.run(try lines(), folder.path)
      #expect(result.status == 0, "\(result.output)")
      #expect(HistorySet.problems(in: folder).isEmpty)
      let set = try HistorySet(reading: folder, verifyingChecksums: true)
      #expect(set.manifest.origin == .imported)
      #expect(set.manifest.tasks.map(\.index) == [0, 1, 2])
      #expect(set.manifest.split.heldOut == [TaskID(2)])
      #expect(set.manifest.interface.sight == .floats(count: 3))
      #expect(set.manifest.interface.rewards == nil)
      #expect(set.histories.map(\.learner) == [0, 1, 2, 3, 0, 1, 2, 3, 0, 1, 2, 3])
      #expect(set.histories.allSatisfy { $0.episodeCount == 10 && $0.stepCount == 90 })
      #expect(set.histories.allSatisfy { $0.priorTask == nil && $0.stream == 0 })
      #expect(set.histories.allSatisfy { $0.learnerSteps(atEndOf: 9) == 90 })
      let seen = set.histories.flatMap { history in
        (0..<90).flatMap { history.observation(at: $0).floats }
      }
      // NumPy's normal distribution has a mean of 0 and a variance of 1.
      let mean = seen.reduce(0, +) / Float(seen.count)
      let variance = seen.reduce(0) { $0 + $1 * $1 } / Float(seen.count)
      #expect(seen.count == 3240)
      #expect(abs(mean) < Tolerance.momentOfThreeThousand)
      #expect(abs(variance - 1) < Tolerance.momentOfThreeThousand)
    }
  }
}
