// The gates of long short-term memory, forward and backward: what of a recurrent layer is no product of
// matrices. Each checks its shapes, then runs a kernel. Matrices must be contiguous.

internal import CKernels

/// Gates of long short-term memory (Hochreiter & Schmidhuber 1997; forget gate: Gers et al. 2000). A row of
/// gates is i, f, g, o, each as wide as the cells, as in PyTorch's `nn.LSTM`.
public enum LSTMGates {
  /// i, f, o = σ(a), g = tanh(a); next = f · cell + i · g; output = o · tanh(next).
  /// - Parameters:
  ///   - gates: rows × 4 · width; the sums a on entry, the gates afterwards.
  ///   - cell: rows × width.
  ///   - next: rows × width; overwritten, as are `squashed`, tanh(next), and `output`.
  public static func forward(
    _ gates: Matrix, cell: Matrix, next: Matrix, squashed: Matrix, output: Matrix
  ) {
    check(gates, cell)
    for other in [next, squashed, output] { check(gates, other) }
    unsafe ck_lstm_forward(
      cell.rows, cell.columns, gates.base, cell.base, next.base, squashed.base, output.base)
  }

  /// Undoes `forward`.
  /// - Parameters:
  ///   - gates: As `forward` left them, as `squashed`; become the gradients of the sums.
  ///   - cell: As given to `forward`.
  ///   - doutput: The gradient of the output.
  ///   - dcell: The gradient of the next cells that does not come from this output; becomes that of `cell`.
  public static func backward(
    _ gates: Matrix, cell: Matrix, squashed: Matrix, doutput: Matrix, dcell: Matrix
  ) {
    for other in [cell, squashed, doutput, dcell] { check(gates, other) }
    unsafe ck_lstm_backward(
      cell.rows, cell.columns, gates.base, cell.base, squashed.base, doutput.base, dcell.base)
  }

  private static func check(_ gates: Matrix, _ other: Matrix) {
    gates.checkContiguous()
    other.checkContiguous()
    precondition(
      gates.rows == other.rows && gates.columns == 4 * other.columns,
      "\(gates.rows) × \(gates.columns) are no four gates of \(other.rows) × \(other.columns)")
  }
}
