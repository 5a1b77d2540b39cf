// A training in a folder: what it leaves, how it goes on after an interruption, what it refuses.

import Foundation
import Layers
import Models
import TensorFiles
import TestSupport
import Testing
import Training

@Suite struct `A training` {
  @Test(arguments: [1, 2], [[37], [100], [101], [150, 150, 199], [200], [230], [37, 201, 229]])
  func `that was interrupted leaves the same bytes as one that was not`(
    workers: Int, updates: [Int]
  ) throws {
    try withTemporaryFolder { folder in
      let whole = SmallTraining(in: folder.appendingPathComponent("whole"))
      let broken = SmallTraining(in: folder.appendingPathComponent("broken"))
      try whole.perform()
      for update in updates { try broken.interrupt(at: update, workers: workers) }
      #expect(!FileManager.default.fileExists(atPath: broken.files.model.path))
      try broken.perform(workers: workers)
      let files = try contents(of: whole.output)
      #expect(
        files.keys.sorted() == [
          "config.json", "model.safetensors", "training.csv", "training.tfevents",
        ])
      #expect(try contents(of: broken.output) == files)
    }
  }

  @Test(arguments: [1, 2])
  func `of a model that sees pictures leaves the same bytes if it was interrupted`(
    workers: Int
  ) throws {
    try withTemporaryFolder { folder in
      var whole = SmallTraining(in: folder.appendingPathComponent("whole"))
      whole.showsPictures = true
      (whole.model.sight.channels, whole.model.sight.widths) = ([3, 4], [8])
      whole.model.sight.dropout = 0.1
      var broken = SmallTraining(in: folder.appendingPathComponent("broken"))
      (broken.model, broken.showsPictures) = (whole.model, true)
      try whole.perform()
      for update in [101, 150] { try broken.interrupt(at: update, workers: workers) }
      try broken.perform(workers: workers)
      #expect(try contents(of: broken.output) == contents(of: whole.output))
      let names = try TensorFile(reading: whole.files.model).tensors.map(\.name)
      #expect(names.contains("sight.0.weight"))
    }
  }

  @Test(arguments: [(37, 0), (100, 0), (101, 100), (200, 100), (201, 200)])
  func `goes on from the last checkpoint`(interrupted: Int, saved: Int) throws {
    try withTemporaryFolder { folder in
      let training = SmallTraining(in: folder)
      try training.interrupt(at: interrupted)
      var resumed = 0
      var updates: [Int] = []
      try training.perform(resumed: { resumed = $0 }, progress: { updates.append($0.update) })
      #expect(resumed == saved)
      #expect(updates == Array(saved + 1...230))
    }
  }

  @Test func `is not disturbed by half-written files`() throws {
    try withTemporaryFolder { folder in
      let whole = SmallTraining(in: folder.appendingPathComponent("whole"))
      let broken = SmallTraining(in: folder.appendingPathComponent("broken"))
      try whole.perform()
      try broken.interrupt(at: 150)
      for file in [broken.files.checkpoint, broken.files.log, broken.files.model] {
        try Data("half".utf8).write(to: file.appendingPathExtension("tmp"))
      }
      try broken.perform()
      #expect(try contents(of: broken.output) == contents(of: whole.output))
    }
  }

  @Test func `with another seed leaves another model`() throws {
    try withTemporaryFolder { folder in
      let (a, b) = (
        SmallTraining(in: folder.appendingPathComponent("a")),
        SmallTraining(in: folder.appendingPathComponent("b"))
      )
      try a.perform(seed: 1)
      try b.perform(seed: 2)
      let models = try [a, b].map { try Data(contentsOf: $0.files.model) }
      #expect(models[0] != models[1])
      #expect(models[0].count == models[1].count)
    }
  }

  @Test func `logs every update so that its numbers read back`() throws {
    try withTemporaryFolder { folder in
      let training = SmallTraining(in: folder)
      var records: [CourseRecord] = []
      try training.perform(progress: { records.append($0) })
      let lines = try String(contentsOf: training.files.log, encoding: .utf8)
        .split(separator: "\n")
      #expect(lines[0] == "update,learning_rate,loss,accuracy,gradient_norm")
      let rows = lines.dropFirst().map { $0.split(separator: ",").map { Double($0) } }
      let expected: [[Double?]] = records.map(\.values)
      #expect(rows == expected)
    }
  }

  @Test func `whose loss is no number stops and leaves no model`() throws {
    try withTemporaryFolder { folder in
      var training = SmallTraining(in: folder)
      training.settings.warmUpUpdates = 0
      training.settings.learningRate = 1e30
      training.settings.finalLearningRateFraction = 1
      let error = try #require(throws: TrainingError.self) { try training.perform() }
      guard case .diverged(let update, 1e30, let tensor?, _, nil, _) = error else {
        Issue.record("\(error)")
        return
      }
      let message = """
        The training left what floats can hold after update \(update), at a learning rate of 1e+30: \
        \(tensor) is the first tensor that is not finite. Lower train.learning_rate or raise \
        train.warm_up_updates. There is no checkpoint before it; with --overwrite it begins anew.
        """
      #expect("\(error)" == message)
      #expect(try contents(of: training.output).isEmpty)
    }
  }

  @Test func `whose last step leaves no numbers stops and leaves no model`() throws {
    try withTemporaryFolder { folder in
      var training = SmallTraining(in: folder)
      training.settings.updates = 1
      training.settings.warmUpUpdates = 0
      training.settings.learningRate = 1e300
      #expect(throws: TrainingError.self) { try training.perform() }
      let left = try contents(of: training.output)
      #expect(left.isEmpty)
    }
  }

  /// All parameters are numbers still, but products of them are none: an evaluation could not use the model.
  @Test(arguments: [1e20, 1e30])
  func `whose model predicts no numbers after the last step stops and leaves no model`(
    learningRate: Double
  ) throws {
    try withTemporaryFolder { folder in
      var training = SmallTraining(in: folder)
      training.settings.updates = 1
      training.settings.warmUpUpdates = 0
      training.settings.learningRate = learningRate
      let error = try #require(throws: TrainingError.self) { try training.perform() }
      #expect("\(error)".contains(": its tensors are finite, what it predicts is not. Lower "))
      #expect(try contents(of: training.output).isEmpty)
    }
  }

  @Test func `that diverges names its last good checkpoint, and goes on from it at another rate`()
    throws
  {
    try withTemporaryFolder { folder in
      var training = SmallTraining(in: folder)
      try training.interrupt(at: 150)
      let good = training.settings
      training.settings.learningRate = 1e30
      let error = try #require(throws: TrainingError.self) { try training.perform() }
      guard case .diverged(_, _, _, _, training.files.checkpoint.path, 100) = error else {
        Issue.record("\(error)")
        return
      }
      training.settings = good
      training.settings.learningRate = 0.005
      try training.perform()
      #expect(FileManager.default.fileExists(atPath: training.files.model.path))
    }
  }

  @Test func `goes on from no checkpoint of another method`() throws {
    try withTemporaryFolder { folder in
      var training = SmallTraining(in: folder)
      try training.interrupt(at: 150)
      training.metadata = ["method": "ed"]
      let error = TrainingError.otherCheckpoint(
        path: training.files.checkpoint.path,
        reason: "it was made with method ad, expected ed")
      #expect(throws: error) { try training.perform() }
    }
  }

  @Test(arguments: ["\r\n", "\n"])
  func `reads its log again whatever ends its lines`(lineEnd: String) throws {
    try withTemporaryFolder { folder in
      let whole = SmallTraining(in: folder.appendingPathComponent("whole"))
      let broken = SmallTraining(in: folder.appendingPathComponent("broken"))
      try whole.perform()
      try broken.interrupt(at: 150)
      let log = try String(contentsOf: broken.files.log, encoding: .utf8)
      try Data(log.split(separator: "\n").joined(separator: lineEnd).utf8)
        .write(to: broken.files.log)
      try broken.perform()
      #expect(try contents(of: broken.output) == contents(of: whole.output))
    }
  }

  @Test func `goes on from no log with a row that is not its update's`() throws {
    try withTemporaryFolder { folder in
      let training = SmallTraining(in: folder)
      try training.interrupt(at: 150)
      var lines = try String(contentsOf: training.files.log, encoding: .utf8)
        .split(separator: "\n").map(String.init)
      lines[42] = "42,nan,0.5,0.5,1"
      try Data(lines.joined(separator: "\n").utf8).write(to: training.files.log)
      let message = """
        \(training.files.log.path):43: “42,nan,0.5,0.5,1” is not what the updates left. Move the file and \
        the checkpoint beside it away, and run the same `distill train` again.
        """
      #expect { try training.perform() } throws: { "\($0)" == message }
    }
  }

  @Test func `goes on from no checkpoint of another model`() throws {
    try withTemporaryFolder { folder in
      var training = SmallTraining(in: folder)
      try training.interrupt(at: 150)
      let before = try contents(of: training.output)
      training.model.width = 16
      let message = """
        \(training.files.checkpoint.path) is the checkpoint of another training: it holds a model of \
        another shape. Move it away to train from the beginning, or train in another folder.
        """
      #expect { try training.perform() } throws: { "\($0)" == message }
      #expect(try contents(of: training.output) == before)
    }
  }

  @Test func `goes on from no checkpoint that lies beyond its end`() throws {
    try withTemporaryFolder { folder in
      var training = SmallTraining(in: folder)
      try training.interrupt(at: 150)
      let updates = training.settings.updates
      training.settings.updates = 90
      let error = TrainingError.otherCheckpoint(
        path: training.files.checkpoint.path,
        reason: "it was written after 100 of \(updates) updates, expected 90")
      #expect(throws: error) { try training.perform() }
    }
  }

  @Test func `goes on from no checkpoint whose log was cut short`() throws {
    try withTemporaryFolder { folder in
      let training = SmallTraining(in: folder)
      try training.interrupt(at: 150)
      let log = try String(contentsOf: training.files.log, encoding: .utf8)
      let lines = log.split(separator: "\n").prefix(61)
      try Data(lines.joined(separator: "\n").utf8).write(to: training.files.log)
      let message = """
        \(training.files.log.path) should hold 100 updates, but holds 60. Move it and the \
        checkpoint beside it away, and run the same `distill train` again.
        """
      #expect { try training.perform() } throws: { "\($0)" == message }
    }
  }

  @Test func `goes on from no checkpoint that was cut short`() throws {
    try withTemporaryFolder { folder in
      let training = SmallTraining(in: folder)
      try training.interrupt(at: 150)
      let bytes = try Data(contentsOf: training.files.checkpoint)
      try bytes.dropLast(10).write(to: training.files.checkpoint)
      #expect { try training.perform() } throws: {
        "\($0)".hasPrefix("\(training.files.checkpoint.path) is cut short")
      }
    }
  }
}
