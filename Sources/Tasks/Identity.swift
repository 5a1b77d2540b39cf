// The names of things that must not be swapped by mistake.

/// A task of a family, from 0.
public struct TaskID: Hashable, Comparable, Sendable, Codable, CustomStringConvertible {
  /// The task's number within its family.
  public let index: Int

  /// The task with this number.
  public init(_ index: Int) { self.index = index }

  /// Written as its bare number in files.
  public init(from decoder: any Decoder) throws {
    index = try decoder.singleValueContainer().decode(Int.self)
  }

  /// Written as its bare number in files.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(index)
  }

  /// The bare number.
  public var description: String { "\(index)" }

  /// By number.
  public static func < (left: TaskID, right: TaskID) -> Bool { left.index < right.index }
}
