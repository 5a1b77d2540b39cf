// The loss of windows that nothing is learned from, in the lanes and with the memory of the trainer's updates.

internal import Contexts
internal import LinearAlgebra
internal import Models

/// The loss of every lane's windows without dropout, a lane a part.
final class MeasuringWork: ConcurrentWork {
  struct Task {
    let batch: ContextBatch
    let totalWeight: Double
  }

  var task: Task?
  private let lanes: [Range<Int>]
  private let passes: [any ModelPass]
  private let parameters: Parameters
  private let labelSmoothing: Double
  /// Of each lane; objects, since workers write to several at once.
  private let found: [Result]

  private final class Result {
    var value = PassResult()
  }

  /// - Parameter passes: One for each worker.
  init(
    lanes: [Range<Int>], passes: [any ModelPass], _ parameters: Parameters, labelSmoothing: Double
  ) {
    self.lanes = lanes
    self.passes = passes
    self.parameters = parameters
    self.labelSmoothing = labelSmoothing
    found = lanes.map { _ in Result() }
  }

  /// What each lane found.
  var results: [PassResult] { found.map(\.value) }

  func perform(part: Int, worker: Int) {
    guard let task else { preconditionFailure("no batch to measure the loss of") }
    let pass = passes[worker]
    found[part].value = pass.sum(over: lanes[part]) { windows in
      pass.measure(
        task.batch, windows: windows, parameters, totalWeight: task.totalWeight,
        labelSmoothing: labelSmoothing)
    }
  }
}
