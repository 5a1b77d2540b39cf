// One connection to a served model: lines in, lines out. Streams come when they are first named; they share matrices in
// blocks, which changes no bit of what is predicted.

internal import Evaluation
public import Foundation
internal import Models
internal import Randomness
internal import Tasks

/// A conversation with a frozen model, which keeps a context for each stream that is named.
public final class ServingSession {
  private let parameters: Parameters
  private let settings: ActingSettings
  private let seed: Seed
  private let interface: TaskInterface
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
  init(_ parameters: Parameters, settings: ActingSettings, seed: Seed) {
    self.parameters = parameters
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

  /// An observation that is to be acted on.
  private struct Turn {
    let answer: Int
    let place: Place
    let observation: Observation
    let tellsPredictions: Bool
  }

  private func answer(_ requests: [ServingRequest]) -> [ServingAnswer] {
    var answers = requests.map { ServingAnswer(stream: $0.stream) }
    var turns: [Turn] = []
    var named: Set<StreamName> = []
    for (index, request) in requests.enumerated() {
      do {
        guard named.insert(request.stream).inserted else {
          throw ServingError("stream \(request.stream) stands in one line twice")
        }
        guard let (place, observation) = try take(request) else { continue }
        turns.append(
          Turn(
            answer: index, place: place, observation: observation,
            tellsPredictions: request.predictions ?? false))
      } catch {
        answers[index].error = "\(error)"
      }
    }
    for (block, turns) in Dictionary(grouping: turns, by: \.place.block) {
      let agent = blocks[block]
      do {
        let actions = try agent.act(
          on: turns.map(\.observation), in: turns.map(\.place.stream))
        for (turn, action) in zip(turns, actions) {
          answers[turn.answer].action = ServedAction(action, of: interface)
          if turn.tellsPredictions {
            answers[turn.answer].predictions = agent.predictions(of: turn.place.stream)
          }
        }
      } catch {
        for turn in turns { answers[turn.answer].error = "\(error)" }
      }
    }
    return answers
  }

  /// Does what a request asks, all of it or nothing, but for acting.
  /// - Returns: What to act on; nil if nothing is.
  private func take(_ request: ServingRequest) throws -> (Place, Observation)? {
    let name = request.stream
    let place = places[name]
    let isReset = request.reset ?? false
    let isWaiting = place.map { blocks[$0.block].isWaiting($0.stream) } ?? false
    if request.close ?? false {
      guard let place else { throw ServingError("there is no stream \(name) to close") }
      places[name] = nil
      fresh.remove(name)
      free.append(place)
      return nil
    }
    let observation = try request.observation.map { try interface.observation($0.values) }
    let prompt = try request.prompt.map { try steps($0) }
    let reward = try request.reward.map { try Self.reward($0) }
    if prompt != nil && !(isReset || place == nil || fresh.contains(name)) {
      throw ServingError(
        "stream \(name) has lived steps already, so no prompt can come first; reset it")
    }
    if isReset || !isWaiting {
      guard reward == nil && request.done == nil else {
        throw ServingError("stream \(name) has no action whose reward or end it could be told")
      }
    } else if reward == nil {
      throw ServingError("stream \(name) has acted and waits for its reward")
    }

    let mine = try place ?? makePlace(of: name)
    let agent = blocks[mine.block]
    if isReset {
      agent.reset(mine.stream, drawing: random(of: name))
      fresh.insert(name)
    }
    if let reward {
      try agent.observe(reward: reward, endsEpisode: request.done ?? false, in: mine.stream)
    }
    if let prompt { try agent.prompt(with: prompt, in: mine.stream) }
    if prompt != nil || observation != nil { fresh.remove(name) }
    return observation.map { (mine, $0) }
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
      blocks.append(InContextAgent(parameters, randoms: randoms, settings: settings))
    }
    let place = free.removeLast()
    blocks[place.block].reset(place.stream, drawing: random(of: name))
    places[name] = place
    fresh.insert(name)
    return place
  }

  /// What a stream's draws follow from: the seed and its name.
  private func random(of name: StreamName) -> Random { seed.random(for: "served \(name)") }

  private static func reward(_ value: Double) throws -> Float {
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
        observation: try interface.observation(step.observation.values),
        action: try interface.action(step.action.values), reward: try Self.reward(step.reward),
        startsEpisode: startsEpisode)
    }
  }
}

extension TaskInterface {
  /// An observation of numbers as they stand in a message.
  fileprivate func observation(_ values: [Double]) throws -> Observation {
    let count = sight.isCarried ? sight.carriedCount : observationSizes.count
    guard values.count == count else {
      throw ServingError("the observation has \(values.count) numbers, expected \(count)")
    }
    if case .floats = sight {
      let floats = values.map(Float.init)
      guard floats.allSatisfy(\.isFinite) else {
        throw ServingError("the observation \(values) has a number that no 32 bits hold")
      }
      return Observation(floats: floats)
    }
    var bytes: [UInt8] = []
    for (index, value) in values.enumerated() {
      let most: Int =
        switch sight {
        case .categories(_, let categories): categories
        case .tensor: 256
        default: observationSizes[index]
        }
      guard let byte = UInt8(exactly: value), byte < most else {
        throw ServingError(
          "the observation's number \(index) is \(value), expected a whole one from 0 to \(most - 1)"
        )
      }
      bytes.append(byte)
    }
    if sight.isCarried { return Observation(bytes: bytes) }
    var components = SIMD4<UInt8>()
    for (index, byte) in bytes.enumerated() { components[index] = byte }
    return Observation(components: components)
  }

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
