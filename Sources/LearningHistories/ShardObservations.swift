// How observations lie in a shard: a byte for each component, or the floats or bytes that an observation carries. In
// order: the type and shape of a step, writing, what does not fit an interface, reading.

internal import SourceAlgorithms
package import Tasks
internal import TensorFiles

/// The type and shape of the observations of an interface.
struct ObservationLayout: Sendable {
  let type: ElementType
  /// The shape of one step.
  let shape: [Int]
  /// The elements of one step.
  let count: Int

  init(_ interface: TaskInterface) {
    switch interface.sight {
    case .cells, .vector, .image: (type, shape) = (.uint8, [interface.observationSizes.count])
    case .floats(let count): (type, shape) = (.float32, [count])
    case .tensor(let shape), .categories(let shape, _): (type, self.shape) = (.uint8, shape)
    }
    count = shape.reduce(1, *)
  }

  var bytesPerStep: Int { count * type.byteCount }

  /// Appends the observations of an episode as a file holds them.
  /// - Precondition: They fit the interface.
  func append(_ episode: Episode, of sight: Sight, to bytes: inout [UInt8]) {
    // Where nothing is seen there is nothing to append; of an empty array the library would write the count all the same,
    // which is memory that all threads share.
    guard count > 0 else { return }
    let (steps, componentCount) = (0..<episode.stepCount, count)
    switch sight {
    case .cells, .vector, .image:
      let rows = episode.rows.span
      bytes.append(addingCapacity: rows.count * componentCount) { output in
        // Unrolled for places on a grid, which tabular learners see.
        if componentCount == 2 {
          for index in rows.indices {
            output.append(UInt8(truncatingIfNeeded: rows[index].digits))
            output.append(UInt8(truncatingIfNeeded: rows[index].digits >> 8))
          }
        } else {
          for index in rows.indices {
            let observation = Observation(digits: rows[index].digits)
            for component in 0..<componentCount { output.append(observation[component]) }
          }
        }
      }
    case .floats:
      for step in steps {
        for float in episode.observation(at: step).floats {
          bytes.append(littleEndian: float.bitPattern)
        }
      }
    case .tensor, .categories:
      for step in steps { bytes += episode.observation(at: step).bytes }
    }
  }
}

extension [UInt8] {
  /// Appends the bytes of a number, the least significant first.
  mutating func append<Number: FixedWidthInteger>(littleEndian number: Number) {
    for byte in 0..<Number.bitWidth / 8 { append(UInt8(truncatingIfNeeded: number >> (8 * byte))) }
  }
}

/// Something in a step that no task with an interface can have.
package struct Misfit: Equatable {
  /// Such as `the action`.
  package let what: String
  /// Such as `an action from 0 to 4`.
  package let expected: String
  /// Such as `7`.
  package let found: String
}

extension TaskInterface {
  /// The first component of an observation that is too large.
  func misfit(ofComponents component: (Int) -> UInt8) -> Misfit? {
    for (index, size) in observationSizes.enumerated() where component(index) >= size {
      return Misfit(
        what: "the observed component \(index) with", expected: "a value from 0 to \(size - 1)",
        found: "\(component(index))")
    }
    return nil
  }

  /// The first carried float that is not finite.
  func misfit(ofFloats float: (Int) -> Float) -> Misfit? {
    for index in 0..<sight.carriedCount where !float(index).isFinite {
      return Misfit(
        what: "the observed number \(index) with", expected: "a finite number",
        found: "\(float(index))")
    }
    return nil
  }

  /// The first carried byte that is no category.
  func misfit(ofCategories byte: (Int) -> UInt8) -> Misfit? {
    guard case .categories(_, let values) = sight, values < 256 else { return nil }
    for index in 0..<sight.carriedCount where byte(index) >= values {
      return Misfit(
        what: "the observed category \(index) with", expected: "a value from 0 to \(values - 1)",
        found: "\(byte(index))")
    }
    return nil
  }

