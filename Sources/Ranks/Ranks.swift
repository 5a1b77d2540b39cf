// The processes of a job that train one model together, as what uses them sees them: numbers, floats to a neighbour,
// floats of one to all, bytes of each to all. Behind it stands one process alone, or Open MPI.

public import LinearAlgebra

/// The ranks of a job, as seen by one of them.
///
/// All ranks call the same methods in the same order. One thread at a time.
public protocol Ranks: AnyObject, Sendable {
  /// The number of this rank, from 0.
  var index: Int { get }
  var count: Int { get }

  /// Begins to send one row of floats. They stay until `finish`, but for a broadcast into them.
  func beginSend(_ floats: Matrix, to rank: Int)

  /// Overwrites one row with the floats that a rank sends.
  func receive(_ floats: Matrix, from rank: Int)

  /// Begins to overwrite one row of every rank with that of one of them, when what was to be sent has gone. It may be
  /// used after `finish`.
  func beginBroadcast(_ floats: Matrix, from rank: Int)

  /// Waits for all that was begun.
  func finish()

  /// Hands bytes of each rank to all.
  /// - Returns: The bytes of every rank, in order.
  func exchange(_ bytes: [UInt8]) -> [[UInt8]]
}

extension Ranks {
  /// Whether this is the rank that speaks, and writes files.
  public var leads: Bool { index == 0 }

  /// The contiguous part of so many pieces of work that is this rank's; no rank has none.
  public func share(of pieces: Int) throws(RanksError) -> Range<Int> {
    guard pieces >= count else { throw .tooMany(ranks: count, pieces: pieces) }
    return index * pieces / count..<(index + 1) * pieces / count
  }

  /// What the first rank says, to all; the others are not asked.
  public func said(_ bytes: @autoclosure () throws -> [UInt8]) rethrows -> [UInt8] {
    exchange(leads ? try bytes() : [])[0]
  }

  /// Whether the first rank says so; the others are not asked.
  public func agree(_ isSo: @autoclosure () throws -> Bool) rethrows -> Bool {
    try said([isSo() ? 1 : 0]) == [1]
  }

  /// Whether any rank says so.
  public func any(_ isSo: Bool) -> Bool { exchange([isSo ? 1 : 0]).contains([1]) }

  /// The numbers of all ranks, one rank after the other.
  public func joined(_ numbers: [Double]) -> [Double] {
    if count == 1 { return numbers }
    let bytes = numbers.flatMap { number in
      (0..<8).map { UInt8(truncatingIfNeeded: number.bitPattern >> (8 * $0)) }
    }
    return exchange(bytes).flatMap { bytes in
      stride(from: 0, to: bytes.count, by: 8).map { first in
        Double(bitPattern: (0..<8).reduce(0) { $0 | UInt64(bytes[first + $1]) << (8 * $1) })
      }
    }
  }
}

/// A process alone.
public final class OneRank: Ranks {
  public let index = 0
  public let count = 1

  public init() {}

  public func beginSend(_ floats: Matrix, to rank: Int) {
    preconditionFailure("no rank \(rank) of 1")
  }

  public func receive(_ floats: Matrix, from rank: Int) {
    preconditionFailure("no rank \(rank) of 1")
  }

  public func beginBroadcast(_ floats: Matrix, from rank: Int) {}
  public func finish() {}
  public func exchange(_ bytes: [UInt8]) -> [[UInt8]] { [bytes] }
}

/// Why ranks cannot do a piece of work together.
public enum RanksError: Error, Equatable, CustomStringConvertible {
  /// There are fewer pieces than ranks.
  case tooMany(ranks: Int, pieces: Int)
  /// Ranks do not begin from the same files.
  case otherBeginning(rank: Int, found: String, expected: String)
  /// What is trained cannot be divided.
  case undivided
  /// This build of Open MPI is not made for threads.
  case noThreads

  /// What is wrong and what to do.
  public var description: String {
    switch self {
    case .tooMany(let ranks, let pieces):
      "an update has \(pieces) pieces for \(ranks) ranks. Start at most \(pieces), such as with mpirun -n \(pieces)."
    case .otherBeginning(let rank, let found, let expected):
      "rank \(rank) begins \(found), rank 0 \(expected). Give all ranks the same run folder, on a file system that they share."
    case .undivided:
      "this method trains in one process alone. Start it without mpirun."
    case .noThreads:
      "this Open MPI does not let threads take turns. Install one with MPI_THREAD_SERIALIZED, or train without mpirun."
    }
  }
}
