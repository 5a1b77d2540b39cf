// What an agent is shown. Three ways to keep it: the components of an observation themselves; bytes drawn from
// them, which no file keeps, since they are drawn again whenever they are read; or floats or bytes that the
// observation carries.

/// What an agent is shown of an observation.
public enum Sight: Hashable, Sendable {
  /// Its components, each one of a few values; nothing, if it has none.
  case cells
  /// Some numbers, each a byte that a renderer draws: 0 is the least, 255 the greatest.
  case vector(count: Int)
  /// A picture that a renderer draws: rows × columns × red, green and blue, each a byte of 255ths.
  case image(rows: Int, columns: Int)
  /// A vector of numbers that the observation carries; networks read them as they are, so they should be of order one.
  case floats(count: Int)
  /// A tensor of bytes that the observation carries, each a number from 0 to 255: of two or three
  /// dimensions a picture (rows × columns [× channels]), otherwise a vector.
  case tensor(shape: [Int])
  /// A tensor of bytes that the observation carries, each one of `values` categories, which networks embed.
  case categories(shape: [Int], values: Int)

  /// The bytes that a renderer draws; 0 if there is nothing to draw.
  public var byteCount: Int {
    switch self {
    case .vector(let count): count
    case .image(let rows, let columns): rows * columns * 3
    case .cells, .floats, .tensor, .categories: 0
    }
  }

  /// The floats or bytes that an observation carries; 0 if it carries none.
  public var carriedCount: Int {
    switch self {
    case .cells, .vector, .image: 0
    case .floats(let count): count
    case .tensor(let shape), .categories(let shape, _): shape.reduce(1, *)
    }
  }

  /// Whether observations carry what is shown.
  public var isCarried: Bool { carriedCount > 0 }

  /// Whether what an observation carries is this.
  public func fits(_ observation: Observation) -> Bool {
    switch self {
    case .cells, .vector, .image: observation.content == nil
    case .floats(let count): observation.floats.count == count
    case .tensor: observation.bytes.count == carriedCount
    case .categories(_, let values):
      observation.bytes.count == carriedCount && observation.bytes.allSatisfy { $0 < values }
    }
  }

  /// The most bytes of a tensor.
  public static let greatestByteCount = 65_536
  /// The most numbers of a vector of floats.
  public static let greatestFloatCount = 16_384

  /// What makes it impossible; nil if nothing does.
  var problem: String? {
    func isLength(_ length: Int) -> Bool { (1...Self.greatestByteCount).contains(length) }
    switch self {
    case .cells: return nil
    case .vector(let count): return isLength(count) ? nil : "no vector is \(count) long"
    case .image(let rows, let columns):
      return isLength(rows) && isLength(columns)
        ? nil : "no picture has \(rows) × \(columns) pixels"
    case .floats(let count):
      return (1...Self.greatestFloatCount).contains(count)
        ? nil : "a vector has 1 to \(Self.greatestFloatCount) numbers, not \(count)"
    case .tensor(let shape), .categories(let shape, _):
      guard (1...8).contains(shape.count), shape.allSatisfy(isLength) else {
        return "no tensor has the shape \(shape)"
      }
      // Lengths of at most 2¹⁶ each: the product of two of them cannot overflow.
      var count = 1
      for length in shape {
        count *= length
        if count > Self.greatestByteCount {
          return "a tensor of the shape \(shape) has more than \(Self.greatestByteCount) bytes"
        }
      }
      if case .categories(_, let values) = self, !(1...256).contains(values) {
        return "a byte tells 1 to 256 categories apart, not \(values)"
      }
      return nil
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

/// Written as a list: `["image", 18, 24]`, `["floats", 4]`, `["tensor", 9, 9, 3]`, `["categories", 16, 7, 7]` (values,
/// then the shape); in no file where it is `cells`.
extension Sight: Codable {
  private struct Unknown: Error, CustomStringConvertible {
    let description: String
  }

  /// Reads the list.
  public init(from decoder: any Decoder) throws {
    var list = try decoder.unkeyedContainer()
    let kind = try list.decode(String.self)
    func rest() throws -> [Int] {
      var numbers: [Int] = []
      while !list.isAtEnd { numbers.append(try list.decode(Int.self)) }
      return numbers
    }
    switch kind {
    case "cells": self = .cells
    case "vector": self = .vector(count: try list.decode(Int.self))
    case "image":
      self = .image(rows: try list.decode(Int.self), columns: try list.decode(Int.self))
    case "floats": self = .floats(count: try list.decode(Int.self))
    case "tensor": self = .tensor(shape: try rest())
    case "categories":
      let values = try list.decode(Int.self)
      self = .categories(shape: try rest(), values: values)
    default: throw Unknown(description: "no sight is called '\(kind)'")
    }
    if let problem { throw Unknown(description: problem) }
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
    case .floats(let count):
      try list.encode("floats")
      try list.encode(count)
    case .tensor(let shape):
      try list.encode("tensor")
      for length in shape { try list.encode(length) }
    case .categories(let shape, let values):
      try list.encode("categories")
      try list.encode(values)
      for length in shape { try list.encode(length) }
    }
  }
}
