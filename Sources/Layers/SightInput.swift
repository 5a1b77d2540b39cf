// What a network reads of an observation: floats, whatever an agent is shown. Categories are the exception: they
// are read as numbers of table rows, since one float for each value of each place would be thousands of zeros.

package import LinearAlgebra
package import Tasks

/// The shape of what a network reads.
package struct SightShape: Sendable {
  /// Pixel rows of a row of floats; 1 if no picture is shown.
  package let rows: Int
  /// Pixel columns; 1 if no picture is shown.
  package let columns: Int
  /// Floats of a pixel; all of them if no picture is shown.
  package let channels: Int
  /// The categories that each float is one of; nil where floats are quantities.
  package let categories: Int?

  /// The shape for tasks with an interface.
  package init(_ interface: TaskInterface) {
    if case .categories(_, let values) = interface.sight {
      categories = values
    } else {
      categories = nil
    }
    switch interface.sight {
    case .cells:
      // A network that is shown nothing sees a float that never changes.
      (rows, columns, channels) = (1, 1, max(1, interface.observationSizes.reduce(0, +)))
    case .vector(let count): (rows, columns, channels) = (1, 1, count)
    case .image(let height, let width): (rows, columns, channels) = (height, width, 3)
    case .floats(let count): (rows, columns, channels) = (1, 1, count)
    case .tensor(let shape) where shape.count == 2 || shape.count == 3:
      (rows, columns, channels) = (shape[0], shape[1], shape.count == 3 ? shape[2] : 1)
    case .tensor, .categories:
      (rows, columns, channels) = (1, 1, interface.sight.carriedCount)
    }
  }

  /// The floats of an observation.
  package var size: Int { rows * columns * channels }
}

/// Turns observations into rows of floats: components into one float for each value, of which one is 1; bytes into
/// −1 ... 1; floats and categories as they are.
package struct SightInput: Sendable {
  /// The shape of what is read.
  package let shape: SightShape
  private let interface: TaskInterface
  private let renderer: (any Renderer)?

  /// The input of tasks with an interface.
  /// - Parameter renderer: Draws what is shown, if that is made of bytes.
  package init(_ interface: TaskInterface, renderer: (any Renderer)?) {
    precondition(
      (interface.sight.byteCount > 0) == (renderer != nil),
      "\(interface.sight) and \(renderer == nil ? "no renderer" : "a renderer") do not go together")
    self.interface = interface
    self.renderer = renderer
    shape = SightShape(interface)
  }

  /// Overwrites a row of a matrix of `shape.size` columns with what is shown of an observation.
  /// - Parameter bytes: Memory to draw in; grows to what a picture takes.
  package func read(
    _ observation: Observation, into matrix: Matrix, row: Int, drawingIn bytes: inout [UInt8]
  ) {
    var floats = matrix.mutableRow(row)
    precondition(
      floats.count == shape.size,
      "\(floats.count) floats do not take an input of \(shape.size)")
    switch interface.sight {
    case .floats:
      let seen = observation.floats
      checkCount(seen.count)
      for index in floats.indices { floats[index] = seen[index] }
      return
    case .tensor:
      let seen = observation.bytes
      checkCount(seen.count)
      for index in floats.indices { floats[index] = Float(seen[index]) * (2 / 255) - 1 }
      return
    case .categories(_, let values):
      let seen = observation.bytes
      checkCount(seen.count)
      for index in floats.indices {
        precondition(seen[index] < values, "category \(seen[index]) of \(values) at place \(index)")
        floats[index] = Float(seen[index])
      }
      return
    case .cells, .vector, .image: break
    }
    guard let renderer else {
      for index in floats.indices { floats[index] = 0 }
      var first = 0
      for component in interface.observationSizes.indices {
        floats[first + Int(observation[component])] = 1
        first += interface.observationSizes[component]
      }
      return
    }
    if bytes.count != shape.size { bytes = Array(repeating: 0, count: shape.size) }
    var drawn = bytes.mutableSpan
    renderer.draw(observation, into: &drawn)
    for index in floats.indices { floats[index] = Float(drawn[index]) * (2 / 255) - 1 }
  }

  private func checkCount(_ count: Int) {
    precondition(
      count == shape.size, "an observation carries \(count) numbers, not \(interface.sight)")
  }
}
