// What exploring could give at best in a dark room, plain or hard: an agent that knows the rules but not the goal, sees as
// many unseen cells as early as it can, episode after episode, and once rewarded goes straight to the goal (and stays,
// where it goes on rewarding). It is the limit that a context can approach, not a learner. In order: the plan's result, its
// expected returns. Key-to-Door has an explorer of its own, `KeyToDoorExplorer`.

/// The plan of an ideal explorer of square rooms: when each cell is first stepped on, while no
/// reward was seen.
///
/// Each episode's walk has the greatest expected return of that episode that a beam search finds,
/// given the cells seen before; exact planning over episodes is a travelling salesman's problem. In
/// rooms of 9 × 9 with 20 steps the first three walks see a new cell with every step, the fourth all
/// but one of the rest, and beams from 16 to 2,048 walks find equally good plans.
public struct IdealExplorer: Sendable {
  /// The number of rows and columns.
  public let size: Int
  /// Steps per episode.
  public let episodeLength: Int
  /// Whether the goal rewards once an episode, and not with every step on it.
  public let rewardsOnce: Bool
  /// When the plan first steps on each cell, x + size · y; none if no episode reaches it.
  private let findings: [Finding?]

  private struct Finding: Sendable {
    let episode: Int
    let step: Int
  }

  /// Plans walks from the centre until every cell in reach has been seen.
  /// - Parameters:
  ///   - rewardsOnce: Whether the goal rewards once an episode, and not with every step on it.
  ///   - beamWidth: Walks kept at each step of the search.
  public init(size: Int, episodeLength: Int, rewardsOnce: Bool = false, beamWidth: Int = 64) {
    precondition(
      size > 0 && episodeLength > 0 && beamWidth > 0,
      "no room: size \(size), \(episodeLength) steps, beam \(beamWidth)")
    self.size = size
    self.episodeLength = episodeLength
    self.rewardsOnce = rewardsOnce
    var search = WalkSearch(size: size, valuesAllAlike: rewardsOnce, beamWidth: beamWidth)
    let start = size / 2 + size * (size / 2)
    var findings = [Finding?](repeating: nil, count: size * size)
    var episode = 1
    while true {
      let found = search.nextWalk(from: start, steps: episodeLength)
      if found.isEmpty { break }
      for (cell, step) in found { findings[cell] = Finding(episode: episode, step: step) }
      episode += 1
    }
    self.findings = findings
  }

  /// The expected return of each episode, over goals that are equally likely.
  ///
  /// Nothing tells the directions apart, so the plan is averaged over its mirror images.
  /// - Parameters:
  ///   - goals: Cells x + size · y to average over, of which the explorer knows nothing; all cells
  ///     if none are given.
  ///   - episodes: The number of episodes.
  /// - Returns: Undiscounted return per episode, from the first.
  public func expectedReturns(goals: [Int]? = nil, episodes: Int) -> [Double] {
    let goals = goals ?? Array(0..<size * size)
    precondition(!goals.isEmpty, "no goals to average over")
    let images = goals.flatMap(images(of:))
    return (0..<episodes).map { index in
      images.reduce(0) { $0 + Double(returnOfEpisode(index + 1, goal: $1)) } / Double(images.count)
    }
  }

  private func returnOfEpisode(_ episode: Int, goal: Int) -> Int {
    guard let finding = findings[goal], finding.episode <= episode else { return 0 }
    if rewardsOnce { return 1 }
    if finding.episode == episode { return episodeLength + 1 - finding.step }
    let centre = size / 2
    let distance = abs(goal % size - centre) + abs(goal / size - centre)
    return episodeLength + 1 - max(distance, 1)
  }

  /// A cell under the symmetries of the square that leave the start where it is: all eight if the
  /// size is odd, else the two that swap rows and columns or nothing.
  private func images(of cell: Int) -> [Int] {
    let (x, y) = (cell % size, cell / size)
    let (mirroredX, mirroredY) = (size - 1 - x, size - 1 - y)
    var cells = [(x, y), (y, x)]
    if size % 2 == 1 {
      cells += [
        (mirroredX, y), (x, mirroredY), (mirroredX, mirroredY),
        (mirroredY, x), (y, mirroredX), (mirroredY, mirroredX),
      ]
    }
    return cells.map { $0.0 + size * $0.1 }
  }
}
