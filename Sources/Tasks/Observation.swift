// What an agent sees in a state. In order: the observation, what it carries beyond four bytes.
//
// Worlds whose observations fit four bytes keep to those: they cost nothing to copy and to compare. Others
// carry a vector of floats or a tensor of bytes, shared between copies.

/// What an agent sees, and what a shard keeps of it: up to four bytes, or what they cannot hold.
///
/// How many of the bytes mean something, and what, is for `TaskInterface` to say.
public struct Observation: Hashable, Sendable {
  /// The components as digits of a number, the first the least significant: cheap to compare.
  @usableFromInline var digits: UInt32
  /// What is carried beside the components; nil where the components are all there is.
  @usableFromInline var content: ObservationContent?

  /// An observation without content.
  public static let empty = Observation(0, 0)

  /// An observation of two components, such as a cell.
  @inlinable
  public init(_ first: UInt8, _ second: UInt8) {
    digits = UInt32(first) | UInt32(second) << 8
    content = nil
  }

  /// An observation with these bytes.
  @inlinable
  public init(components: SIMD4<UInt8>) {
    digits = 0
    content = nil
    self.components = components
  }

  /// A vector of numbers, as `Sight.floats` has them.
  /// - Precondition: All are finite.
  public init(floats: [Float]) {
    precondition(floats.allSatisfy(\.isFinite), "\(floats) are not all finite")
    digits = 0
    content = ObservationContent(floats: floats, bytes: [])
  }

  /// A tensor of bytes in row-major order, as `Sight.tensor` and `Sight.categories` have them.
  public init(bytes: [UInt8]) {
    digits = 0
    content = ObservationContent(floats: [], bytes: bytes)
  }

  /// The components, in the order of the interface; unused ones are zero.
  @inlinable
  public var components: SIMD4<UInt8> {
    get { SIMD4(self[0], self[1], self[2], self[3]) }
    set {
      digits = (0..<4).reduce(0) { $0 | UInt32(newValue[$1]) << (8 * UInt32($1)) }
    }
  }

  /// One component.
  @inlinable
  public subscript(component: Int) -> UInt8 {
    UInt8(truncatingIfNeeded: digits >> (8 * UInt32(truncatingIfNeeded: component)))
  }

  /// Whether floats or bytes are carried beside the components.
  @inlinable
  public var isCarrying: Bool { content != nil }

  /// The vector of numbers; empty where none is carried.
  public var floats: [Float] { content?.floats ?? [] }

  /// The tensor of bytes, in row-major order; empty where none is carried.
  public var bytes: [UInt8] { content?.bytes ?? [] }
}

/// What an observation carries that four bytes cannot hold: one allocation, shared by all copies.
@usableFromInline
final class ObservationContent: Hashable, Sendable {
  let floats: [Float]
  let bytes: [UInt8]

  init(floats: [Float], bytes: [UInt8]) {
    self.floats = floats
    self.bytes = bytes
  }

  @usableFromInline
  static func == (left: ObservationContent, right: ObservationContent) -> Bool {
    left === right || (left.floats == right.floats && left.bytes == right.bytes)
  }

  @usableFromInline
  func hash(into hasher: inout Hasher) {
    hasher.combine(floats)
    hasher.combine(bytes)
  }
}
