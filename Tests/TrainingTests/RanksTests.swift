// Trainings that several ranks share: the ranks are threads of this process that hand each other copies, so that all but
// Open MPI is what runs on a cluster.

import Foundation
import LearningHistories
import LinearAlgebra
import Models
import Randomness
import Ranks
import Synchronization
import Tasks
import TestSupport
import Testing
import Training

@Suite struct `Several ranks` {
  @Test(arguments: [1, 2, 3, 4], [1, 2])
  func `leave the same bytes of a training on histories as one process`(
    ranks: Int, workers: Int
  ) throws {
    try withTemporaryFolder { folder in
      var whole = SmallTraining(in: folder.appendingPathComponent("whole"))
      whole.settings.windowsPerUpdate = 7
      whole.validationTask = TaskID(1)
      whole.settings.validationEvery = 50
      var shared = whole
      shared.folder = folder.appendingPathComponent("shared")
      try whole.perform()
      let training = shared
      try together(ranks) { try training.perform(workers: workers, ranks: $0) }
      let files = try contents(of: whole.output)
      #expect(files.count == 4)
      #expect(try contents(of: shared.output) == files)
    }
  }

  @Test(arguments: ["lstm", "transformer"])
  func `leave the same bytes of either architecture`(architecture: String) throws {
    try withTemporaryFolder { folder in
      var whole = SmallTraining(in: folder.appendingPathComponent("whole"))
      whole.model.architecture = architecture == "lstm" ? .lstm : .transformer
      whole.model.layers = 3
      whole.settings.windowsPerUpdate = 24
      whole.settings.updates = 20
      var shared = whole
      shared.folder = folder.appendingPathComponent("shared")
      try whole.perform()
      let training = shared
      try together(3) { try training.perform(ranks: $0) }
      #expect(try contents(of: shared.output) == contents(of: whole.output))
    }
  }

  @Test(arguments: [(2, 3), (3, 1), (1, 2)])
  func `go on from a checkpoint of another number of ranks with the same bytes`(
    before: Int, after: Int
  ) throws {
    try withTemporaryFolder { folder in
      let whole = SmallTraining(in: folder.appendingPathComponent("whole"))
      let broken = SmallTraining(in: folder.appendingPathComponent("broken"))
      try whole.perform()
      try together(before) { ranks in
        #expect(throws: Interruption.self) {
          try broken.perform(
            progress: { if $0.update == 150 { throw Interruption() } }, ranks: ranks)
        }
      }
      try together(after) { ranks in
        var resumed = 0
        try broken.perform(resumed: { resumed = $0 }, ranks: ranks)
        #expect(resumed == 100)
      }
      #expect(try contents(of: broken.output) == contents(of: whole.output))
    }
  }

  @Test(arguments: [(1, 2), (2, 2), (2, 1)])
  func `leave the same bytes of RL², also from a checkpoint of another number`(
    before: Int, after: Int
  ) throws {
    try withTemporaryFolder { folder in
      let (whole, broken) = (
        folder.appendingPathComponent("whole"), folder.appendingPathComponent("broken")
      )
      @Sendable func train(in folder: URL, until last: Int = .max, _ ranks: any Ranks) throws {
        let family = GuessingFamily(endChance: 0.2)
        let course = try RL2Trainer(
          SmallRL2.configuration(of: family), SmallRL2.settings(), in: family,
          tasks: family.allTasks, seed: Seed(1), workers: 2)
        if ranks.count > 1 { try course.divide(among: ranks) }
        try TrainingRun(
          course, files: TrainingFiles(in: folder), metadata: ["method": "rl2"], ranks: ranks
        ).perform(progress: { if $0.update == last { throw Interruption() } })
      }
      for folder in [whole, broken] {
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
      }
      try train(in: whole, OneRank())
      try together(before) { ranks in
        #expect(throws: Interruption.self) { try train(in: broken, until: 500, ranks) }
      }
      try together(after) { try train(in: broken, $0) }
      let files = try contents(of: whole)
      #expect(files.count == 4)
      #expect(try contents(of: broken) == files)
    }
  }

  @Test func `are refused if an update has fewer pieces`() throws {
    try withTemporaryFolder { folder in
      let training = SmallTraining(in: folder)
      try together(4) { ranks in
        #expect(throws: RanksError.tooMany(ranks: 4, pieces: 3)) {
          try training.perform(ranks: ranks)
        }
      }
    }
  }

  @Test func `are refused if they begin from other weights`() throws {
    try withTemporaryFolder { folder in
      let training = SmallTraining(in: folder)
      try together(2) { ranks in
        let error = #expect(throws: RanksError.self) {
          try training.perform(seed: UInt64(ranks.index), ranks: ranks)
        }
        guard case .otherBeginning(rank: 1, _, _) = error else {
          Issue.record("\(String(describing: error))")
          return
        }
      }
    }
  }

  @Test func `hand numbers to all in the order of ranks`() throws {
    try together(3) { ranks in
      let own = ranks.index == 1 ? [] : [Double(ranks.index), -0.0, .infinity]
      #expect(ranks.joined(own) == [0, -0.0, .infinity, 2, -0.0, .infinity])
      #expect(ranks.any(ranks.index == 2))
      #expect(!ranks.any(false))
      #expect(ranks.agree(ranks.leads))
      #expect(!ranks.agree(!ranks.leads))
    }
  }
}

