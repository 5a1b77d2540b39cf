import Foundation
import LearningHistories
import Randomness
import SourceAlgorithms
import Synchronization
import Tasks
import TensorFiles
import TestSupport
import Testing

@Suite struct `Collecting histories` {
  @Test(arguments: [2, 3]) func `shards are byte-identical for any number of workers`(
    workers: Int
  ) throws {
    try withTemporaryFolder { folder in
      let (alone, shared) = (folder.appendingPathComponent("1"), folder.appendingPathComponent("n"))
      try collector(in: alone).collect(workers: 1)
      try collector(in: shared).collect(workers: workers)
      #expect(try contents(of: alone).count == 4)
      #expect(try contents(of: alone) == contents(of: shared))
    }
  }

  @Test func `processes with tasks of their own leave what one leaves, in any order and again`()
    throws
  {
    try withTemporaryFolder { folder in
      let (alone, shared) = (folder.appendingPathComponent("1"), folder.appendingPathComponent("n"))
      let manifest = try collector(in: alone).collect(workers: 1).manifest
      let tasks = split.training.prefix(3)
      let half = shared.appendingPathComponent("shard-00000.safetensors.tmp")
      #expect(try collector(in: shared).collect(only: [tasks[2]], workers: 1) == nil)
      // What another process is writing is left alone.
      try AtomicFile.write("half", to: half)
      #expect(try collector(in: shared).collect(only: [tasks[1]], workers: 1) == nil)
      #expect(try collector(in: shared).collect(only: [], workers: 1) == nil)
      #expect(try String(contentsOf: half, encoding: .utf8) == "half")
      for _ in 1...2 {
        #expect(try collector(in: shared).collect(only: [tasks[0]], workers: 1) == manifest)
        #expect(try contents(of: alone) == contents(of: shared))
      }
    }
  }

  @Test func `processes that write the manifest at once write it once`() async throws {
    let scratch = try ScratchFolder()
    let folder = URL(fileURLWithPath: scratch.path)
    try collector(in: folder).collect(workers: 1)
    let whole = try contents(of: folder)
    for _ in 1...20 {
      try FileManager.default.removeItem(at: folder.appendingPathComponent("manifest.json"))
      try await withThrowingTaskGroup(of: Void.self) { group in
        for _ in 1...4 {
          group.addTask { _ = try collector(in: folder).collect(only: [], workers: 1) }
        }
        try await group.waitForAll()
      }
      #expect(try contents(of: folder) == whole)
    }
  }

  @Test func `another seed gives other shards`() throws {
    try withTemporaryFolder { folder in
      let (a, b) = (folder.appendingPathComponent("a"), folder.appendingPathComponent("b"))
      let shards = try [
        collector(in: a).collect(workers: 1), collector(in: b, seed: Seed(8)).collect(workers: 1),
      ].map { $0.manifest.shards.map(\.sha256) }
      #expect(zip(shards[0], shards[1]).allSatisfy { $0 != $1 })
    }
  }

  @Test func `a task's histories do not depend on the tasks beside it`() throws {
    try withTemporaryFolder { folder in
      let (a, b) = (folder.appendingPathComponent("a"), folder.appendingPathComponent("b"))
      let all = try collector(in: a).collect(workers: 2)
      let last = try collector(in: b, tasks: [split.training[2]]).collect(workers: 2)
      #expect(all.manifest.shards[2].sha256 == last.manifest.shards[0].sha256)
    }
  }

  @Test func `a share of the learners comes from another recorded task`() throws {
    try withTemporaryFolder { folder in
      try collector(in: folder, historiesPerTask: 8, priorTaskFraction: 0.5).collect(workers: 2)
      for history in try HistorySet(reading: folder).histories {
        #expect((history.priorTask != nil) == (history.learner >= 2))
        #expect(history.priorTask != history.task)
        #expect(history.priorTask.map(split.training.prefix(3).contains) ?? true)
      }
    }
  }

