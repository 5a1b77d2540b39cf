// The way through a square room that sees as many cells as early as it can, by a beam search: exact planning over several
// walks is a travelling salesman's problem.

/// Searches one walk after the other, each of which sees the cells that none before it has seen.
struct WalkSearch {
  /// The number of rows and columns.
  let size: Int
  /// Whether cells are worth the same whenever a walk sees them; if not, those seen earlier are worth more.
  let valuesAllAlike: Bool
  /// Walks kept at each step of the search.
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

  init(size: Int, valuesAllAlike: Bool, beamWidth: Int) {
    self.size = size
    self.valuesAllAlike = valuesAllAlike
    self.beamWidth = beamWidth
    isSeen = [Bool](repeating: false, count: size * size)
    distances = [Int](repeating: 0, count: size * size)
  }

  /// The cells that the next walk sees first, each with its step from 1; marks them seen.
  /// - Parameters:
  ///   - start: The cell, x + size · y, that it begins on, which it sees by staying or coming back.
  ///   - steps: The steps that it has.
  mutating func nextWalk(from start: Int, steps: Int) -> [(cell: Int, step: Int)] {
    let unseen = isSeen.indices.filter { !isSeen[$0] }
    for cell in isSeen.indices {
      distances[cell] =
        unseen.map { abs($0 % size - cell % size) + abs($0 / size - cell / size) }.min() ?? 0
    }
    nodes = [Node(cell: start, before: -1, isNew: false, score: 0, newCells: 0)]
    var beam = [0]
    for step in 1...steps {
      beam = best(beam.flatMap { continuations(of: $0, step: step, of: steps) })
    }
    var found: [(cell: Int, step: Int)] = []
    var last = beam[0]
    for step in stride(from: steps, to: 0, by: -1) {
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

  private func continuations(of walk: Int, step: Int, of steps: Int) -> [Node] {
    let node = nodes[walk]
    return (neighbours(of: node.cell) + [node.cell]).map { cell in
      guard isUnseen(cell, after: walk) else {
        return Node(
          cell: cell, before: walk, isNew: false, score: node.score, newCells: node.newCells)
      }
      let unseen = neighbours(of: cell).count { isUnseen($0, after: walk) }
      return Node(
        cell: cell, before: walk, isNew: true,
        score: node.score + 100 * (valuesAllAlike ? 1 : steps + 1 - step) - unseen,
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
