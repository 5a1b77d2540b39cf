// What a report shows of worlds that can be seen: from above, and as the agent sees them.

public import Tasks

/// A task from above.
public struct TaskScene: Equatable, Sendable {
  /// The task's number within its family.
  public let task: Int
  /// What distinguishes it, for people.
  public let label: String
  /// Where the world ends.
  public let outline: MapCircle
  /// Where the reward is.
  public let goal: MapCircle

  public init(task: Int, label: String, outline: MapCircle, goal: MapCircle) {
    self.task = task
    self.label = label
    self.outline = outline
    self.goal = goal
  }
}

/// An episode as its agent saw it.
public struct FrameStrip: Equatable, Sendable {
  /// A PNG file for each step.
  public let files: [[UInt8]]
  /// The pictures' height in pixels.
  public let rows: Int
  /// The pictures' width in pixels.
  public let columns: Int
  /// Whose episode it is, for people.
  public let caption: String

  /// Pictures of an episode.
  public init(files: [[UInt8]], rows: Int, columns: Int, caption: String) {
    self.files = files
    self.rows = rows
    self.columns = columns
    self.caption = caption
  }
}
