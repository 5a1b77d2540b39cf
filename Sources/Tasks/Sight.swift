// What an agent is shown: the components of an observation themselves, or bytes drawn from them. Histories
// keep the components, four bytes at most; what is drawn from them is drawn again whenever it is read.

/// What an agent is shown of an observation.
public enum Sight: Hashable, Sendable {
  /// Its components, each one of a few values; nothing, if it has none.
  case cells
  /// Some numbers in 0 ... 1, each a byte of 255ths.
  case vector(count: Int)
  /// A picture: rows × columns × red, green and blue, each a byte of 255ths.
  case image(rows: Int, columns: Int)

  /// The bytes that a renderer draws; 0 if there is nothing to draw.
  public var byteCount: Int {
    switch self {
    case .cells: 0
    case .vector(let count): count
    case .image(let rows, let columns): rows * columns * 3
    }
  }
}

/// Draws what an agent sees of an observation: for equal observations equal bytes, on every machine.
public protocol Renderer: Sendable {
  /// Overwrites `bytes`, of which there are as many as the sight has.
  func draw(_ observation: Observation, into bytes: inout MutableSpan<UInt8>)
}

/// Written as a list: `["image", 18, 24]`; in no file where it is `cells`.
extension Sight: Codable {
  private struct Unknown: Error, CustomStringConvertible {
    let description: String
  }

  /// Reads the list.
  public init(from decoder: any Decoder) throws {
    var list = try decoder.unkeyedContainer()
    let kind = try list.decode(String.self)
    switch kind {
    case "cells": self = .cells
    case "vector": self = .vector(count: try list.decode(Int.self))
    case "image":
      self = .image(rows: try list.decode(Int.self), columns: try list.decode(Int.self))
    default: throw Unknown(description: "no sight is called '\(kind)'")
    }
  }

  /// Writes the list.
  public func encode(to encoder: any Encoder) throws {
    var list = encoder.unkeyedContainer()
    switch self {
    case .cells: try list.encode("cells")
    case .vector(let count):
      try list.encode("vector")
      try list.encode(count)
    case .image(let rows, let columns):
      try list.encode("image")
      try list.encode(rows)
      try list.encode(columns)
    }
  }
}

extension TaskInterface {
  private enum CodingKeys: String, CodingKey {
    case observationSizes, sight, actionCount, episodeLength, rewards
  }

  /// Reads what `encode` writes; without a sight, of cells.
  public init(from decoder: any Decoder) throws {
    let fields = try decoder.container(keyedBy: CodingKeys.self)
    self.init(
      observationSizes: try fields.decode([Int].self, forKey: .observationSizes),
      sight: try fields.decodeIfPresent(Sight.self, forKey: .sight) ?? .cells,
      actionCount: try fields.decode(Int.self, forKey: .actionCount),
      episodeLength: try fields.decode(Int.self, forKey: .episodeLength),
      rewards: try fields.decode([Float].self, forKey: .rewards))
  }

  /// Writes all fields, the sight where it is not cells.
  public func encode(to encoder: any Encoder) throws {
    var fields = encoder.container(keyedBy: CodingKeys.self)
    try fields.encode(observationSizes, forKey: .observationSizes)
    if sight != .cells { try fields.encode(sight, forKey: .sight) }
    try fields.encode(actionCount, forKey: .actionCount)
    try fields.encode(episodeLength, forKey: .episodeLength)
    try fields.encode(rewards, forKey: .rewards)
  }
}
