// A network that looks at pictures in double precision, slow and plain: what the fast one is held to. Only
// forward; its gradient is taken by differences.

public import Layers

/// Pixel after pixel, channel after channel.
public struct ReferencePicture: Sendable {
  /// The number of pixel rows.
  public let rows: Int
  /// The number of pixel columns.
  public let columns: Int
  /// The numbers of a pixel.
  public let channels: Int
  /// All elements.
  public var values: [Double]

  /// A picture with these elements.
  public init(rows: Int, columns: Int, channels: Int, values: [Double]) {
    precondition(values.count == rows * columns * channels, "\(values.count) values")
    self.rows = rows
    self.columns = columns
    self.channels = channels
    self.values = values
  }

  /// One element; nil beyond the edges.
  public subscript(row: Int, column: Int, channel: Int) -> Double? {
    (0..<rows).contains(row) && (0..<columns).contains(column)
      ? values[(row * columns + column) * channels + channel] : nil
  }

  /// The elements with a function applied to each.
  func mapped(_ function: (Double) -> Double) -> ReferencePicture {
    ReferencePicture(
      rows: rows, columns: columns, channels: channels, values: values.map(function))
  }

  var rectified: ReferencePicture { mapped { max(0, $0) } }
}

/// What becomes of a picture.
public enum ReferenceSight {
  /// The places of a window along a side, and how far the first reaches over the edge: the sides' parts
  /// beyond it are equal, or the first is smaller by one.
  static func axis(_ length: Int, _ kernel: Int, _ stride: Int) -> (places: Int, before: Int) {
    var places = 0
    while places * stride < length { places += 1 }
    let beyond = (places - 1) * stride + kernel - length
    return (places, beyond > 0 ? beyond / 2 : 0)
  }

  /// A convolution with zeros around the picture; a row of the weight is kernel × kernel × channels.
  public static func convolved(
    _ x: ReferencePicture, _ weight: ReferenceMatrix, _ bias: ReferenceMatrix, kernel: Int,
    stride: Int
  ) -> ReferencePicture {
    let (down, along) = (axis(x.rows, kernel, stride), axis(x.columns, kernel, stride))
    var values: [Double] = []
    for row in 0..<down.places {
      for column in 0..<along.places {
        for output in 0..<weight.rows {
          var sum = bias[0, output]
          for k in 0..<kernel {
            for l in 0..<kernel {
              for channel in 0..<x.channels {
                let from = x[
                  row * stride + k - down.before, column * stride + l - along.before, channel]
                sum += (from ?? 0) * weight[output, (k * kernel + l) * x.channels + channel]
              }
            }
          }
          values.append(sum)
        }
      }
    }
    return ReferencePicture(
      rows: down.places, columns: along.places, channels: weight.rows, values: values)
  }

  /// The greatest of each channel under each place of a window.
  public static func pooled(
    _ x: ReferencePicture, kernel: Int, stride: Int
  ) -> ReferencePicture {
    let (down, along) = (axis(x.rows, kernel, stride), axis(x.columns, kernel, stride))
    var values: [Double] = []
    for row in 0..<down.places {
      for column in 0..<along.places {
        for channel in 0..<x.channels {
          var greatest = -Double.infinity
          for k in 0..<kernel {
            for l in 0..<kernel {
              let from = x[
                row * stride + k - down.before, column * stride + l - along.before, channel]
              greatest = max(greatest, from ?? -.infinity)
            }
          }
          values.append(greatest)
        }
      }
    }
    return ReferencePicture(
      rows: down.places, columns: along.places, channels: x.channels, values: values)
  }

  /// What a network without dropout makes of one input.
  public static func output(
    of settings: SightSettings, _ p: ReferenceParameters, seeing input: ReferencePicture
  ) -> [Double] {
    var x = input
    var linears = 0
    var norms = 0
    func nextLinear() -> (weight: ReferenceMatrix, bias: ReferenceMatrix) {
      linears += 1
      return (p["\(linears - 1).weight"], p["\(linears - 1).bias"])
    }
    if input.rows > 1 || input.columns > 1 {
      for (kernel, stride) in zip(settings.kernels, settings.strides) {
        let (weight, bias) = nextLinear()
        x = convolved(x, weight, bias, kernel: kernel, stride: stride)
        if settings.normalises {
          let pixels = ReferenceMatrix(
            rows: x.rows * x.columns, columns: x.channels, values: x.values)
          x.values =
            ReferenceLayerNorm.forward(
              pixels, gain: p["norm\(norms).gain"], bias: p["norm\(norms).bias"]
            ).values
          norms += 1
        }
        if settings.residualUnits == 0 { x = x.rectified }
        x = pooled(x, kernel: settings.poolKernel, stride: settings.poolStride)
        for _ in 0..<settings.residualUnits {
          let (first, second) = (nextLinear(), nextLinear())
          let inner = convolved(x.rectified, first.weight, first.bias, kernel: 3, stride: 1)
          let outer = convolved(
            inner.rectified, second.weight, second.bias, kernel: 3, stride: 1)
          x.values = zip(x.values, outer.values).map { $0 + $1 }
        }
      }
      if settings.residualUnits > 0 { x = x.rectified }
    }
    var row = ReferenceMatrix(rows: 1, columns: x.values.count, values: x.values)
    for _ in settings.widths {
      let (weight, bias) = nextLinear()
      row = ReferenceLinear.forward(row, weight: weight, bias: bias)
      row.values = row.values.map { max(0, $0) }
    }
    let (weight, bias) = nextLinear()
    return ReferenceLinear.forward(row, weight: weight, bias: bias).values
  }
}
