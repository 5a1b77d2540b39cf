// What golden files say of networks that look at pictures or vectors.

public import Layers
public import Tasks

/// Shows bytes from a table: the row that an observation's first component names.
public struct FrameTable: Renderer {
  /// The bytes of each frame.
  public let frames: [[UInt8]]

  /// A table of frames.
  public init(_ frames: [[UInt8]]) { self.frames = frames }

  /// Copies a frame.
  public func draw(_ observation: Observation, into bytes: inout MutableSpan<UInt8>) {
    for (index, byte) in frames[Int(observation[0])].enumerated() { bytes[index] = byte }
  }
}

extension GoldenFile {
  /// A setting that is a list of integers.
  public func integers(_ name: String) throws -> [Int] {
    try setting(name).split(separator: ",").compactMap { Int($0) }
  }

  /// The settings of the network whose metadata stand under a prefix.
  public func sightSettings(_ prefix: String = "") throws -> SightSettings {
    var settings = SightSettings()
    settings.channels = try integers(prefix + "channels")
    settings.kernels = try integers(prefix + "kernels")
    settings.strides = try integers(prefix + "strides")
    settings.normalises = try setting(prefix + "normalises") == "True"
    settings.poolKernel = try integer(prefix + "poolKernel")
    settings.poolStride = try integer(prefix + "poolStride")
    settings.residualUnits = try integer(prefix + "residualUnits")
    settings.dropout = try number(prefix + "dropout")
    settings.widths = try integers(prefix + "widths")
    return settings
  }

  /// What the network sees.
  public func sight(_ prefix: String = "") throws -> Sight {
    let (rows, columns) = (try integer(prefix + "rows"), try integer(prefix + "columns"))
    return rows == 1 && columns == 1
      ? .vector(count: try integer(prefix + "depth")) : .image(rows: rows, columns: columns)
  }

  /// The frames that observations name.
  public func frames() throws -> FrameTable {
    let frames = try tensor("frames")
    return FrameTable(
      (0..<frames.rows).map { row in
        frames.values[row * frames.columns..<(row + 1) * frames.columns].map { UInt8($0) }
      })
  }
}
