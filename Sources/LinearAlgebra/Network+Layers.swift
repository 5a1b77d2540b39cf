// The layers of small rectified networks on one-hot observations, forward and backward, where they
// are not products of matrices: those are `multiply`'s. Loops are in CKernels/network.c.

internal import CKernels

/// The operations of small networks that act one state at a time.
package enum Network {
  /// A dense rectified layer of one-hot inputs: y = max(0, b + Σₖ table[rowsₖ]).
  /// - Parameters:
  ///   - rows: The inputs that are one, in 0 ..< `table.rows`; the first `count` of them mean something.
  ///   - table: Inputs × columns.
  ///   - bias: 1 × columns.
  ///   - output: 1 × columns; overwritten.
  package static func lookUp(
    _ rows: SIMD4<Int32>, count: Int, in table: Matrix, bias: Matrix, into output: Matrix
  ) {
    precondition(
      count <= 4 && bias.columns == table.columns && output.columns == table.columns,
      "\(count) rows of \(table.rows) × \(table.columns) do not sum to \(output.columns) columns")
    for index in 0..<count {
      precondition(
        rows[index] >= 0 && rows[index] < table.rows, "no row \(rows[index]) among \(table.rows)")
    }
    unsafe withUnsafeBytes(of: rows) { bytes in
      guard let rows = unsafe bytes.assumingMemoryBound(to: Int32.self).baseAddress else { return }
      unsafe ck_network_lookup(
        count, rows, table.columns, table.base, table.stride, bias.base, output.base)
    }
  }

  /// A dense rectified layer of one state that a rectified layer left: y = max(0, b + x · W).
  /// - Parameters:
  ///   - input: 1 × inputs, none negative.
  ///   - weights: Inputs × columns.
  ///   - bias: 1 × columns.
  ///   - output: 1 × columns; overwritten.
  /// - Complexity: Rows of `weights` whose input is zero are not read.
  package static func rectified(
    _ input: Matrix, _ weights: Matrix, bias: Matrix, into output: Matrix
  ) {
    checkLayer(input, weights, bias, output)
    precondition(weights.rows <= 4096, "\(weights.rows) inputs are more than 4096")
    unsafe ck_network_dense_rectified(
      weights.rows, weights.columns, input.base, weights.base, weights.stride, bias.base,
      output.base)
  }

  /// A linear layer of one state: y = b + x · Wᵀ.
  /// - Parameters:
  ///   - input: 1 × inputs.
  ///   - weights: Outputs × inputs.
  ///   - bias: 1 × outputs.
  ///   - output: 1 × outputs; overwritten.
  package static func linear(
    _ input: Matrix, _ weights: Matrix, bias: Matrix, into output: Matrix
  ) {
    precondition(
      input.columns == weights.columns && bias.columns == weights.rows
        && output.columns == weights.rows && input.rows == 1 && output.rows == 1,
      "\(weights.rows) × \(weights.columns) weights do not lead from \(input.columns) to \(output.columns)"
    )
    unsafe ck_network_output(
      weights.columns, weights.rows, input.base, weights.base, weights.stride, bias.base,
      output.base)
  }

  /// Undoes: y = max(0, x + b). The gradient is cleared, in place, where `output` is zero; `bias`
  /// receives its sum over rows.
  package static func rectifierBackward(
    of output: Matrix, inPlace gradient: Matrix, bias: Matrix
  ) {
    output.checkShape(of: gradient)
    precondition(
      bias.columns == gradient.columns, "\(bias.columns) biases for \(gradient.columns) columns")
    unsafe ck_network_rectifier_backward(
      output.rows, output.columns, output.base, output.stride, gradient.base, gradient.stride,
      bias.base)
  }

  /// Probabilities proportional to e to the power of the logits; both 1 × columns.
  package static func softmax(_ logits: Matrix, into probabilities: Matrix) {
    logits.checkShape(of: probabilities)
    precondition(logits.rows == 1, "softmax takes one row, not \(logits.rows)")
    unsafe ck_network_softmax(logits.columns, logits.base, probabilities.base)
  }

  private static func checkLayer(
    _ input: Matrix, _ weights: Matrix, _ bias: Matrix, _ output: Matrix
  ) {
    precondition(
      input.columns == weights.rows && bias.columns == weights.columns
        && output.columns == weights.columns && input.rows == 1 && output.rows == 1,
      "\(weights.rows) × \(weights.columns) weights do not lead from \(input.columns) to \(output.columns)"
    )
  }
}
