// What an agent is shown: the components of an observation themselves, or bytes drawn from them. Histories
// keep the components, four bytes at most; what is drawn from them is drawn again whenever it is read.

/// What an agent is shown of an observation.
public enum Sight: Hashable, Sendable {
  /// Its components, each one of a few values; nothing, if it has none.
  case cells
  /// Some numbers, each a byte: 0 is the least, 255 the greatest.
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
  /// Whether an observation can be drawn: files may hold any bytes.
  func canDraw(_ observation: Observation) -> Bool

  /// Overwrites `bytes`, of which there are as many as the sight has.
  func draw(_ observation: Observation, into bytes: inout MutableSpan<UInt8>)
}

extension Renderer {
  /// Any observation, unless a renderer says otherwise.
  public func canDraw(_ observation: Observation) -> Bool { true }
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
    func length() throws -> Int {
      let length = try list.decode(Int.self)
      guard (1...65_536).contains(length) else {
        throw Unknown(description: "no sight is \(length) long")
      }
      return length
    }
    switch kind {
    case "cells": self = .cells
    case "vector": self = .vector(count: try length())
    case "image": self = .image(rows: try length(), columns: try length())
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
    let sizes = try fields.decode([Int].self, forKey: .observationSizes)
    let actions = try fields.decode(Int.self, forKey: .actionCount)
    let length = try fields.decode(Int.self, forKey: .episodeLength)
    let rewards = try fields.decode([Float].self, forKey: .rewards)
    guard sizes.count <= 4, sizes.allSatisfy({ (1...256).contains($0) }),
      (1...256).contains(actions), length > 0, rewards == rewards.sorted()
    else {
      throw DecodingError.dataCorrupted(
        .init(codingPath: decoder.codingPath, debugDescription: "no task has such an interface"))
    }
    self.init(
      observationSizes: sizes,
      sight: try fields.decodeIfPresent(Sight.self, forKey: .sight) ?? .cells,
      actionCount: actions, episodeLength: length, rewards: rewards)
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