  /// What does not fit in an observation.
  package func misfit(of observation: Observation) -> Misfit? {
    let (floats, bytes) = (observation.floats, observation.bytes)
    let (floatCount, byteCount) =
      switch sight {
      case .cells, .vector, .image: (0, 0)
      case .floats(let count): (count, 0)
      case .tensor, .categories: (0, sight.carriedCount)
      }
    guard floats.count == floatCount && bytes.count == byteCount else {
      return Misfit(
        what: "an observation that carries",
        expected: Self.carried(floatCount, byteCount),
        found: Self.carried(floats.count, bytes.count))
    }
    return switch sight {
    case .cells, .vector, .image: misfit(ofComponents: { observation[$0] })
    case .floats: misfit(ofFloats: { floats[$0] })
    case .tensor, .categories: misfit(ofCategories: { bytes[$0] })
    }
  }

  private static func carried(_ floats: Int, _ bytes: Int) -> String {
    floats == 0 && bytes == 0 ? "nothing" : bytes == 0 ? "\(floats) floats" : "\(bytes) bytes"
  }
}

/// The observations of an open shard.
enum ShardObservations: Sendable {
  case components(TensorView<UInt8>, count: Int)
  case floats(TensorView<Float>, count: Int)
  case bytes(TensorView<UInt8>, count: Int)

  init(_ file: TensorFile, _ interface: TaskInterface, steps: Int) throws(TensorFileError) {
    let layout = ObservationLayout(interface)
    let (name, shape) = (ShardSchema.Field.observations.rawValue, [steps] + layout.shape)
    switch interface.sight {
    case .cells, .vector, .image:
      self = .components(
        try file.tensor(name, of: UInt8.self, shape: shape), count: layout.count)
    case .floats:
      self = .floats(try file.tensor(name, of: Float.self, shape: shape), count: layout.count)
    case .tensor, .categories:
      self = .bytes(try file.tensor(name, of: UInt8.self, shape: shape), count: layout.count)
    }
  }

  /// The observation of a step; one that carries something is allocated.
  func callAsFunction(at step: Int) -> Observation {
    switch self {
    case .components(let bytes, let count):
      var components = SIMD4<UInt8>.zero
      let first = step * count
      for component in 0..<count { components[component] = bytes[first + component] }
      return Observation(components: components)
    case .floats(let floats, let count):
      return Observation(floats: floats.elements(in: step * count..<(step + 1) * count))
    case .bytes(let bytes, let count):
      return Observation(bytes: bytes.elements(in: step * count..<(step + 1) * count))
    }
  }

  /// Has the system begin to read the observations of steps.
  func willRead(_ steps: Range<Int>) {
    switch self {
    case .components(let bytes, let count), .bytes(let bytes, let count):
      bytes.willRead(steps.lowerBound * count..<steps.upperBound * count)
    case .floats(let floats, let count):
      floats.willRead(steps.lowerBound * count..<steps.upperBound * count)
    }
  }

  /// Whether some step has an observation that no task with the interface can have. Looks at numbers in the order they
  /// lie in.
  func haveMisfit(_ interface: TaskInterface) -> Bool {
    switch self {
    case .components(let bytes, let count):
      return interface.observationSizes.indices.contains { component in
        let most = interface.observationSizes[component] - 1
        var index = component
        while index < bytes.count {
          if Int(bytes[index]) > most { return true }
          index += count
        }
        return false
      }
    case .floats(let floats, _):
      return (0..<floats.count).contains { !floats[$0].isFinite }
    case .bytes(let bytes, _):
      guard case .categories(_, let values) = interface.sight else { return false }
      return (0..<bytes.count).contains { Int(bytes[$0]) >= values }
    }
  }

  /// What in the observation of a step no task with the interface can have.
  func misfit(at step: Int, _ interface: TaskInterface) -> Misfit? {
    switch self {
    case .components(let bytes, let count):
      interface.misfit(ofComponents: { bytes[step * count + $0] })
    case .floats(let floats, let count): interface.misfit(ofFloats: { floats[step * count + $0] })
    case .bytes(let bytes, let count):
      interface.misfit(ofCategories: { bytes[step * count + $0] })
    }
  }
}
