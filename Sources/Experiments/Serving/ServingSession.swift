// One connection to a served model: what is asked of its streams, in lines or in frames. Streams come when they are first
// named; they share matrices in blocks, which changes no bit of what is predicted.

internal import Evaluation
public import Foundation
internal import Models
internal import Randomness
internal import Tasks

/// What is asked of a stream, in whichever form it came.
struct StreamRequest {
  /// What is seen now, which asks for an action.
  var observation: Observation?
  var reward: Float?
  var isDone: Bool?
  var resets = false
  var closes = false
  var prompt: [ContextStep]?
  var tellsPredictions = false
}

/// What came of a request.
struct StreamOutcome {
  /// The action; nil if none was asked for.
  var action: Int?
  var predictions: [Float]?
  /// What is wrong with the request; the stream is as it was.
  var error: String?
}

/// A conversation with a frozen model, which keeps a context for each stream that is named.
public final class ServingSession {
  private let parameters: Parameters
  private let renderer: (any Renderer)?
  private let settings: ActingSettings
  private let seed: Seed
  let interface: TaskInterface
  /// The frames that the other side goes on in; nil while it writes lines.
  private(set) var frames: FrameLayout?
  private var blocks: [InContextAgent] = []
  private var places: [StreamName: Place] = [:]
  private var free: [Place] = []
  /// Streams whose contexts hold nothing yet, so that a prompt can be put in front.
  private var fresh: Set<StreamName> = []

  /// A stream of a block.
  private struct Place {
    let block: Int
    let stream: Int
  }

  /// A conversation that has not begun.
  /// - Parameter renderer: The family's, of a model that sees what is drawn.
  init(
    _ parameters: Parameters, renderer: (any Renderer)?, settings: ActingSettings, seed: Seed
  ) {
    self.parameters = parameters
    self.renderer = renderer
    self.settings = settings
    self.seed = seed
    interface = parameters.configuration.interface
  }

  /// The first line, without its end.
  public func greeting() throws -> Data {
    try Self.encoder.encode(
      ServingGreeting(
        program: "distill \(programVersion)", interface: interface,
        contextSteps: parameters.configuration.contextSteps))
  }

  /// Answers a line with a line, both without their ends. A mistake is answered too, and changes nothing.
  public func answer(_ line: Data) throws -> Data {
    do {
      let decoder = JSONDecoder()
      let isList = line.first { !" \t\r".utf8.contains($0) } == UInt8(ascii: "[")
      let requests =
        isList
        ? try decoder.decode([ServingRequest].self, from: line)
        : [try decoder.decode(ServingRequest.self, from: line)]
      if let version = requests.compactMap(\.binary).first {
        guard !isList else {
          throw ServingError("'binary' stands in a list, expected a line of its own")
        }
        return try Self.encoder.encode(
          try changeToFrames(ofVersion: version, tellingPredictions: requests[0].predictions))
      }
      let answers = answer(requests)
      return isList ? try Self.encoder.encode(answers) : try Self.encoder.encode(answers[0])
    } catch {
      return try Self.encoder.encode(
        ServingAnswer(error: ServingError(decoding: error).description))
    }
  }

  /// The answer to a line that was too long to be read.
  func answerToLongLine() throws -> Data {
    try Self.encoder.encode(
      ServingAnswer(error: "the line is longer than \(ServingProtocol.greatestLine) bytes"))
  }

  private static var encoder: JSONEncoder {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    encoder.keyEncodingStrategy = .convertToSnakeCase
    return encoder
  }

  private func changeToFrames(
    ofVersion version: Int, tellingPredictions: Bool?
  ) throws -> ServingForm {
    guard version == FrameLayout.version else {
      throw ServingError(
        "this program speaks version \(FrameLayout.version) of the binary form, not \(version)")
    }
    let layout = FrameLayout(
      interface,
      predictionCount: tellingPredictions == true ? parameters.configuration.predictionCount : 0)
    frames = layout
    return layout.form
  }

  /// Lines follow again.
  func leaveFrames() { frames = nil }

