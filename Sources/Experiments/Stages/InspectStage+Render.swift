// What an agent saw in an episode of a shard, as a file of pictures: one after another or side by side.

internal import Foundation
internal import LearningHistories
internal import Pictures
internal import Tasks
internal import TensorFiles

/// Which episode of a shard is drawn, and how.
public struct EpisodePictures: Sendable {
  /// The file to write.
  public var file: String
  /// The history within the shard, from 1.
  public var history = 1
  /// The episode within the history, from 1.
  public var episode = 1
  /// Whether the pictures lie side by side, rather than follow one another.
  public var isStrip = false
  /// Whether a file of that name may be overwritten.
  public var replacing = false

  /// The first episode of the first history, as an animation.
  public init(file: String) { self.file = file }
}

/// Why an episode cannot be drawn.
public enum RenderError: CommandError, Equatable {
  /// What lies there is no shard.
  case noShard(path: String)
  /// Agents of the family see no pictures.
  case noPictures(path: String, family: String)
  /// The shard has fewer histories.
  case noHistory(path: String, wanted: Int, count: Int)
  /// The history has fewer episodes.
  case noEpisode(path: String, history: Int, wanted: Int, count: Int)
  /// There is a file already.
  case exists(path: String)

  /// The file, what is wrong and what to do.
  public var description: String {
    switch self {
    case .noShard(let path):
      "\(path) is no shard. Give one of the files histories/shard-….safetensors of a run."
    case .noPictures(let path, let family):
      "\(path) is of the family \(family) with settings by which an agent sees no pictures, so there is "
        + "none to draw. Give a shard of watermaze with the view 'image'."
    case .noHistory(let path, let wanted, let count):
      "\(path) has the histories 1 to \(count), not \(wanted)."
    case .noEpisode(let path, let history, let wanted, let count):
      "the history \(history) of \(path) has the episodes 1 to \(count), not \(wanted)."
    case .exists(let path):
      "\(path) exists already. Pass --overwrite to replace it, or choose another name."
    }
  }

  public var exitStatus: ExitStatus {
    switch self {
    case .noShard, .noPictures: .badData
    case .noHistory, .noEpisode: .usage
    case .exists: .cannotCreate
    }
  }
}

extension InspectStage {
  /// The height to which pictures are enlarged: of an animation, and of each in a strip.
  private static let animationHeight = 240
  private static let stripHeight = 72
  private static let picturesPerRow = 10
  private static let milliseconds: UInt16 = 200

  /// Draws an episode of the shard at the stage's path.
  public func render(_ wanted: EpisodePictures) throws {
    if !overrides.isEmpty { throw StageError.noConfiguration(path: path) }
    try requirePath()
    guard path.hasSuffix(".safetensors") else { throw RenderError.noShard(path: path) }
    guard wanted.replacing || !FileManager.default.fileExists(atPath: wanted.file) else {
      throw RenderError.exists(path: wanted.file)
    }
    guard try TensorFile(reading: URL(fileURLWithPath: path)).metadata["schema"] == ShardSchema.name
    else { throw RenderError.noShard(path: path) }
    let (shard, manifest) = try openShard()
    guard let family = try manifest.map(makeFamily) ?? knownFamily(of: shard) else {
      throw RenderError.noPictures(path: path, family: shard.family)
    }
    let observations = try observations(of: wanted, in: shard)
    guard let pictures = family.pictures(of: observations) else {
      throw RenderError.noPictures(path: path, family: shard.family)
    }
    let file: [UInt8]
    if wanted.isStrip {
      let enlarged = pictures.map { $0.enlarged(toAbout: Self.stripHeight) }
      file = PNG.encode(Picture.sheet(enlarged, perRow: Self.picturesPerRow, gap: 4))
    } else {
      let enlarged = pictures.map { $0.enlarged(toAbout: Self.animationHeight) }
      file = PNG.encode(enlarged, milliseconds: Self.milliseconds)
    }
    try AtomicFile.write(file, to: URL(fileURLWithPath: wanted.file), replacing: wanted.replacing)
    console.say(
      "\(path): episode \(wanted.episode) of history \(wanted.history), on the task "
        + "\(shard.task), \(family.label(of: shard.task)): \(pictures.count) pictures")
    console.wrote(wanted.file)
  }

  private func observations(
    of wanted: EpisodePictures, in shard: HistoryShard
  ) throws -> [Observation] {
    guard (1...shard.historyCount).contains(wanted.history) else {
      throw RenderError.noHistory(path: path, wanted: wanted.history, count: shard.historyCount)
    }
    let history = shard.histories[wanted.history - 1]
    guard (1...history.episodeCount).contains(wanted.episode) else {
      throw RenderError.noEpisode(
        path: path, history: wanted.history, wanted: wanted.episode, count: history.episodeCount)
    }
    return history.observations(ofEpisode: wanted.episode - 1)
  }
}
