// What models attend to when they act, as a CSV file: a row for each window, head and part of the window.

public import Evaluation
internal import Tables

/// One row.
public struct AttentionRow: Equatable, Sendable {
  /// The environment steps lived before the window, the mean over tasks and training seeds.
  public let firstStep: Double
  /// The layer, from 1.
  public let layer: Int
  /// The head, from 1.
  public let head: Int
  /// What is attended to.
  public let part: AttendedPart
  /// The share of the attention that goes there: the mean over the tokens of the window's second episode and later at
  /// which an action is predicted, then over tasks and training seeds.
  public let share: Estimate
  /// The share that would if all there is were attended to alike.
  public let even: Double

  public init(
    firstStep: Double, layer: Int, head: Int, part: AttendedPart, share: Estimate, even: Double
  ) {
    self.firstStep = firstStep
    self.layer = layer
    self.head = head
    self.part = part
    self.share = share
    self.even = even
  }
}

/// The rows of some tasks and training seeds.
public struct AttentionTable: Sendable {
  /// The first line of the file.
  public static let header = [
    "first_step", "layer", "head", "part", "share", "ci_low", "ci_high", "even_share", "tasks",
    "train_seeds", "command",
  ]

  public let rows: [AttentionRow]
  /// The number of tasks that were acted in.
  public let tasks: Int
  public let trainSeeds: Int
  /// The command that made it.
  public let command: String

  public init(_ rows: [AttentionRow], tasks: Int, trainSeeds: Int, command: String) {
    self.rows = rows
    self.tasks = tasks
    self.trainSeeds = trainSeeds
    self.command = command
  }

  /// The file's text.
  public var csv: String {
    var table = TableWriter(header: Self.header, rowCapacity: rows.count)
    for row in rows {
      table.append(
        row: [roundedNumber(row.firstStep), "\(row.layer)", "\(row.head)", row.part.rawValue]
          + [row.share.mean, row.share.low, row.share.high, row.even].map(roundedNumber)
          + ["\(tasks)", "\(trainSeeds)", command])
    }
    return table.text
  }
}
