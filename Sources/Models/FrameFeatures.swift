// What a frozen model makes of the frames that streams have seen: each is drawn and encoded once, however
// often its window is read again.

internal import Layers
internal import LinearAlgebra
internal import Tasks

/// The features of the frames in the contexts of several streams.
final class FrameFeatures {
  /// Streams · context × width.
  let features: Matrix
  private let network: SightNetwork.Parameters
  private let encoder: ObservationEncoder
  private let framesPerStream: Int

  /// Room for the frames of full contexts; nil where no frames are seen.
  /// - Parameter parameters: With packed weights.
  init?(
    _ parameters: Parameters, streamCount: Int, framesPerStream: Int, renderer: (any Renderer)?
  ) {
    let configuration = parameters.configuration
    guard let network = parameters.embedding.sight,
      let encoder = configuration.makeEncoder(
        capacity: streamCount, renderer: renderer, isForBackward: false)
    else { return nil }
    self.network = network
    self.encoder = encoder
    self.framesPerStream = framesPerStream
    features = Matrix(
      rows: streamCount * framesPerStream, columns: configuration.embeddingWidth)
  }

  /// The row of `features` of a stream's step.
  func row(of stream: Int, _ step: Int) -> Int { stream * framesPerStream + step }

  /// Encodes observations, at most as many as streams, as steps of streams.
  func see(_ observations: [Observation], as places: [(stream: Int, step: Int)]) {
    for (row, observation) in observations.enumerated() { encoder.read(observation, row: row) }
    let found = encoder.forward(observations.count, network)
    for (index, place) in places.enumerated() {
      let row = row(of: place.stream, place.step)
      features[rows: row..<row + 1].copy(from: found[rows: index..<index + 1])
    }
  }

  /// Forgets the first steps of a stream and moves the others to the front.
  func dropFirst(_ count: Int, of stream: Int, keeping kept: Int) {
    for step in 0..<kept {
      let (from, to) = (row(of: stream, step + count), row(of: stream, step))
      features[rows: to..<to + 1].copy(from: features[rows: from..<from + 1])
    }
  }
}
