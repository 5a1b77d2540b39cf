// What exploring could give at best in a dark room, plain or hard: an agent that knows the rules but not the goal,
// sees as many unseen cells as early as it can, episode after episode, and once rewarded goes
// straight to the goal (and stays, where it goes on rewarding). It is the limit that a context can approach, not a learner. In
// order: the plan's result, its expected returns, the search for one episode's walk.

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
    var search = WalkSearch(
      size: size, episodeLength: episodeLength, rewardsOnce: rewardsOnce, beamWidth: beamWidth)
    var findings = [Finding?](repeating: nil, count: size * size)
    var episode = 1
    while true {
      let found = search.nextWalk()
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

/// Searches one episode's walk after the other.
private struct WalkSearch {
  let size: Int
  let episodeLength: Int
  let rewardsOnce: Bool
  let beamWidth: Int
  private var isSeen: [Bool]
  /// Steps from each cell to the nearest that was unseen when the walk began; 0 if there is none. Of walks that have seen
  /// as much, those are kept that are nearest to see more.
  private var distances: [Int]
  private var nodes: [Node] = []

  /// A walk, as its last step and the walk before it.
  private struct Node {
    let cell: Int
    let before: Int
    let isNew: Bool
    /// Expected return so far, times the number of cells, in hundredths; ties go to walks that stay
    /// close to what is seen, since stray unseen cells cost a later episode dearly.
    let score: Int
    /// Tells apart sets of newly seen cells.
    let newCells: UInt64
  }

  private struct Place: Hashable {
    let cell: Int
    let newCells: UInt64
  }

  init(size: Int, episodeLength: Int, rewardsOnce: Bool, beamWidth: Int) {
    self.size = size
    self.episodeLength = episodeLength
    self.rewardsOnce = rewardsOnce
    self.beamWidth = beamWidth
    isSeen = [Bool](repeating: false, count: size * size)
    distances = [Int](repeating: 0, count: size * size)
  }

  /// The cells that the next episode's walk sees first, each with its step from 1; marks them seen.
  mutating func nextWalk() -> [(cell: Int, step: Int)] {
    let start = size / 2 + size * (size / 2)
    let unseen = isSeen.indices.filter { !isSeen[$0] }
    for cell in isSeen.indices {
      distances[cell] =
        unseen.map { abs($0 % size - cell % size) + abs($0 / size - cell / size) }.min() ?? 0
    }
    nodes = [Node(cell: start, before: -1, isNew: false, score: 0, newCells: 0)]
    var beam = [0]
    for step in 1...episodeLength {
      beam = best(beam.flatMap { continuations(of: $0, step: step) })
    }
    var found: [(cell: Int, step: Int)] = []
    var last = beam[0]
    for step in stride(from: episodeLength, to: 0, by: -1) {
      if nodes[last].isNew { found.append((nodes[last].cell, step)) }
      last = nodes[last].before
    }
    for (cell, _) in found { isSeen[cell] = true }
    return found.reversed()
  }

  /// Keeps the best walks, one for each place and set of newly seen cells.
  private mutating func best(_ candidates: [Node]) -> [Int] {
    let order = candidates.indices.sorted {
      (-candidates[$0].score, distances[candidates[$0].cell], $0)
        < (-candidates[$1].score, distances[candidates[$1].cell], $1)
    }
    var places: Set<Place> = []
    var beam: [Int] = []
    for index in order where beam.count < beamWidth {
      let place = Place(cell: candidates[index].cell, newCells: candidates[index].newCells)
      guard places.insert(place).inserted else { continue }
      beam.append(nodes.count)
      nodes.append(candidates[index])
    }
    return beam
  }

  private func continuations(of walk: Int, step: Int) -> [Node] {
    let node = nodes[walk]
    return (neighbours(of: node.cell) + [node.cell]).map { cell in
      guard isUnseen(cell, after: walk) else {
        return Node(
          cell: cell, before: walk, isNew: false, score: node.score, newCells: node.newCells)
      }
      let unseen = neighbours(of: cell).count { isUnseen($0, after: walk) }
      return Node(
        cell: cell, before: walk, isNew: true,
        score: node.score + 100 * (rewardsOnce ? 1 : episodeLength + 1 - step) - unseen,
        newCells: node.newCells ^ mark(of: cell))
    }
  }

  private func isUnseen(_ cell: Int, after walk: Int) -> Bool {
    if isSeen[cell] { return false }
    var last = walk
    while last >= 0 {
      if nodes[last].isNew && nodes[last].cell == cell { return false }
      last = nodes[last].before
    }
    return true
  }

  private func neighbours(of cell: Int) -> [Int] {
    let (x, y) = (cell % size, cell / size)
    var cells: [Int] = []
    if x > 0 { cells.append(cell - 1) }
    if x < size - 1 { cells.append(cell + 1) }
    if y > 0 { cells.append(cell - size) }
    if y < size - 1 { cells.append(cell + size) }
    return cells
  }

  /// 64 bits of a cell, so that sets compare as one number (Zobrist 1970).
  private func mark(of cell: Int) -> UInt64 {
    var word = UInt64(cell + 1) &* 0x9E37_79B9_7F4A_7C15
    word = (word ^ (word >> 30)) &* 0xBF58_476D_1CE4_E5B9
    word = (word ^ (word >> 27)) &* 0x94D0_49BB_1331_11EB
    return word ^ (word >> 31)
  }
}