/// Runs a piece of work on each of some ranks at once.
private func together(
  _ count: Int, _ work: @escaping @Sendable (any Ranks) throws -> Void
) throws {
  if count == 1 { return try work(OneRank()) }
  let post = Post(ranks: count)
  try concurrently(over: Array(0..<count), workers: count) { _, index, _ in
    try work(LocalRank(index, of: count, by: post))
  }
}

/// What ranks have sent each other and not yet received.
private final class Post: Sendable {
  private let boxes: Mutex<[[[Float]]]>
  private let bytes: Mutex<[[[UInt8]]]>
  private let ranks: Int

  init(ranks: Int) {
    self.ranks = ranks
    boxes = Mutex(Array(repeating: [], count: 2 * ranks * ranks))
    bytes = Mutex(Array(repeating: [], count: ranks * ranks))
  }

  /// - Parameter isBroadcast: Broadcasts have boxes of their own, as they overtake other messages.
  func send(_ floats: [Float], from: Int, to: Int, isBroadcast: Bool = false) {
    boxes.withLock { $0[(isBroadcast ? ranks * ranks : 0) + from * ranks + to].append(floats) }
  }

  func receive(from: Int, to: Int, isBroadcast: Bool = false) -> [Float] {
    wait {
      boxes.withLock { boxes in
        let box = (isBroadcast ? ranks * ranks : 0) + from * ranks + to
        return boxes[box].isEmpty ? nil : boxes[box].removeFirst()
      }
    }
  }

  func exchange(_ own: [UInt8], index: Int) -> [[UInt8]] {
    bytes.withLock { boxes in
      for to in 0..<ranks { boxes[index * ranks + to].append(own) }
    }
    return (0..<ranks).map { from in
      wait {
        bytes.withLock { boxes in
          let box = from * ranks + index
          return boxes[box].isEmpty ? nil : boxes[box].removeFirst()
        }
      }
    }
  }

  private func wait<Value>(_ take: () -> Value?) -> Value {
    while true {
      if let value = take() { return value }
      usleep(20)
    }
  }
}

/// A thread that takes part as a rank.
private final class LocalRank: Ranks {
  let index: Int
  let count: Int
  private let post: Post
  private let begun = Mutex<[Broadcast]>([])

  private struct Broadcast: @unchecked Sendable {
    let floats: Matrix
    let from: Int
  }

  init(_ index: Int, of count: Int, by post: Post) {
    (self.index, self.count, self.post) = (index, count, post)
  }

  func beginSend(_ floats: Matrix, to rank: Int) { post.send(floats.values, from: index, to: rank) }
  func receive(_ floats: Matrix, from rank: Int) {
    floats.assign(post.receive(from: rank, to: index))
  }

  func beginBroadcast(_ floats: Matrix, from rank: Int) {
    guard rank == index else {
      let broadcast = Broadcast(floats: floats, from: rank)
      return begun.withLock { $0.append(broadcast) }
    }
    for to in 0..<count where to != index {
      post.send(floats.values, from: index, to: to, isBroadcast: true)
    }
  }

  func finish() {
    let waiting = begun.withLock { begun in
      defer { begun = [] }
      return begun
    }
    for broadcast in waiting {
      broadcast.floats.assign(post.receive(from: broadcast.from, to: index, isBroadcast: true))
    }
  }

  func exchange(_ bytes: [UInt8]) -> [[UInt8]] { post.exchange(bytes, index: index) }
}
