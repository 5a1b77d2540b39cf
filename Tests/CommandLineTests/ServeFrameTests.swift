// `distill serve` in its binary form, and of models that see what their family draws.

import Evaluation
import Experiments
import Foundation
import Interprocess
import Models
import Randomness
import Tasks
import TestSupport
import Testing

/// A record of a frame.
private struct Asked {
  var stream: UInt32 = 0
  var asks: UInt8 = 1
  var ends: UInt8 = 0
  var zero: UInt16 = 0
  var reward = 0.0
  var observation: [UInt8]

  var bytes: [UInt8] {
    var bytes: [UInt8] = []
    bytes.append(number: stream)
    bytes += [asks, ends]
    bytes.append(number: zero)
    bytes.append(number: reward)
    return bytes + observation
      + [UInt8](repeating: 0, count: (observation.count + 7) / 8 * 8 - observation.count)
  }
}

/// A frame with these records.
private func frame(_ records: [Asked], ofBytes size: Int? = nil) -> [UInt8] {
  var bytes: [UInt8] = []
  bytes.append(number: UInt32(records.count))
  bytes.append(number: UInt32(size ?? records.first?.bytes.count ?? 24))
  return bytes + records.flatMap(\.bytes)
}

/// What answered a record.
private struct Answered: Equatable {
  let stream: UInt32
  let action: UInt32
  let failed: UInt32
  let predictions: [Float]
}

/// The lines and frames that a program wrote.
private struct Written {
  var rest: [UInt8]

  mutating func line() -> String {
    let end = rest.firstIndex(of: UInt8(ascii: "\n")) ?? rest.endIndex
    defer { rest = Array(rest.dropFirst(end + 1)) }
    return String(decoding: rest[..<end], as: UTF8.self)
  }

  mutating func frame(_ predictionCount: Int = 0) -> (answers: [Answered], text: String) {
    let (count, text) = (rest.number(at: 0, as: UInt32.self), rest.number(at: 4, as: UInt32.self))
    let size = 12 + 4 * predictionCount
    let answers = (0..<Int(count)).map { index in
      let start = 8 + index * size
      return Answered(
        stream: rest.number(at: start, as: UInt32.self),
        action: rest.number(at: start + 4, as: UInt32.self),
        failed: rest.number(at: start + 8, as: UInt32.self),
        predictions: rest.numbers(at: start + 12, count: predictionCount, as: Float.self))
    }
    let end = 8 + Int(count) * size + Int(text)
    defer { rest = Array(rest.dropFirst(end)) }
    return (answers, String(decoding: rest[(end - Int(text))..<end], as: UTF8.self))
  }
}

@Suite struct `A served model's frames` {
  private let scratch: ScratchFolder

  init() throws { scratch = try ScratchFolder() }

  /// A file with a small untrained model.
  private func model(_ interface: TaskInterface) throws -> (path: String, parameters: Parameters) {
    var settings = ModelSettings()
    (settings.width, settings.layers, settings.heads, settings.feedForward) = (8, 1, 2, 16)
    let parameters = Parameters(
      ModelConfiguration(model: settings, interface: interface, contextSteps: 12), seed: Seed(1))
    let path = scratch.file("model.safetensors")
    try Checkpoint.write(parameters, to: URL(fileURLWithPath: path))
    return (path, parameters)
  }

  private static let room = DarkRoomFamily(size: 5, episodeLength: 6).interface

  /// What comes back for frames, behind the greeting and the answer to the wish for them.
  private func answers(
    _ bytes: [UInt8], of model: String, predictions: Bool = false, status: Int32 = 0
  ) throws -> (form: String, written: Written, errors: String) {
    let wish = "{\"binary\":1,\"predictions\":\(predictions)}\n"
    let outcome = try run(["serve", model], bytes: Array(wish.utf8) + bytes)
    #expect(outcome.status == status, "\(outcome.errors)")
    var written = Written(rest: outcome.bytes)
    _ = written.line()
    return (written.line(), written, outcome.errors)
  }

  private struct Answer: Decodable {
    let action: Factors
    let predictions: [Float]

    struct Factors: Decodable {
      let choices: [Int]
      init(from decoder: any Decoder) throws {
        let value = try decoder.singleValueContainer()
        choices = try (try? value.decode([Int].self)) ?? [value.decode(Int.self)]
      }
    }
  }

