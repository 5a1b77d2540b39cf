// The layers that treat each token alone: linear, layer norm, GELU. Each backward stands under its
// forward and recomputes what it needs from the input; plain loops in double precision.

/// y = x Wᵀ + b, rows of x being tokens.
public enum ReferenceLinear {
  /// Tokens × outputs; `weight` is outputs × inputs, `bias` 1 × outputs.
  public static func forward(
    _ x: ReferenceMatrix, weight: ReferenceMatrix, bias: ReferenceMatrix
  ) -> ReferenceMatrix {
    var y = ReferenceMatrix(rows: x.rows, columns: weight.rows)
    for token in 0..<x.rows {
      for output in 0..<weight.rows {
        var sum = bias[0, output]
        for input in 0..<weight.columns { sum += x[token, input] * weight[output, input] }
        y[token, output] = sum
      }
    }
    return y
  }

  /// Gradients of input, weight and bias from that of the output.
  public static func backward(
    of dy: ReferenceMatrix, x: ReferenceMatrix, weight: ReferenceMatrix
  ) -> (x: ReferenceMatrix, weight: ReferenceMatrix, bias: ReferenceMatrix) {
    var dx = ReferenceMatrix(rows: x.rows, columns: x.columns)
    var dWeight = ReferenceMatrix(rows: weight.rows, columns: weight.columns)
    var dBias = ReferenceMatrix(rows: 1, columns: weight.rows)
    for token in 0..<x.rows {
      for output in 0..<weight.rows {
        let d = dy[token, output]
        dBias[0, output] += d
        for input in 0..<weight.columns {
          dx[token, input] += d * weight[output, input]
          dWeight[output, input] += d * x[token, input]
        }
      }
    }
    return (dx, dWeight, dBias)
  }
}

/// y = gain · (x − μ)/√(σ² + ε) + bias over each token, ε = 10⁻⁵.
public enum ReferenceLayerNorm {
  private static func normalised(_ x: ReferenceMatrix, row: Int) -> (x: [Double], inverse: Double) {
    let values = (0..<x.columns).map { x[row, $0] }
    let mean = values.reduce(0, +) / Double(x.columns)
    let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(x.columns)
    let inverse = 1 / (variance + 1e-5).squareRoot()
    return (values.map { ($0 - mean) * inverse }, inverse)
  }

  /// Tokens × channels; `gain` and `bias` are 1 × channels.
  public static func forward(
    _ x: ReferenceMatrix, gain: ReferenceMatrix, bias: ReferenceMatrix
  ) -> ReferenceMatrix {
    var y = x
    for row in 0..<x.rows {
      let unit = normalised(x, row: row).x
      for column in 0..<x.columns {
        y[row, column] = gain[0, column] * unit[column] + bias[0, column]
      }
    }
    return y
  }

  /// Gradients of input, gain and bias from that of the output.
  public static func backward(
    of dy: ReferenceMatrix, x: ReferenceMatrix, gain: ReferenceMatrix
  ) -> (x: ReferenceMatrix, gain: ReferenceMatrix, bias: ReferenceMatrix) {
    var dx = x
    var dGain = ReferenceMatrix(rows: 1, columns: x.columns)
    var dBias = dGain
    for row in 0..<x.rows {
      let (unit, inverse) = normalised(x, row: row)
      let dUnit = (0..<x.columns).map { dy[row, $0] * gain[0, $0] }
      let mean = dUnit.reduce(0, +) / Double(x.columns)
      let slope = zip(dUnit, unit).reduce(0) { $0 + $1.0 * $1.1 } / Double(x.columns)
      for column in 0..<x.columns {
        dx[row, column] = inverse * (dUnit[column] - mean - unit[column] * slope)
        dGain[0, column] += dy[row, column] * unit[column]
        dBias[0, column] += dy[row, column]
      }
    }
    return (dx, dGain, dBias)
  }
}

/// y = x/2 · (1 + tanh(√(2/π) (x + 0.044715 x³))) (Hendrycks & Gimpel 2016, arXiv:1606.08415).
public enum ReferenceGELU {
  private static let scale = 0.797884560802865355879892119868763737
  private static let cubic = 0.044715

  /// Elementwise.
  public static func forward(_ x: ReferenceMatrix) -> ReferenceMatrix {
    var y = x
    for index in x.values.indices {
      let v = x.values[index]
      y.values[index] = v / 2 * (1 + hyperbolicTangent(scale * (v + cubic * v * v * v)))
    }
    return y
  }

  /// The gradient of the input from that of the output.
  public static func backward(of dy: ReferenceMatrix, x: ReferenceMatrix) -> ReferenceMatrix {
    var dx = dy
    for index in x.values.indices {
      let v = x.values[index]
      let tangent = hyperbolicTangent(scale * (v + cubic * v * v * v))
      let inner = scale * (1 + 3 * cubic * v * v)
      dx.values[index] *= (1 + tangent) / 2 + v / 2 * (1 - tangent * tangent) * inner
    }
    return dx
  }
}
