// A network that encodes observations, in one piece: what it reads of them and who draws it, its pass, and the
// memory of both.

package import LinearAlgebra
package import Tasks

/// Encodes up to `capacity` observations at once.
package final class ObservationEncoder {
  private let reading: SightInput
  private let pass: SightPass
  private var drawn: [UInt8] = []

  /// Memory for up to `capacity` observations.
  /// - Parameters:
  ///   - renderer: Draws what is seen, where that is made of bytes.
  ///   - isForBackward: Whether `backward` is ever called.
  package init(
    _ network: SightNetwork, of interface: TaskInterface, renderer: (any Renderer)?,
    capacity: Int, isForBackward: Bool = true
  ) {
    reading = SightInput(interface, renderer: renderer)
    pass = SightPass(network, capacity: capacity, isForBackward: isForBackward)
  }

  /// Capacity × inputs: what was read.
  package var input: Matrix { pass.input }

  /// Overwrites a row of the input with what is seen of an observation.
  package func read(_ observation: Observation, row: Int) {
    reading.read(observation, into: pass.input, row: row, drawingIn: &drawn)
  }

  /// Encodes what the first rows of the input hold.
  /// - Parameters:
  ///   - noise: The seed of the dropout in training; nil without.
  ///   - first: The number of the first row within its batch, for the dropout.
  /// - Returns: count × outputs, until the next pass.
  package func forward(
    _ count: Int, _ p: SightNetwork.Parameters, noise: UInt32? = nil, first: Int = 0
  ) -> Matrix {
    pass.forward(count, p, noise: noise, first: first)
  }

  /// Undoes `forward` of as many rows: adds to the gradients of the parameters.
  /// - Parameter doutput: count × outputs.
  package func backward(
    _ doutput: Matrix, _ p: SightNetwork.Parameters, into d: SightNetwork.Parameters,
    noise: UInt32? = nil, first: Int = 0
  ) {
    pass.backward(doutput, p, into: d, noise: noise, first: first)
  }
}
