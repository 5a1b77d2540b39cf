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

  /// Undoes `forward`: adds to the gradients of weight and bias, and overwrites dx, if one is wanted.
  package static func backward(
    of x: Matrix, _ p: LinearParameters, _ dy: Matrix, into dx: Matrix?, _ d: LinearParameters
  ) {
    d.bias.addSumOfRows(of: dy)
    multiply(dy.transposed, x, into: d.weight, addedTo: d.weight)
    guard let dx else { return }
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

/// The weight (outputs × inputs) and bias of a linear map.
package struct LinearParameters {
  /// Outputs × inputs.
  package let weight: Matrix
  /// 1 × outputs.
  package let bias: Matrix
  /// The weight as products read it, if many of them share it.
  package let packed: PackedWeight?

  /// A linear map with these tensors.
  package init(weight: Matrix, bias: Matrix, isPacked: Bool = false) {
    self.weight = weight
    self.bias = bias
    packed = isPacked ? PackedWeight(weight) : nil
  }
}

/// A weight in the order in which the products of both passes read it.
package struct PackedWeight {
  /// Of y = x · weightᵀ.
  let forward: PackedFactor
  /// Of dx = dy · weight.
  let backward: PackedFactor

  init(_ weight: Matrix) {
    forward = PackedFactor(weight.transposed)
    backward = PackedFactor(weight)
  }

  /// Packs a weight of the same shape in the place of what was packed.
  package func pack(_ weight: Matrix) {
    forward.pack(weight.transposed)
    backward.pack(weight)
  }
}