  private func answer(_ requests: [ServingRequest]) -> [ServingAnswer] {
    let outcomes = carryOut(
      requests.map { request in (request.stream, Result { try streamRequest(request) }) })
    return zip(requests, outcomes).map { request, outcome in
      ServingAnswer(
        stream: request.stream, action: outcome.action.map { ServedAction($0, of: interface) },
        predictions: outcome.predictions, error: outcome.error)
    }
  }

  private func streamRequest(_ line: ServingRequest) throws -> StreamRequest {
    StreamRequest(
      observation: try line.observation.map { try observation(ofNumbers: $0.values) },
      reward: try line.reward.map { try reward($0) }, isDone: line.done,
      resets: line.reset ?? false, closes: line.close ?? false,
      prompt: try line.prompt.map { try steps($0) }, tellsPredictions: line.predictions ?? false)
  }

  // MARK: Streams

  /// An observation that is to be acted on.
  private struct Turn {
    let request: Int
    let place: Place
    let observation: Observation
    let tellsPredictions: Bool
  }

  /// Carries out requests of different streams together, except those in which a mistake was found already.
  func carryOut(
    _ requests: [(stream: StreamName, asked: Result<StreamRequest, any Error>)]
  ) -> [StreamOutcome] {
    var outcomes = requests.map { _ in StreamOutcome() }
    var turns: [Turn] = []
    var named: Set<StreamName> = []
    for (index, (name, asked)) in requests.enumerated() {
      do {
        guard named.insert(name).inserted else {
          throw ServingError("stream \(name) is asked twice at once")
        }
        let request = try asked.get()
        guard let place = try take(request, of: name), let observation = request.observation
        else { continue }
        turns.append(
          Turn(
            request: index, place: place, observation: observation,
            tellsPredictions: request.tellsPredictions))
      } catch {
        outcomes[index].error = "\(error)"
      }
    }
    for (block, turns) in Dictionary(grouping: turns, by: \.place.block) {
      let agent = blocks[block]
      do {
        let actions = try agent.act(
          on: turns.map(\.observation), in: turns.map(\.place.stream))
        for (turn, action) in zip(turns, actions) {
          outcomes[turn.request].action = action
          if turn.tellsPredictions {
            outcomes[turn.request].predictions = agent.predictions(of: turn.place.stream)
          }
        }
      } catch {
        for turn in turns { outcomes[turn.request].error = "\(error)" }
      }
    }
    return outcomes
  }

  /// Does what a request asks, all of it or nothing, but for acting.
  /// - Returns: Where to act on the observation, if there is one; nil for a stream that is closed.
  private func take(_ request: StreamRequest, of name: StreamName) throws -> Place? {
    let place = places[name]
    let isWaiting = place.map { blocks[$0.block].isWaiting($0.stream) } ?? false
    if request.closes {
      guard let place else { throw ServingError("there is no stream \(name) to close") }
      places[name] = nil
      fresh.remove(name)
      free.append(place)
      return nil
    }
    if request.prompt != nil && !(request.resets || place == nil || fresh.contains(name)) {
      throw ServingError(
        "stream \(name) has lived steps already, so no prompt can come first; reset it")
    }
    if request.resets || !isWaiting {
      guard request.reward == nil && request.isDone == nil else {
        throw ServingError("stream \(name) has no action whose reward or end it could be told")
      }
    } else if request.reward == nil {
      throw ServingError("stream \(name) has acted and waits for its reward")
    }

    let mine = try place ?? makePlace(of: name)
    let agent = blocks[mine.block]
    if request.resets {
      agent.reset(mine.stream, drawing: random(of: name))
      fresh.insert(name)
    }
    if let reward = request.reward {
      try agent.observe(reward: reward, endsEpisode: request.isDone ?? false, in: mine.stream)
    }
    if let prompt = request.prompt { try agent.prompt(with: prompt, in: mine.stream) }
    if request.prompt != nil || request.observation != nil { fresh.remove(name) }
    return mine
  }

