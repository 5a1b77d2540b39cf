// An episode of a shard as pictures: which, how large, and what is said when there is none.

import Experiments
import Foundation
import LearningHistories
import Models
import Pictures
import Randomness
import Tasks
import TestSupport
import Testing

@Suite struct `A rendered episode` {
  private let scratch: ScratchFolder
  private let family: WatermazeFamily
  private let shard: String

  /// Shards of two pools of small pictures, two histories of three episodes each.
  init() throws {
    scratch = try ScratchFolder()
    var settings = WatermazeSettings()
    (settings.pools, settings.episodeLength) = (4, 12)
    (settings.frameRows, settings.frameColumns) = (18, 24)
    family = WatermazeFamily(settings)
    let described = [
      "pools": "4", "episode_length": "12", "frame_rows": "18", "frame_columns": "24",
    ]
    try Self.collect(family, described, into: scratch.file("histories"))
    shard = scratch.file("histories/shard-00000.safetensors")
  }

  private static func collect(
    _ family: any TaskFamily, _ settings: [String: String], into folder: String
  ) throws {
    let split = TaskSplit(of: family, heldOut: 1, validation: 1, seed: Seed(1))
    try HistoryCollector(
      family: family, familySettings: settings, tasks: split.training, split: split,
      learner: ScriptedLearner(episodesPerStream: 3), learnerSettings: [:], historiesPerTask: 2,
      priorTaskFraction: 0, seed: Seed(1), folder: URL(fileURLWithPath: folder),
      fingerprint: "abc"
    ).collect(workers: 1)
  }

  private func render(
    _ path: String? = nil, change: (inout EpisodePictures) -> Void = { _ in }
  ) throws {
    var wanted = EpisodePictures(file: scratch.file("out.png"))
    change(&wanted)
    try InspectStage(path ?? shard, overrides: [], console: Console(isQuiet: true)).render(wanted)
  }

  /// What the agent saw, drawn once more.
  private func pictures(history: Int, episode: Int) throws -> [Picture] {
    let lived = try HistoryShard(reading: URL(fileURLWithPath: shard)).histories[history - 1]
    let renderer = try #require(family.renderer)
    return lived.steps(ofEpisode: episode - 1).map { step in
      var bytes = [UInt8](repeating: 0, count: 18 * 24 * 3)
      var span = bytes.mutableSpan
      renderer.draw(lived.observation(at: step), into: &span)
      return Picture(rows: 18, columns: 24, pixels: bytes)
    }
  }

  private var written: [UInt8] {
    get throws { [UInt8](try Data(contentsOf: URL(fileURLWithPath: scratch.file("out.png")))) }
  }

  @Test(arguments: [(1, 1), (2, 3)]) func `is what was seen, thirteen times as large, in turn`(
    history: Int, episode: Int
  ) throws {
    try render { ($0.history, $0.episode) = (history, episode) }
    let expected = try pictures(history: history, episode: episode).map { $0.enlarged(by: 13) }
    #expect(try written == PNG.encode(expected, milliseconds: 200))
    #expect(expected.count > 1)
  }

  @Test func `is a strip if it is asked for`() throws {
    try render { $0.isStrip = true }
    let expected = try pictures(history: 1, episode: 1).map { $0.enlarged(by: 4) }
    #expect(try written == PNG.encode(Picture.sheet(expected, perRow: 10, gap: 4)))
  }

  @Test func `replaces a file only if it is told to`() throws {
    let file = try scratch.write("mine", to: "out.png")
    #expect(throws: RenderError.exists(path: file)) { try render() }
    #expect(try String(contentsOfFile: file, encoding: .utf8) == "mine")
    try render { $0.replacing = true }
    #expect(try written.count > 100)
  }

  @Test func `that is not there is refused with those that are`() throws {
    let noHistory = RenderError.noHistory(path: shard, wanted: 3, count: 2)
    #expect(throws: noHistory) { try render { $0.history = 3 } }
    #expect(throws: RenderError.noHistory(path: shard, wanted: 0, count: 2)) {
      try render { $0.history = 0 }
    }
    let noEpisode = RenderError.noEpisode(path: shard, history: 2, wanted: 4, count: 3)
    #expect(throws: noEpisode) { try render { ($0.history, $0.episode) = (2, 4) } }
    #expect(noEpisode.exitStatus == .usage)
    #expect("\(noEpisode)" == "the history 2 of \(shard) has the episodes 1 to 3, not 4.")
    #expect(scratch.files.contains("out.png") == false)
  }

  @Test func `of a family without pictures is refused`() throws {
    let rooms = DarkRoomFamily(size: 3, episodeLength: 5)
    let settings = ["size": "3", "episode_length": "5"]
    try Self.collect(rooms, settings, into: scratch.file("dark"))
    let path = scratch.file("dark/shard-00000.safetensors")
    #expect(throws: RenderError.noPictures(path: path, family: "dark-room")) { try render(path) }
  }

  @Test func `of something else than a shard is refused`() throws {
    let folder = scratch.file("histories")
    #expect(throws: RenderError.noShard(path: folder)) { try render(folder) }
    #expect(throws: FileError.self) { try render(scratch.file("nowhere.safetensors")) }
  }

  @Test func `of a model is refused, and the model is not called a damaged shard`() throws {
    let model = scratch.file("model.safetensors")
    let parameters = Parameters(
      ModelConfiguration(
        model: ModelSettings(), interface: family.interface, contextSteps: 5))
    try Checkpoint.write(parameters, to: URL(fileURLWithPath: model))
    #expect(throws: RenderError.noShard(path: model)) { try render(model) }
  }

  @Test func `of a shard that the manifest beside it does not name is refused`() throws {
    let other = scratch.file("histories/shard-00009.safetensors")
    try FileManager.default.copyItem(atPath: shard, toPath: other)
    #expect(
      throws: HistoryError.notAShard(path: other, reason: "the manifest beside it does not name it")
    ) { try render(other) }
  }

  @Test func `of bytes that show nothing is refused`() throws {
    struct Blind: Renderer {
      func canDraw(_ observation: Observation) -> Bool { false }
      func draw(_ observation: Observation, into bytes: inout MutableSpan<UInt8>) {}
    }
    let set = try HistorySet(reading: URL(fileURLWithPath: scratch.file("histories")))
    let renderer = try #require(family.renderer)
    try set.require(drawableBy: renderer)
    #expect {
      try set.require(drawableBy: Blind())
    } throws: {
      "\($0)".contains("in step 0 it has the observation [128, 128, 0, 0], which shows nothing")
    }
  }
}
