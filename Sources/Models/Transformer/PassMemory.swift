// The memory of a pass: how large each activation is, and views of it for fewer windows.

internal import LinearAlgebra

extension BlockActivations {
  /// Memory for a pass that is undone.
  init(_ configuration: ModelConfiguration, windowCount: Int) {
    let rows = windowCount * configuration.tokenCount
    let width = configuration.model.width
    let inner = configuration.model.feedForward
    self.init(
      normed1: Matrix(rows: rows, columns: width),
      queryKeyValue: Matrix(rows: rows, columns: 3 * width),
      mixed: Matrix(rows: rows, columns: width), sum1: Matrix(rows: rows, columns: width),
      normed2: Matrix(rows: rows, columns: width), slope: Matrix(rows: rows, columns: inner),
      activated: Matrix(rows: rows, columns: inner), sum2: Matrix(rows: rows, columns: width),
      moments1: Matrix(rows: 2, columns: rows), moments2: Matrix(rows: 2, columns: rows))
  }

  /// The part that a pass over fewer tokens uses.
  func limited(to count: Int) -> BlockActivations {
    let rows = 0..<count
    guard count < normed1.rows else { return self }
    return BlockActivations(
      normed1: normed1[rows: rows], queryKeyValue: queryKeyValue[rows: rows],
      mixed: mixed[rows: rows], sum1: sum1[rows: rows], normed2: normed2[rows: rows],
      slope: slope?[rows: rows], activated: activated[rows: rows], sum2: sum2[rows: rows],
      moments1: moments1, moments2: moments2)
  }
}

extension BlockScratch {
  init(_ configuration: ModelConfiguration, rows: Int) {
    let width = configuration.model.width
    self.init(
      narrow: Matrix(rows: rows, columns: width), narrow2: Matrix(rows: rows, columns: width),
      residual: Matrix(rows: rows, columns: width), dropped: Matrix(rows: rows, columns: width),
      inner: Matrix(rows: rows, columns: configuration.model.feedForward),
      queryKeyValue: Matrix(rows: rows, columns: 3 * width))
  }

  func limited(to count: Int) -> BlockScratch {
    let rows = 0..<count
    guard count < narrow.rows else { return self }
    return BlockScratch(
      narrow: narrow[rows: rows], narrow2: narrow2[rows: rows], residual: residual[rows: rows],
      dropped: dropped[rows: rows], inner: inner[rows: rows],
      queryKeyValue: queryKeyValue[rows: rows])
  }
}
