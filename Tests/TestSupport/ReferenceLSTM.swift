// Long short-term memory as its equations say it, in double precision, one number after the other.

internal import Foundation

/// A layer of long short-term memory over steps × rows that can be made to forget.
public struct ReferenceLSTM: Sendable {
  /// Gates i, f, g, o × inputs.
  public var inputWeight: ReferenceMatrix
  /// Gates × outputs.
  public var recurrentWeight: ReferenceMatrix
  /// 1 × gates.
  public var bias: ReferenceMatrix
  /// Rows × outputs, before the first step.
  public var output: ReferenceMatrix
  /// Rows × outputs, before the first step.
  public var cell: ReferenceMatrix
  /// The rows that begin a step with an empty memory.
  public var forgets: Set<[Int]> = []

  /// A layer whose numbers follow from a key.
  public init(inputs: Int, width: Int, rows: Int, key: UInt32) {
    inputWeight = ReferenceMatrix(rows: 4 * width, columns: inputs, key: key)
    recurrentWeight = ReferenceMatrix(rows: 4 * width, columns: width, key: key + 1)
    bias = ReferenceMatrix(rows: 1, columns: 4 * width, key: key + 2)
    output = ReferenceMatrix(rows: rows, columns: width, key: key + 3)
    cell = ReferenceMatrix(rows: rows, columns: width, key: key + 4)
  }

  /// Whether a row begins a step with an empty memory.
  public func forgets(_ row: Int, _ step: Int) -> Bool { forgets.contains([row, step]) }

  /// The outputs of all steps, step after step.
  /// - Parameter x: Steps · rows × inputs.
  public func outputs(of x: ReferenceMatrix) -> ReferenceMatrix {
    let (rows, width) = (output.rows, output.columns)
    var (h, c) = (output, cell)
    var all = ReferenceMatrix(rows: x.rows, columns: width)
    for step in 0..<x.rows / rows {
      for row in 0..<rows {
        if forgets(row, step) { for j in 0..<width { (h[row, j], c[row, j]) = (0, 0) } }
        let sums = (0..<4 * width).map { gate in
          (0..<width).reduce(
            (0..<x.columns).reduce(bias[0, gate]) {
              $0 + inputWeight[gate, $1] * x[step * rows + row, $1]
            }
          ) { $0 + recurrentWeight[gate, $1] * h[row, $1] }
        }
        for j in 0..<width {
          let (i, f) = (Self.sigmoid(sums[j]), Self.sigmoid(sums[width + j]))
          let (g, o) = (tanh(sums[2 * width + j]), Self.sigmoid(sums[3 * width + j]))
          c[row, j] = f * c[row, j] + i * g
          h[row, j] = o * tanh(c[row, j])
          all[step * rows + row, j] = h[row, j]
        }
      }
    }
    return all
  }

  private static func sigmoid(_ x: Double) -> Double { 1 / (1 + exp(-x)) }
}
