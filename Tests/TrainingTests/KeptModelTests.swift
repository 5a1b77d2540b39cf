// Models that are kept on the way.

import Foundation
import LinearAlgebra
import Models
import TensorFiles
import TestSupport
import Testing
import Training

@Suite struct `A training that keeps models` {
  @Test func `keeps them as they were after their updates`() throws {
    try withTemporaryFolder { folder in
      var training = SmallTraining(in: folder)
      training.settings.keepEvery = 115
      try training.perform()
      let names = try contents(of: training.output).keys.filter { $0.hasPrefix("model-") }.sorted()
      #expect(names == ["model-000115.safetensors", "model-000230.safetensors"])
      let kept = try [115, 230].map { try Checkpoint.read(training.files.keptModel(after: $0)) }
      let trained = try Checkpoint.read(training.files.model)
      #expect(kept[1].all.values == trained.all.values)
      #expect(kept[0].all.values != trained.all.values)
      let file = try TensorFile(reading: training.files.keptModel(after: 115))
      #expect(file.metadata["method"] == "ad")
      #expect(file.metadata["updates_done"] == "115")
    }
  }

  @Test func `leaves the same ones if it was interrupted`() throws {
    try withTemporaryFolder { folder in
      var whole = SmallTraining(in: folder.appendingPathComponent("whole"))
      var broken = SmallTraining(in: folder.appendingPathComponent("broken"))
      whole.settings.keepEvery = 60
      broken.settings = whole.settings
      try whole.perform()
      for update in [59, 130, 199] { try broken.interrupt(at: update) }
      try broken.perform()
      let files = try contents(of: whole.output)
      #expect(files.keys.filter { $0.hasPrefix("model-") }.count == 3)
      #expect(try contents(of: broken.output) == files)
    }
  }
}