  @Test(arguments: [
    room,
    TaskInterface(sight: .floats(count: 3), actionFactors: [3, 2], episodeLength: 5, rewards: nil),
    TaskInterface(
      sight: .tensor(shape: [5, 4, 3]), actionCount: 4, episodeLength: 5, rewards: nil),
    TaskInterface(
      sight: .categories(shape: [3, 3], values: 7), actionCount: 4, episodeLength: 5, rewards: nil),
  ])
  func `are answered as lines are, to the bit`(interface: TaskInterface) throws {
    let (path, parameters) = try model(interface)
    var random = Seed(3).random(for: "observations")
    let (streams, steps) = (11, 5)
    var lines: [String] = []
    var frames: [UInt8] = []
    for step in 0..<steps {
      var records: [Asked] = []
      var requests: [String] = []
      for stream in 0..<streams {
        let (numbers, bytes) = observation(interface, &random)
        let reward = interface.rewards == nil ? Double(random.below(9)) - 4 : 0
        let ends = step == 2
        records.append(
          Asked(
            stream: UInt32(stream), asks: step == 0 ? 1 : 3, ends: ends ? 2 : 0, reward: reward,
            observation: bytes))
        let told = step == 0 ? "" : "\"reward\":\(reward),\"done\":\(ends),"
        requests.append(
          "{\"stream\":\(stream),\(told)\"observation\":\(numbers),\"predictions\":true}")
      }
      lines.append("[\(requests.joined(separator: ","))]")
      frames += frame(records)
    }
    let spoken = try run(["serve", path], input: lines.joined(separator: "\n"))
      .output.split(separator: "\n").dropFirst()
    var (form, written, errors) = try answers(frames, of: path, predictions: true)
    #expect(errors == "")
    let count = parameters.configuration.predictionCount
    #expect(form.hasPrefix("{\"answer_bytes\":\(12 + 4 * count),\"binary\":1,"))
    for line in spoken {
      let expected = try JSONDecoder().decode([Answer].self, from: Data(line.utf8))
      let (found, text) = written.frame(count)
      #expect(text == "")
      #expect(found.map(\.stream) == (0..<UInt32(streams)).map { $0 })
      #expect(found.allSatisfy { $0.failed == 0 })
      #expect(found.map(\.predictions) == expected.map(\.predictions))
      let chosen = expected.map {
        $0.action.choices.count == 1
          ? $0.action.choices[0] : interface.action(choosing: $0.action.choices)
      }
      #expect(found.map { Int($0.action) } == chosen)
    }
    #expect(spoken.count == steps && written.rest.isEmpty)
  }

  /// An observation as a line has it, and as a worker writes it.
  private func observation(
    _ interface: TaskInterface, _ random: inout Random
  ) -> (numbers: String, bytes: [UInt8]) {
    if case .floats(let count) = interface.sight {
      let floats = (0..<count).map { _ in Float(random.below(1000)) / 512 }
      var bytes: [UInt8] = []
      for float in floats { bytes.append(number: float) }
      return ("\(floats)", bytes)
    }
    let values: Int = if case .categories(_, let values) = interface.sight { values } else { 5 }
    let count = max(interface.sight.carriedCount, interface.observationSizes.count)
    let bytes = (0..<count).map { _ in UInt8(random.below(values)) }
    return ("\(bytes)", interface.sight.isCarried ? bytes : bytes + [0, 0])
  }

  @Test(arguments: [
    ([UInt8](repeating: 7, count: 5), "a frame ends after 5 of the 8 bytes of its header"),
    (
      Array(frame([Asked(observation: [2, 2, 0, 0])]).dropLast(3)),
      "a frame ends after 21 of the 24 bytes of its records"
    ),
    (
      frame([Asked(observation: [2, 2, 0, 0])], ofBytes: 32),
      "a frame has records of 32 bytes, expected 24"
    ),
    (
      [255, 255, 255, 255, 24, 0, 0, 0],
      "a frame has 4294967295 records, expected at most 4096"
    ),
    (
      Array("{\"observation\":[2,2]}\n".utf8),
      "a frame has records of 1987208563 bytes, expected 24"
    ),
  ])
  func `that are none end the conversation with a sentence`(bytes: [UInt8], sentence: String) throws
  {
    let (path, _) = try model(Self.room)
    let good = Asked(observation: [2, 2, 0, 0])
    var (_, written, errors) = try answers(frame([good]) + bytes, of: path, status: 65)
    #expect(written.frame().answers.count == 1)
    #expect(written.frame() == (answers: [], text: sentence))
    #expect(written.rest.isEmpty)
    #expect(errors.contains(sentence))
  }

