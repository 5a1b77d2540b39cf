// How a network looks at what an agent is shown.

/// The layers between what an agent is shown and what a network makes of it: blocks of a convolution and
/// what follows it, if a picture is shown; then rectified linear layers.
public struct SightSettings: Codable, Sendable, Equatable {
  /// The channels of each block's convolution.
  public var channels = [16, 16]
  /// The side of each block's convolution, in pixels.
  public var kernels = [5, 3]
  /// The stride of each block's convolution, in pixels.
  public var strides = [3, 2]
  /// Whether the channels of each pixel are normalised after each convolution.
  public var normalises = false
  /// The side of the window that is pooled after each convolution; 1 takes every pixel as it is.
  public var poolKernel = 1
  /// The stride of that window.
  public var poolStride = 1
  /// Residual units of two 3 × 3 convolutions that end each block (Espeholt et al. 2018, arXiv:1802.01561).
  public var residualUnits = 0
  /// The dropout that ends each block, in training.
  public var dropout = 0.0
  /// The widths of the linear layers after the blocks.
  public var widths = [128]

  /// The defaults: for small pictures.
  public init() {}

  /// What is impossible about these settings.
  public var problems: [(key: String, message: String)] {
    var problems: [(key: String, message: String)] = []
    func requireAll(_ values: [Int], in range: ClosedRange<Int>, _ key: String) {
      if !values.allSatisfy(range.contains) {
        problems.append(
          (key, "must all be \(range.lowerBound) to \(range.upperBound), not \(values)"))
      }
    }
    requireAll(channels, in: 1...4096, "channels")
    requireAll(kernels, in: 1...64, "kernels")
    requireAll(strides, in: 1...64, "strides")
    requireAll(widths, in: 1...65_536, "widths")
    requireAll([poolKernel], in: 1...64, "poolKernel")
    requireAll([poolStride], in: 1...64, "poolStride")
    requireAll([residualUnits], in: 0...64, "residualUnits")
    for (key, values) in [("kernels", kernels), ("strides", strides)]
    where values.count != channels.count {
      problems.append(
        (key, "must be as many as channels, \(channels.count), not \(values.count)"))
    }
    if !(0..<1).contains(dropout) {
      problems.append(("dropout", "must be in 0 ..< 1, not \(dropout)"))
    }
    return problems
  }
}
