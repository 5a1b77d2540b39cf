// A linear map of rows, forward and beneath it backward.

package import LinearAlgebra

/// y = x · weightᵀ + bias.
package enum Linear {
  /// y = x · weightᵀ + bias, for each row; x is rows × inputs, y rows × outputs.
  package static func forward(_ x: Matrix, _ p: LinearParameters, into y: Matrix) {
    product(x, p, addedTo: nil, into: y)
  }

  /// z = residual + x · weightᵀ + bias, for each row.
  package static func forward(
    _ x: Matrix, _ p: LinearParameters, addedTo residual: Matrix, into z: Matrix
  ) {
    product(x, p, addedTo: residual, into: z)
  }

  /// Undoes `forward`: adds to the gradients of weight and bias, and overwrites dx.
  package static func backward(
    of x: Matrix, _ p: LinearParameters, _ dy: Matrix, into dx: Matrix, _ d: LinearParameters
  ) {
    d.bias.addSumOfRows(of: dy)
    multiply(dy.transposed, x, into: d.weight, addedTo: d.weight)
    if let packed = p.packed {
      multiply(dy, packed.backward, into: dx)
    } else {
      multiply(dy, p.weight, into: dx)
    }
  }

  private static func product(
    _ x: Matrix, _ p: LinearParameters, addedTo residual: Matrix?, into y: Matrix
  ) {
    if let packed = p.packed {
      multiply(x, packed.forward, into: y, addedTo: residual, bias: p.bias)
    } else {
      multiply(x, p.weight.transposed, into: y, addedTo: residual, bias: p.bias)
    }
  }
}
