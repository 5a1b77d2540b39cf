// The binary form of what is said to a served model: frames of records in the byte order of the machine, with
// observations as environment workers write them. The page ServingAModel.md is the protocol.

internal import Interprocess
internal import Tasks

/// How long what stands in a frame is.
///
/// A frame is a header of two uint32 and records of one size. A request's header: the number of its records, and the bytes
/// of each. An answer's: the number of its records, and the bytes of the sentences behind them.
struct FrameLayout {
  static let version = 1
  static let headerBytes = 8
  /// The most bytes of a frame's records.
  static let greatestFrame = 1 << 26
  /// The action of a record that has none.
  static let noAction = UInt32.max

  /// What a record asks for; several are added.
  struct Asks: OptionSet {
    let rawValue: UInt8
    static let action = Asks(rawValue: 1)
    static let tellsReward = Asks(rawValue: 2)
    static let reset = Asks(rawValue: 4)
    static let close = Asks(rawValue: 8)
    static let all: Asks = [.action, .tellsReward, .reset, .close]
  }

  /// Where the parts of a request's record begin.
  enum Offset {
    static let stream = 0
    static let asks = 4
    static let ends = 5
    static let zero = 6
    static let reward = 8
    static let observation = 16
  }

  let observationBytes: Int
  /// The predictions of each answer; 0 if none are told.
  let predictionCount: Int

  init(_ interface: TaskInterface, predictionCount: Int) {
    observationBytes =
      switch interface.sight {
      case .cells, .vector, .image: MemoryLayout<UInt32>.size
      case .floats(let count): count * MemoryLayout<Float>.size
      case .tensor, .categories: interface.sight.carriedCount
      }
    self.predictionCount = predictionCount
  }

  var requestBytes: Int { Offset.observation + (observationBytes + 7) / 8 * 8 }
  var answerBytes: Int { 12 + predictionCount * MemoryLayout<Float>.size }

  var form: ServingForm {
    ServingForm(
      observationBytes: observationBytes, requestBytes: requestBytes, answerBytes: answerBytes)
  }

  /// The most records of a frame.
  var greatestCount: Int {
    min(ServingProtocol.greatestStreamCount, Self.greatestFrame / requestBytes)
  }

  /// The number of records of the request whose header this is.
  /// - Throws: `ServingError` if none can follow such a header.
  func recordCount(_ header: [UInt8]) throws(ServingError) -> Int {
    guard header.count == Self.headerBytes else { throw cut(header, Self.headerBytes, "header") }
    let count = Int(header.number(at: 0, as: UInt32.self))
    let bytes = Int(header.number(at: 4, as: UInt32.self))
    guard bytes == requestBytes else {
      throw ServingError("a frame has records of \(bytes) bytes, expected \(requestBytes)")
    }
    guard count <= greatestCount else {
      throw ServingError("a frame has \(count) records, expected at most \(greatestCount)")
    }
    return count
  }

  /// Refuses records of which some are missing.
  func require(_ records: [UInt8], ofCount count: Int) throws(ServingError) {
    guard records.count == count * requestBytes else {
      throw cut(records, count * requestBytes, "records")
    }
  }

  private func cut(_ bytes: [UInt8], _ expected: Int, _ what: String) -> ServingError {
    ServingError("a frame ends after \(bytes.count) of the \(expected) bytes of its \(what)")
  }

  /// An answer without records, which says why the conversation ends.
  static func refusal(_ sentence: String) -> [UInt8] { frame(count: 0, records: [], [sentence]) }

  /// An answer.
  func answer(_ streams: [UInt32], _ outcomes: [StreamOutcome]) -> [UInt8] {
    var records: [UInt8] = []
    records.reserveCapacity(outcomes.count * answerBytes)
    for (stream, outcome) in zip(streams, outcomes) {
      records.append(number: stream)
      records.append(number: outcome.action.map(UInt32.init) ?? Self.noAction)
      records.append(number: UInt32(outcome.error == nil ? 0 : 1))
      for index in 0..<predictionCount {
        records.append(number: outcome.predictions?[index] ?? 0)
      }
    }
    return Self.frame(count: outcomes.count, records: records, outcomes.compactMap(\.error))
  }

  private static func frame(count: Int, records: [UInt8], _ sentences: [String]) -> [UInt8] {
    let text = Array(sentences.joined(separator: "\n").utf8)
    var frame: [UInt8] = []
    frame.reserveCapacity(headerBytes + records.count + text.count)
    frame.append(number: UInt32(count))
    frame.append(number: UInt32(text.count))
    return frame + records + text
  }
}

extension ServingSession {
  /// Answers the records of a frame. A mistake in one is answered too, and changes nothing.
  func answer(records: [UInt8], in layout: FrameLayout) -> [UInt8] {
    let starts = stride(from: 0, to: records.count, by: layout.requestBytes)
    let streams = starts.map { records.number(at: $0 + FrameLayout.Offset.stream, as: UInt32.self) }
    let requests = zip(streams, starts).map { stream, start in
      (
        stream: StreamName.number(Int(stream)),
        asked: Result { try request(in: records, at: start, layout) }
      )
    }
    return layout.answer(streams, carryOut(requests))
  }

  private func request(
    in records: [UInt8], at start: Int, _ layout: FrameLayout
  ) throws -> StreamRequest {
    let asks = FrameLayout.Asks(rawValue: records[start + FrameLayout.Offset.asks])
    guard FrameLayout.Asks.all.isSuperset(of: asks) else {
      throw ServingError("a record asks for \(asks.rawValue), expected at most 15")
    }
    let ends = records[start + FrameLayout.Offset.ends]
    guard ends <= 2 else {
      throw ServingError("a record's end is \(ends), expected 0, 1 or 2")
    }
    let zero = records.number(at: start + FrameLayout.Offset.zero, as: UInt16.self)
    guard zero == 0 else {
      throw ServingError("a record's bytes 6 and 7 are \(zero), expected 0")
    }
    var request = StreamRequest()
    request.closes = asks.contains(.close)
    request.resets = asks.contains(.reset)
    if asks.contains(.tellsReward) {
      request.reward = try reward(
        records.number(at: start + FrameLayout.Offset.reward, as: Double.self))
      request.isDone = ends > 0
    } else if ends > 0 {
      request.isDone = true
    }
    if asks.contains(.action) {
      request.observation = try observation(
        in: records, at: start + FrameLayout.Offset.observation)
      request.tellsPredictions = layout.predictionCount > 0
    }
    return request
  }

  /// An observation as environment workers write it.
  private func observation(in bytes: [UInt8], at start: Int) throws -> Observation {
    switch interface.sight {
    case .floats(let count):
      return try observation(ofFloats: bytes.numbers(at: start, count: count, as: Float.self))
    case .tensor, .categories:
      return try observation(ofBytes: Array(bytes[start..<start + interface.sight.carriedCount]))
    case .cells, .vector, .image:
      let count = interface.observationSizes.count
      if let index = (count..<4).first(where: { bytes[start + $0] != 0 }) {
        throw ServingError(
          "the observation's byte \(index) is \(bytes[start + index]), expected 0 behind its \(count) components"
        )
      }
      return try observation(ofBytes: Array(bytes[start..<start + count]))
    }
  }
}
