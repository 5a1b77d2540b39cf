// A frozen recurrent model that acts in many streams at once. What it remembers of a stream is what its
// layers carry from step to step: nothing is ever dropped and nothing read again, also beyond the number of
// steps that it was trained on.

internal import Layers
public import LinearAlgebra
public import Tasks

/// Contexts of several streams, with the predictions of a frozen model.
public protocol ActingContext: AnyObject {
  /// The predictions of the last `predict`, streams × `predictionCount`: logits, factor after factor, or values of
  /// actions.
  var logits: Matrix { get }

  /// Puts steps lived elsewhere, such as a demonstration, in front of an empty stream.
  func prefill(_ stream: Int, with steps: [ContextStep])

  /// Predicts the next action of streams, into their rows of `logits`.
  /// - Parameters:
  ///   - observations: What each of them sees now.
  ///   - streams: Each once. What the others remember stays as it is.
  func predict(_ observations: [Observation], in streams: [Int])

  /// Adds a finished step to a stream's context: what was seen in it is what was predicted for.
  func append(_ step: ContextStep, to stream: Int)

  /// Forgets all of a stream, as if it had just been made.
  func clear(_ stream: Int)
}

extension ActingContext {
  /// Predicts the next action of every stream, into `logits`.
  /// - Parameter observations: What each stream sees now.
  public func predict(_ observations: [Observation]) {
    predict(observations, in: Array(observations.indices))
  }
}

extension Parameters {
  /// Empty contexts of streams that a frozen model acts in, by architecture.
  /// - Parameters:
  ///   - droppedFraction: The greatest share of a full context that a transformer drops at once.
  ///   - renderer: Draws what is seen, where that is made of bytes.
  public func makeContext(
    streamCount: Int, droppedFraction: Double = 0.5, renderer: (any Renderer)? = nil
  ) -> any ActingContext {
    switch configuration.model.architecture {
    case .transformer:
      RollingContext(
        self, streamCount: streamCount, droppedFraction: droppedFraction, renderer: renderer)
    case .lstm: CarriedContext(self, streamCount: streamCount, renderer: renderer)
    }
  }
}

/// The memories of several streams of a recurrent model.
public final class CarriedContext: ActingContext {
  /// The predictions of the last `predict`: streams × `predictionCount`.
  public let logits: Matrix

  private let parameters: Parameters
  private let stack: RecurrentStack
  private let frames: FrameFeatures?
  /// The last finished step of each stream.
  private var last: [ContextStep?]

  /// Empty memories.
  /// - Parameter renderer: Draws what is seen, where that is made of bytes.
  public init(_ parameters: Parameters, streamCount: Int, renderer: (any Renderer)? = nil) {
    precondition(streamCount >= 1, "\(streamCount) streams make no prediction")
    let packed = Parameters(packing: parameters)
    self.parameters = packed
    stack = RecurrentStack(
      packed.configuration, steps: 1, rows: streamCount, isForBackward: false)
    frames = FrameFeatures(
      packed, streamCount: streamCount, framesPerStream: 1, renderer: renderer)
    last = Array(repeating: nil, count: streamCount)
    logits = Matrix(
      rows: streamCount, columns: packed.configuration.predictionCount)
  }

  /// Reads steps lived elsewhere, such as a demonstration, all of them, into an empty stream.
  public func prefill(_ stream: Int, with steps: [ContextStep]) {
    precondition(last[stream] == nil, "stream \(stream) has lived steps already")
    guard !steps.isEmpty else { return }
    keepingOthers(than: [stream]) {
      for step in steps {
        advance(last.indices.map { _ in step.observation })
        last[stream] = step
      }
    }
  }

  public func predict(_ observations: [Observation], in streams: [Int]) {
    precondition(
      observations.count == streams.count && !streams.isEmpty,
      "\(observations.count) observations for \(streams.count) streams")
    if streams.count == last.count && streams == Array(last.indices) {
      advance(observations)
      Linear.forward(stack.outputs(0..<1, rows: last.count), parameters.head, into: logits)
      return
    }
    // All rows go through the layers at once; those of other streams read what one of these sees.
    var all = Array(repeating: observations[0], count: last.count)
    for (stream, observation) in zip(streams, observations) { all[stream] = observation }
    let before = logits.values
    keepingOthers(than: streams) {
      advance(all)
      Linear.forward(stack.outputs(0..<1, rows: last.count), parameters.head, into: logits)
    }
    merge(streams, of: logits, into: before)
  }

  public func append(_ step: ContextStep, to stream: Int) { last[stream] = step }

  public func clear(_ stream: Int) {
    last[stream] = nil
    for matrix in stack.entering(rows: last.count) {
      matrix[rows: stream..<stream + 1].fill(with: 0)
    }
  }

  /// Does what moves all streams on, and puts back what other streams than these remembered.
  private func keepingOthers(than streams: [Int], _ body: () -> Void) {
    let carried = stack.entering(rows: last.count)
    let before = carried.map(\.values)
    body()
    for (matrix, values) in zip(carried, before) { merge(streams, of: matrix, into: values) }
  }

  /// Puts back the rows of a matrix as they were, but for those of some streams.
  private func merge(_ streams: [Int], of matrix: Matrix, into before: [Float]) {
    var merged = before
    for stream in streams {
      let own = matrix.row(stream)
      for column in own.indices { merged[stream * matrix.columns + column] = own[column] }
    }
    matrix.assign(merged)
  }

  /// Lets all streams read their last action and reward and what they see now.
  private func advance(_ observations: [Observation]) {
    frames?.see(observations, as: last.indices.map { ($0, 0) })
    for stream in last.indices {
      var token = TokenContent(
        StepInput(observation: observations[stream], after: last[stream]))
      if let frames { token.see(frames.row(of: stream, 0)) }
      Embedding.forward(
        token, position: 0, parameters.embedding, features: frames?.features, into: stack.inputs,
        row: stream)
    }
    stack.forward(0, rows: last.count, parameters)
    stack.continueFrom(1, rows: last.count)
  }
}