  @Test func `without a share, every learner begins with nothing`() throws {
    try withTemporaryFolder { folder in
      try collector(in: folder).collect(workers: 2)
      #expect(try HistorySet(reading: folder).histories.allSatisfy { $0.priorTask == nil })
    }
  }

  @Test(arguments: [1, 2], [1, 25, 41, 119])
  func `an interrupted collection goes on to the same files`(
    workers: Int, episodes: Int
  ) throws {
    try withTemporaryFolder { folder in
      let (whole, broken) = (folder.appendingPathComponent("a"), folder.appendingPathComponent("b"))
      try collector(in: whole).collect(workers: 1)
      #expect(throws: Interruption.self) {
        try collector(in: broken).collect(workers: workers) { progress in
          if progress.episodes >= episodes { throw Interruption() }
        }
      }
      #expect(try contents(of: broken)["manifest.json"] == nil)
      let resumed = try collector(in: broken).collect(workers: workers)
      #expect(resumed.keptShards < 3)
      #expect(try contents(of: whole) == contents(of: broken))
    }
  }

  @Test func `an interrupted collection keeps its finished shards`() throws {
    try withTemporaryFolder { folder in
      #expect(throws: Interruption.self) {
        try collector(in: folder).collect(workers: 1) { progress in
          if progress.episodes > 90 { throw Interruption() }
        }
      }
      let resumed = try collector(in: folder).collect(workers: 1)
      #expect(resumed.keptShards == 2)
    }
  }

  @Test func `a lost shard is made again`() throws {
    try withTemporaryFolder { folder in
      try collector(in: folder).collect(workers: 2)
      let before = try contents(of: folder)
      try FileManager.default.removeItem(
        at: folder.appendingPathComponent("shard-00001.safetensors"))
      #expect(try collector(in: folder).collect(workers: 2).keptShards == 2)
      #expect(try contents(of: folder) == before)
    }
  }

  /// Writes a shard as programs did that knew version 1 alone, and no checksum in the file.
  private func writeAsVersion1(_ url: URL) throws {
    let file = try TensorFile(reading: url)
    let bytes = try WholeFile.bytes(of: url)
    let sizes = file.tensors.map { $0.shape.reduce($0.type.byteCount, *) }
    var start = bytes.count - sizes.reduce(0, +)
    let tensors = zip(file.tensors, sizes).map { tensor, size in
      defer { start += size }
      return NewTensor(
        tensor.name, tensor.type, shape: tensor.shape, bytes: Array(bytes[start..<start + size]))
    }
    var metadata = file.metadata
    metadata["schema_version"] = "1"
    metadata[TensorFile.checksumKey] = nil
    metadata[TensorFile.checksumNameKey] = nil
    try TensorFile.write(
      tensors, metadata: metadata, checksummed: false, to: url, replacing: true)
  }

  @Test func `a collection of version 1 goes on in version 1`() throws {
    try withTemporaryFolder { folder in
      try collector(in: folder).collect(workers: 1)
      let manifest = folder.appendingPathComponent("manifest.json")
      var text = try String(contentsOf: manifest, encoding: .utf8)
        .replacingOccurrences(of: #""schema_version" : 2"#, with: #""schema_version" : 1"#)
      for shard in try HistoryManifest(reading: manifest).shards {
        let url = folder.appendingPathComponent(shard.name)
        try writeAsVersion1(url)
        text = text.replacingOccurrences(of: shard.sha256, with: try Checksum.sha256(ofFile: url))
          .replacingOccurrences(
            of: "\(shard.bytes)", with: "\(try TensorFile(reading: url).byteCount)")
      }
      try AtomicFile.write(text, to: manifest, replacing: true)
      let before = try contents(of: folder)
      #expect(try collector(in: folder).collect(workers: 1).keptShards == 3)
      try FileManager.default.removeItem(
        at: folder.appendingPathComponent("shard-00001.safetensors"))
      #expect(try collector(in: folder).collect(workers: 1).keptShards == 2)
      #expect(try contents(of: folder) == before)
    }
  }

  @Test func `half-written files are removed`() throws {
    try withTemporaryFolder { folder in
      for name in ["shard-00001.safetensors.tmp", "manifest.json.tmp"] {
        try AtomicFile.write("half", to: folder.appendingPathComponent(name))
      }
      try collector(in: folder).collect(workers: 1)
      #expect(
        try contents(of: folder).keys.sorted() == [
          "manifest.json", "shard-00000.safetensors", "shard-00001.safetensors",
          "shard-00002.safetensors",
        ])
    }
  }

  @Test func `a finished collection is left as it is`() throws {
    try withTemporaryFolder { folder in
      let first = try collector(in: folder).collect(workers: 1)
      let again = try collector(in: folder).collect(workers: 1) { _ in throw Interruption() }
      #expect(again.manifest == first.manifest)
      #expect(again.keptShards == 3)
    }
  }

  @Test func `progress counts every step to the end`() throws {
    try withTemporaryFolder { folder in
      let seen = Mutex<[CollectionProgress]>([])
      try collector(in: folder).collect(workers: 2) { progress in
        seen.withLock { $0.append(progress) }
      }
      let reports = seen.withLock { $0 }
      #expect(reports.map(\.episodes) == [20, 40, 60, 80, 100, 120])  // a run each
      #expect(reports.last?.episodeCount == 120)
      #expect(reports.last?.steps == 120 * 6)
    }
  }
}

