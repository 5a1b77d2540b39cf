// A share of some work, of which several processes each make one, on any machines that see the folder. It follows from the
// work alone, so the processes need not talk. Refuses shares that there are not, and arrays with gaps.

public import Foundation

/// What a part comes about in, in the order of a run.
public enum PartKind: String, CaseIterable, Sendable {
  /// Histories: of the training tasks, and the source's own on the tasks that test.
  case collect
  /// Models.
  case train
  /// Returns.
  case evaluate
}

/// One of several equal shares.
public struct Share: Equatable, Sendable, CustomStringConvertible {
  /// Which share it is, from 1.
  public let index: Int
  /// How many shares there are.
  public let count: Int

  /// All of the work.
  public static let whole = Share(index: 1, count: 1)

  private init(index: Int, count: Int) {
    self.index = index
    self.count = count
  }

  /// A share; nil if there is no such one, or more than 100,000.
  public init?(_ index: Int, of count: Int) {
    guard (1...100_000).contains(count), (1...count).contains(index) else { return nil }
    self.init(index: index, count: count)
  }

  /// What the command line says: `2/8`, or `array` for the share that an array of Slurm gives this process.
  public init(
    _ text: String, environment: [String: String] = ProcessInfo.processInfo.environment
  ) throws(ShareError) {
    if text == "array" {
      self = try Self.ofArray(environment)
      return
    }
    let numbers = text.split(separator: "/", omittingEmptySubsequences: false).map { Int($0) }
    guard numbers.count == 2, let index = numbers[0], let count = numbers[1],
      let share = Share(index, of: count)
    else { throw .notAShare(text) }
    self = share
  }

  /// The share of a task of an array: the first task of the array has the first share.
  private static func ofArray(_ environment: [String: String]) throws(ShareError) -> Share {
    func number(_ name: String) throws(ShareError) -> Int {
      guard let value = environment["SLURM_ARRAY_TASK_\(name)"].flatMap(Int.init) else {
        throw .notInAnArray(variable: "SLURM_ARRAY_TASK_\(name)")
      }
      return value
    }
    let (task, first) = (try number("ID"), try number("MIN"))
    let (last, count) = (try number("MAX"), try number("COUNT"))
    guard last - first + 1 == count, let share = Share(task - first + 1, of: count) else {
      throw .arrayWithGaps(first: first, last: last, count: count)
    }
    return share
  }

  /// As on the command line: `2/8`.
  public var description: String { "\(index)/\(count)" }

  /// Every `count`-th of some things, so that shares are about as large as each other where things grow along the list.
  package func of<Thing>(_ things: [Thing]) -> [Thing] {
    things.enumerated().filter { $0.offset % count == index - 1 }.map(\.element)
  }

  /// The parts that are this share's. Those of each kind are dealt by themselves, so that a share has some of every
  /// folder and method, and what is done already does not change whose a part is.
  public func own(of parts: [any Part]) -> [any Part] {
    PartKind.allCases.flatMap { kind in of(parts.filter { $0.kind == kind }) }
  }
}

/// Why a share cannot be made.
public enum ShareError: CommandError, Equatable {
  /// The text names none.
  case notAShare(String)
  /// The variables of an array are not set.
  case notInAnArray(variable: String)
  /// The tasks of the array are no sequence.
  case arrayWithGaps(first: Int, last: Int, count: Int)
  /// Everything is made that could be; the rest is made from parts of other shares.
  case needsOthers(share: Share, part: String, missing: [String], waited: Int)

  /// What is wrong, and what to do.
  public var description: String {
    switch self {
    case .notAShare(let text):
      "--part '\(text)' is no share. Give I/N, such as 2/8, with I from 1 to N, or 'array' in a job of an array."
    case .notInAnArray(let variable):
      "--part array needs the variables of an array of Slurm, but \(variable) is not set. Submit with --array=1-N, or give --part I/N."
    case .arrayWithGaps(let first, let last, let count):
      "--part array needs an array without gaps, but this one has \(count) tasks from \(first) to \(last). Give --part \"$SLURM_ARRAY_TASK_ID/N\", with the N of the whole run."
    case .needsOthers(let share, let part, let missing, let waited):
      "part \(share) cannot go on\(waited > 0 ? " after waiting for \(waited) min" : ""): \(part) needs \(Self.list(missing)), not made yet. "
        + "Make the other shares, then repeat this command; or let it wait for them with --wait MINUTES."
    }
  }

  public var exitStatus: ExitStatus {
    switch self {
    case .notAShare, .notInAnArray, .arrayWithGaps: .usage
    case .needsOthers: .tryAgain
    }
  }

  /// The first of some keys, and how many there are beside.
  static func list(_ keys: [String]) -> String {
    let shown = keys.prefix(3).joined(separator: ", ")
    return keys.count > 3 ? "\(shown) and \(keys.count - 3) more" : shown
  }
}