  /// A stream for a name that is new.
  private func makePlace(of name: StreamName) throws -> Place {
    if free.isEmpty {
      guard blocks.count * InContextRollout.streamsPerMatrix < ServingProtocol.greatestStreamCount
      else {
        throw ServingError(
          "there are \(ServingProtocol.greatestStreamCount) streams already; close some")
      }
      let count = InContextRollout.streamsPerMatrix
      let randoms = (0..<count).map { seed.random(for: "unnamed", $0) }
      free += (0..<count).reversed().map { Place(block: blocks.count, stream: $0) }
      blocks.append(
        InContextAgent(
          parameters, randoms: randoms, settings: settings, renderer: renderer))
    }
    let place = free.removeLast()
    blocks[place.block].reset(place.stream, drawing: random(of: name))
    places[name] = place
    fresh.insert(name)
    return place
  }

  /// What a stream's draws follow from: the seed and its name.
  private func random(of name: StreamName) -> Random { seed.random(for: "served \(name)") }

  // MARK: Numbers

  /// A reward as a message has it.
  func reward(_ value: Double) throws -> Float {
    let reward = Float(value)
    guard reward.isFinite else {
      throw ServingError("the reward \(value) is no finite number of 32 bits")
    }
    return reward
  }

  /// The steps of a prompt.
  private func steps(_ prompt: [ServingRequest.Step]) throws -> [ContextStep] {
    var startsEpisode = true
    return try prompt.map { step in
      defer { startsEpisode = step.done ?? false }
      return ContextStep(
        observation: try observation(ofNumbers: step.observation.values),
        action: try interface.action(step.action.values), reward: try reward(step.reward),
        startsEpisode: startsEpisode)
    }
  }

  /// An observation of numbers as they stand in a line.
  private func observation(ofNumbers values: [Double]) throws -> Observation {
    let sight = interface.sight
    let count = sight.isCarried ? sight.carriedCount : interface.observationSizes.count
    guard values.count == count else {
      throw ServingError("the observation has \(values.count) numbers, expected \(count)")
    }
    if case .floats = sight { return try observation(ofFloats: values.map(Float.init)) }
    return try observation(
      ofBytes: try values.enumerated().map { index, value in
        guard let byte = UInt8(exactly: value) else {
          throw misfit(value, at: index)
        }
        return byte
      })
  }

  /// An observation that carries numbers.
  func observation(ofFloats floats: [Float]) throws -> Observation {
    if let index = floats.firstIndex(where: { !$0.isFinite }) {
      throw ServingError("the observation's number \(index) is no finite number of 32 bits")
    }
    return Observation(floats: floats)
  }

  /// An observation that carries bytes, or has them as components.
  func observation(ofBytes bytes: [UInt8]) throws -> Observation {
    for (index, byte) in bytes.enumerated() where byte >= valueCount(at: index) {
      throw misfit(Double(byte), at: index)
    }
    if interface.sight.isCarried { return Observation(bytes: bytes) }
    var components = SIMD4<UInt8>()
    for (index, byte) in bytes.enumerated() { components[index] = byte }
    let observation = Observation(components: components)
    if let renderer, !renderer.canDraw(observation) {
      throw ServingError("the observation \(bytes) is none that the family can draw")
    }
    return observation
  }

  /// How many values a byte of an observation can have.
  private func valueCount(at index: Int) -> Int {
    switch interface.sight {
    case .categories(_, let categories): categories
    case .tensor, .floats: 256
    case .cells, .vector, .image: interface.observationSizes[index]
    }
  }

  private func misfit(_ value: Double, at index: Int) -> ServingError {
    ServingError(
      "the observation's number \(index) is \(value), expected a whole one from 0 to \(valueCount(at: index) - 1)"
    )
  }
}

extension TaskInterface {
  /// An action of numbers as they stand in a message: one, or the choices of its factors.
  fileprivate func action(_ values: [Double]) throws -> Int {
    let choices = values.map { Int(exactly: $0) ?? -1 }
    let sizes = values.count == 1 ? [actionCount] : actionFactors
    guard choices.count == sizes.count, zip(choices, sizes).allSatisfy({ (0..<$1).contains($0) })
    else {
      throw ServingError(
        "the action \(values) is none of factors of \(actionFactors) choices")
    }
    return values.count == 1 ? choices[0] : action(choosing: choices)
  }
}