extension Data {
  /// The bytes with some of them replaced by as many others.
  fileprivate func replacingCharacters(in range: Range<Int>, with text: String) -> [UInt8] {
    var data = self
    data.replaceSubrange(range, with: Data(text.utf8))
    return Array(data)
  }
}

@Suite struct `Progress of collecting` {
  /// Episodes of six steps: a report after the first that completes a thousand, or after the last.
  @Test func `is told about every thousand steps of a run`() throws {
    try withTemporaryFolder { folder in
      let seen = Mutex<[Int]>([])
      let learner = ScriptedLearner(streamCount: 2, episodesPerStream: 200)
      let collector = collector(
        in: folder, tasks: [split.training[0]], learner: learner, historiesPerTask: 2)
      try collector.collect(workers: 1) { progress in seen.withLock { $0.append(progress.steps) } }
      #expect(seen.withLock { $0 } == [1002, 2004, 2400])
    }
  }
}

@Suite struct `Collecting histories, refused` {
  private func complaint(_ body: () throws -> Void) -> String? {
    #expect(throws: HistoryError.self, performing: body)?.description
  }

  @Test func `a shard of other settings is named`() throws {
    try withTemporaryFolder { folder in
      try collector(in: folder, fingerprint: "old").collect(workers: 1)
      let manifest = folder.appendingPathComponent("manifest.json")
      let retry = { _ = try collector(in: folder, fingerprint: "new").collect(workers: 1) }
      #expect(
        complaint(retry)
          == "\(manifest.path) was made with other settings (old, now new). "
          + "Collect into another folder.")
      try FileManager.default.removeItem(at: manifest)
      let before = try contents(of: folder)
      #expect(
        complaint(retry)
          == "\(folder.path)/shard-00000.safetensors was made with other settings (old, now new). "
          + "Collect into another folder.")
      #expect(try contents(of: folder) == before)
    }
  }

  @Test func `a half-written shard is named`() throws {
    try withTemporaryFolder { folder in
      try collector(in: folder).collect(workers: 1)
      let shard = folder.appendingPathComponent("shard-00001.safetensors")
      let bytes = Array(try Data(contentsOf: shard))
      try AtomicFile.write(Array(bytes.prefix(1000)), to: shard, replacing: true)
      #expect(
        complaint { try collector(in: folder).collect(workers: 1) }
          == "\(shard.path) is cut short: its header promises 1,152 bytes, the file has 1,000. "
          + "If it was recorded here, move it away and run the same `distill collect`; otherwise write or copy it again."
      )
    }
  }

  @Test func `a changed shard of a finished collection is named`() throws {
    try withTemporaryFolder { folder in
      try collector(in: folder).collect(workers: 1)
      let shard = folder.appendingPathComponent("shard-00001.safetensors")
      let old = try Checksum.sha256(ofFile: shard)
      var bytes = Array(try Data(contentsOf: shard))
      bytes[bytes.count - 1] ^= 0x80
      try AtomicFile.write(bytes, to: shard, replacing: true)
      #expect(
        complaint { try collector(in: folder).collect(workers: 1) }
          == "\(shard.path) has the SHA-256 \(Checksum.sha256(of: bytes)), "
          + "the manifest says \(old). "
          + "If it was recorded here, move it away and run the same `distill collect`; otherwise write or copy it again."
      )
    }
  }

  @Test func `a folder collected with another split is refused`() throws {
    try withTemporaryFolder { folder in
      try collector(in: folder).collect(workers: 1)
      let other = TaskSplit(of: rooms, heldOut: 5, validation: 2, seed: Seed(8))
      let again = collector(in: folder, tasks: Array(split.training.prefix(3)), split: other)
      #expect(
        complaint { try again.collect(workers: 1) }
          == "\(folder.path)/manifest.json was written for another split of the tasks. "
          + "Use the settings it was collected with, or collect into another folder.")
    }
  }

  @Test func `a folder that cannot be made is named`() throws {
    try withTemporaryFolder { folder in
      let file = folder.appendingPathComponent("file")
      try AtomicFile.write("", to: file)
      let target = file.appendingPathComponent("histories")
      #expect(
        complaint { try collector(in: target).collect(workers: 1) }
          == "\(target.path) cannot be written: Not a directory.")
    }
  }

  @Test(.enabled(if: FileManager.default.fileExists(atPath: "/dev/full"), "there is no /dev/full"))
  func `a disk that fills up loses nothing`() throws {
    try withTemporaryFolder { folder in
      let shard = folder.appendingPathComponent("shard-00001.safetensors")
      let isFull = Mutex(false)
      let fill: @Sendable (CollectionProgress) throws -> Void = { progress in
        guard progress.episodes > 70, isFull.withLock({ !$0 }) else { return }
        isFull.withLock { $0 = true }
        try FileManager.default.createSymbolicLink(
          at: AtomicFile.temporaryName(for: shard),
          withDestinationURL: URL(fileURLWithPath: "/dev/full"))
      }
      #expect(
        complaint { try collector(in: folder).collect(workers: 1, progress: fill) }
          == "\(shard.path) cannot be written: the disk is full. Nothing was kept of it; free some "
          + "space and run the same command again.")
      let left = try contents(of: folder)
      #expect(left.keys.sorted() == ["shard-00000.safetensors"])
      let resumed = try collector(in: folder).collect(workers: 1)
      #expect(resumed.keptShards == 1)
    }
  }
}

@Suite struct `Collection settings` {
  @Test func `no histories are a problem`() {
    var settings = CollectionSettings()
    #expect(settings.problems.isEmpty)
    settings.historiesPerTask = 0
    #expect(settings.problems.map(\.key) == ["historiesPerTask"])
    #expect(settings.problems.map(\.message) == ["must be at least 1, not 0"])
  }

  @Test func `histories that do not fill whole learners are a problem`() {
    var settings = CollectionSettings()
    #expect(settings.problems(streamCount: 8).isEmpty)
    settings.historiesPerTask = 12
    #expect(
      settings.problems(streamCount: 8).map(\.message) == [
        "must be a multiple of the learner's 8 streams, not 12"
      ])
  }
}