  @Test func `with mistakes in some records are answered for the others`() throws {
    let (path, _) = try model(Self.room)
    let cell: [UInt8] = [2, 2, 0, 0]
    let mistakes: [(Asked, String)] = [
      (
        Asked(asks: 3, reward: 1, observation: cell),
        "stream 1 has no action whose reward or end it could be told"
      ),
      (Asked(ends: 1, observation: cell), "stream 2 has no action whose reward or end"),
      (Asked(asks: 8, observation: cell), "there is no stream 3 to close"),
      (Asked(asks: 17, observation: cell), "a record asks for 17, expected at most 15"),
      (Asked(ends: 3, observation: cell), "a record's end is 3, expected 0, 1 or 2"),
      (Asked(zero: 9, observation: cell), "a record's bytes 6 and 7 are 9, expected 0"),
      (
        Asked(observation: [2, 5, 0, 0]),
        "the observation's number 1 is 5.0, expected a whole one from 0 to 4"
      ),
      (
        Asked(observation: [2, 2, 1, 0]),
        "the observation's byte 2 is 1, expected 0 behind its 2 components"
      ),
      (
        Asked(asks: 3, reward: .nan, observation: cell),
        "the reward nan is no finite number of 32 bits"
      ),
    ]
    let wrong = mistakes.enumerated().map { index, mistake in
      var record = mistake.0
      record.stream = UInt32(index + 1)
      return record
    }
    let right = Asked(observation: cell)
    var (_, written, _) = try answers(
      frame([right] + wrong + [right]) + frame([right])
        + frame([Asked(asks: 3, ends: 1, reward: 1, observation: cell)])
        + frame([Asked(asks: 8, observation: cell)])
        + frame([Asked(asks: 4, observation: cell)]), of: path)
    let (found, text) = written.frame()
    #expect(found.map(\.failed) == [0] + Array(repeating: 1, count: mistakes.count + 1))
    #expect(found[0].action < 5 && found.dropFirst().allSatisfy { $0.action == .max })
    let sentences = text.split(separator: "\n")
    #expect(sentences.count == mistakes.count + 1)
    for (sentence, mistake) in zip(sentences, mistakes) {
      #expect(sentence.hasPrefix(mistake.1), "\(sentence)")
    }
    #expect(sentences.last == "stream 0 is asked twice at once")
    #expect(written.frame().text == "stream 0 has acted and waits for its reward")
    #expect(written.frame().answers[0].action < 5)
    for _ in 0..<2 {
      #expect(
        written.frame().answers
          == [Answered(stream: 0, action: .max, failed: 0, predictions: [])])
    }
    #expect(written.rest.isEmpty)
  }

  @Test func `stop where an empty one says so, and the streams go on`() throws {
    let (path, _) = try model(Self.room)
    let right = Asked(observation: [2, 2, 0, 0])
    let lines = "{\"observation\":[2,2]}\n{\"reward\":1,\"observation\":[2,3]}\n"
    var (_, written, _) = try answers(
      frame([right]) + frame([], ofBytes: 24) + Array(lines.utf8), of: path)
    _ = written.frame()
    #expect(
      written.line() == "{\"error\":\"stream 0 has acted and waits for its reward\",\"stream\":0}")
    #expect(written.line().hasPrefix("{\"action\":"))
  }

  @Test(arguments: [
    ("{\"binary\":2}", "this program speaks version 1 of the binary form, not 2"),
    (
      "{\"binary\":1,\"stream\":3}", "'stream' stands beside 'binary', where only 'predictions' may"
    ),
    ("[{\"binary\":1}]", "'binary' stands in a list, expected a line of its own"),
    ("{\"binary\":\"yes\"}", "'binary' has another type, expected a whole number"),
  ])
  func `are not begun where the wish for them is wrong`(line: String, sentence: String) throws {
    let (path, _) = try model(Self.room)
    let lines = try run(["serve", path], input: line + "\n{\"observation\":[2,2]}").output
      .split(separator: "\n")
    #expect(lines[1] == "{\"error\":\"\(sentence)\"}")
    #expect(lines[2].hasPrefix("{\"action\":"))
  }

  @Test(.enabled(if: Python.canImport("numpy"), "numpy is missing"))
  func `are spoken by the example in Python`() throws {
    let script = """
      import runpy, sys
      sys.argv = sys.argv[1:]
      runpy.run_path(sys.argv[0], run_name="__main__")
      """
    let program = try #require(Bundle.main.executableURL).resolvingSymlinksInPath()
      .deletingLastPathComponent().appendingPathComponent("distill").path
    let result = try Python.run(
      script, "\(repository)/Examples/python/binary_client.py",
      "\(repository)/data/models/dark-room", "--program", program, "--episodes", "12")
    #expect(result.status == 0, "\(result.output)")
    let earned = result.output.split(separator: "\n").compactMap {
      $0.split(separator: " ").last.flatMap { Double($0) }
    }
    try #require(earned.count == 12)
    // It learns the rooms: what it is told arrives.
    #expect(earned[11] > 3 * earned[0])
  }

  // MARK: Drawn observations

  @Test(arguments: [WatermazeSettings.View.image, .position])
  func `and lines tell what the family draws of it`(view: WatermazeSettings.View) throws {
    var settings = WatermazeSettings()
    settings.view = view
    let family = WatermazeFamily(settings)
    let (path, parameters) = try model(family.interface)
    try scratch.write(
      "source:\n  algorithm: dqn\ntask:\n  family: watermaze\n  view: \(view.rawValue)\n",
      to: "config.yaml")
    var random = Seed(5).random(for: "life")
    let world = family.task(TaskID(3))
    var state = try world.reset(using: &random)
    let agent = InContextAgent(
      parameters, randoms: [Seed(0).random(for: "served 0")], renderer: family.renderer)
    var (lines, frames): ([String], [UInt8]) = ([], [])
    var expected: [(action: Int, predictions: [Float])] = []
    for step in 0..<6 {
      let seen = world.observation(of: state)
      let bytes = (0..<4).map { seen[$0] }
      let used = Array(bytes[..<family.interface.observationSizes.count])
      let told = step == 0 ? "" : "\"reward\":0,"
      lines.append("{\(told)\"observation\":\(used),\"predictions\":true}")
      frames += frame([Asked(asks: step == 0 ? 1 : 3, observation: bytes)])
      let action = try agent.act(on: seen)
      expected.append((action, agent.predictions()))
      _ = try world.step(&state, action, using: &random)
      try agent.observe(reward: 0, endsEpisode: false)
    }
    let spoken = try run(["serve", path], input: lines.joined(separator: "\n"))
    #expect(spoken.errors == "")
    var (_, written, _) = try answers(frames, of: path, predictions: true)
    for (line, (action, predictions)) in zip(
      spoken.output.split(separator: "\n").dropFirst(), expected)
    {
      let answer = try JSONDecoder().decode(Answer.self, from: Data(line.utf8))
      #expect(answer.action.choices == [action] && answer.predictions == predictions)
      let (found, _) = written.frame(predictions.count)
      #expect(found[0].action == UInt32(action) && found[0].predictions == predictions)
    }
    #expect(written.rest.isEmpty)
  }

  @Test func `and lines tell nothing that cannot be drawn, nor without the family`() throws {
    let family = WatermazeFamily()
    let (path, _) = try model(family.interface)
    let alone = try distill("serve", path)
    #expect(alone.status == 66)
    #expect(alone.errors.contains("there is no config.yaml beside"))
    try scratch.write(
      "source:\n  algorithm: dqn\ntask:\n  family: watermaze\n  frame_rows: 20\n", to: "config.yaml"
    )
    let other = try distill("serve", path)
    #expect(other.status == 65)
    #expect(other.errors.contains("was trained on tasks with other observations"))
    try scratch.write("source:\n  algorithm: dqn\ntask:\n  family: watermaze\n", to: "config.yaml")
    let sizes = family.interface.observationSizes
    let corner = sizes.map { $0 - 1 }
    let outside = try #require(
      [corner, sizes.map { _ in 0 }].first {
        var components = SIMD4<UInt8>()
        for (index, value) in $0.enumerated() { components[index] = UInt8(value) }
        return family.renderer?.canDraw(Observation(components: components)) == false
      })
    let spoken = try run(["serve", path], input: "{\"observation\":\(outside)}")
    #expect(spoken.output.contains("the observation \(outside) is none that the family can draw"))
  }
}
