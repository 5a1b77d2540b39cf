// A layer of long short-term memory over several steps of several rows, forward and beneath it backward
// through time. It adds what the rows remember to sums that are there already, so that the part of the input
// is one product for all steps, or no product where inputs choose rows of a table. Rows lie step after step.
//
// The equations and the order of the gates are PyTorch's (`nn.LSTM`), with one bias in the place of its two.

package import LinearAlgebra

/// The matrix by which a layer's last output reaches its gates: 4 · width × width.
package struct RecurrentWeight {
  /// Gates × outputs.
  package let weight: Matrix
  /// The weight as products read it, if many of them share it.
  package let packed: PackedWeight?

  package init(_ weight: Matrix, isPacked: Bool = false) {
    self.weight = weight
    packed = isPacked ? PackedWeight(weight) : nil
  }

  fileprivate func addProduct(of x: Matrix, to y: Matrix) {
    if let packed {
      multiply(x, packed.forward, into: y, addedTo: y)
    } else {
      multiply(x, weight.transposed, into: y, addedTo: y)
    }
  }

  fileprivate func multiplyBackward(_ dy: Matrix, into dx: Matrix) {
    if let packed {
      multiply(dy, packed.backward, into: dx)
    } else {
      multiply(dy, weight, into: dx)
    }
  }
}

/// The memory and the recurrence of one layer.
///
/// a_t = inputs_t + h_{t−1} · Wᵀ; i, f, o = σ(a), g = tanh(a); c_t = f · c_{t−1} + i · g; h_t = o · tanh(c_t).
/// Between two steps, rows can be made to forget.
package final class LSTM {
  /// The number of cells, and of outputs.
  package let width: Int
  /// The most steps times rows.
  package let capacity: Int

  /// Step after step, rows × 4 · width: the inputs' part of the gates' sums, then the gates, and after
  /// `backward` the gradients of the sums.
  package let gates: Matrix
  /// Step after step, rows × width: the outputs h_t.
  package let outputs: Matrix
  /// The outputs and cells with which rows enter each step; one step more than `outputs`.
  private let entering: Matrix
  private let cells: Matrix
  private let squashed: Matrix
  /// The gradients that go back from a step to the one before it.
  private let carried: Matrix
  private let dcells: Matrix
  private let isForBackward: Bool

  /// Memory for some steps of some rows.
  /// - Parameter isForBackward: Whether `backward` shall be possible.
  package init(width: Int, steps: Int, rows: Int, isForBackward: Bool = true) {
    precondition(
      width >= 1 && steps >= 1 && rows >= 1,
      "\(steps) steps of \(rows) rows of \(width) cells hold nothing")
    self.width = width
    self.isForBackward = isForBackward
    capacity = steps * rows
    gates = Matrix(rows: capacity, columns: 4 * width)
    outputs = Matrix(rows: capacity, columns: width)
    entering = Matrix(rows: capacity + rows, columns: width)
    cells = Matrix(rows: capacity + rows, columns: width)
    squashed = Matrix(rows: capacity, columns: width)
    carried = Matrix(rows: isForBackward ? rows : 0, columns: width)
    dcells = Matrix(rows: isForBackward ? rows : 0, columns: width)
  }

  /// The outputs with which rows enter a step; to be set before the first.
  package func entering(_ step: Int, rows: Int) -> Matrix { entering[rows: block(step, rows)] }

  /// The cells with which rows enter a step; to be set before the first.
  package func cells(_ step: Int, rows: Int) -> Matrix { cells[rows: block(step, rows)] }

  /// Makes all rows enter the first step with an empty memory.
  package func clear(rows: Int) {
    entering(0, rows: rows).fill(with: 0)
    cells(0, rows: rows).fill(with: 0)
  }

  /// Makes a row enter a step with an empty memory, after the step before it and before the step itself.
  package func clear(row: Int, before step: Int, rows: Int) {
    entering(step, rows: rows)[rows: row..<row + 1].fill(with: 0)
    cells(step, rows: rows)[rows: row..<row + 1].fill(with: 0)
  }

  /// Makes rows enter the first step as they would have entered a later one.
  package func continueFrom(_ step: Int, rows: Int) {
    entering(0, rows: rows).copy(from: entering(step, rows: rows))
    cells(0, rows: rows).copy(from: cells(step, rows: rows))
  }

  /// One step, whose inputs' part of the sums stands in `gates`.
  package func forward(_ step: Int, rows: Int, _ weight: RecurrentWeight) {
    let block = block(step, rows)
    let (gates, output) = (gates[rows: block], outputs[rows: block])
    weight.addProduct(of: entering[rows: block], to: gates)
    LSTMGates.forward(
      gates, cell: cells[rows: block], next: cells(step + 1, rows: rows),
      squashed: squashed[rows: block], output: output)
    entering(step + 1, rows: rows).copy(from: output)
  }

  /// Undoes the first `steps` steps: leaves the gradients of the gates' sums in `gates` and adds that of the
  /// weight. Nothing comes back from what follows the last step.
  /// - Parameters:
  ///   - doutputs: The gradient of `outputs`, not of what later steps make of them; overwritten.
  ///   - forgets: Whether a row was made to forget before a step.
  package func backward(
    steps: Int, rows: Int, _ weight: RecurrentWeight, _ doutputs: Matrix,
    into dweight: Matrix, forgets: (_ row: Int, _ step: Int) -> Bool = { _, _ in false }
  ) {
    precondition(isForBackward, "a layer that only acts keeps nothing for backward")
    let (carried, dcells) = (carried[rows: 0..<rows], dcells[rows: 0..<rows])
    dcells.fill(with: 0)
    for step in (0..<steps).reversed() {
      let block = block(step, rows)
      let dgates = gates[rows: block]
      let doutput = doutputs[rows: block]
      if step < steps - 1 { doutput.add(carried) }
      LSTMGates.backward(
        dgates, cell: cells[rows: block], squashed: squashed[rows: block], doutput: doutput,
        dcell: dcells)
      weight.multiplyBackward(dgates, into: carried)
      for row in 0..<rows where forgets(row, step) {
        carried[rows: row..<row + 1].fill(with: 0)
        dcells[rows: row..<row + 1].fill(with: 0)
      }
    }
    let all = 0..<steps * rows
    multiply(gates[rows: all].transposed, entering[rows: all], into: dweight, addedTo: dweight)
  }

  private func block(_ step: Int, _ rows: Int) -> Range<Int> { step * rows..<(step + 1) * rows }
}
