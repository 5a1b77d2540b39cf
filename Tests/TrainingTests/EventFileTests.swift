// The event files for TensorBoard: decoded here as their formats say, and read by TensorBoard itself.

import Foundation
import Tasks
import TestSupport
import Testing
import Training

@Suite struct `An event file` {
  @Test func `holds the numbers of the log, each record with its checksums`() throws {
    try withTemporaryFolder { folder in
      let training = try trained(in: folder)
      let bytes = try [UInt8](Data(contentsOf: training.files.events))
      // How every event file of TensorFlow begins: 24 bytes, their number's checksum, a time of day.
      let beginning: [UInt8] = [0x18, 0, 0, 0, 0, 0, 0, 0, 0xa3, 0x7f, 0x4b, 0x22, 0x09]
      #expect(Array(bytes.prefix(13)) == beginning)
      let events = try records(of: bytes).map(Event.init)
      #expect(events.first?.version == "brain.Event:2")
      #expect(events.first?.scalars.isEmpty == true)
      let log = try String(contentsOf: training.files.log, encoding: .utf8)
        .split(separator: "\n").map { $0.split(separator: ",", omittingEmptySubsequences: false) }
      #expect(events.count == log.count)
      for (event, row) in zip(events, log).dropFirst() {
        #expect(event.step == UInt64(row[0]))
        #expect(event.time == Double(row[0]))
        let expected = zip(log[0], row).dropFirst().filter { !$1.isEmpty }
        #expect(event.scalars.map(\.tag) == expected.map { String($0.0) })
        #expect(event.scalars.map(\.value) == expected.map { Float($0.1) })
      }
    }
  }

  @Test func `grows in its place, so that TensorBoard goes on reading it`() throws {
    try withTemporaryFolder { folder in
      let training = SmallTraining(in: folder)
      func number() throws -> String {
        let attributes = try FileManager.default.attributesOfItem(
          atPath: training.files.events.path)
        return "\(try #require(attributes[.systemFileNumber]))"
      }
      try training.interrupt(at: 110)
      let first = try number()
      try training.perform()
      #expect(try number() == first)
    }
  }

  @Test(
    .enabled(
      if: Python.canImport("tensorboard"),
      "python3 cannot import tensorboard; name one that can in PYTHON"))
  func `is read by TensorBoard`() throws {
    try withTemporaryFolder { folder in
      let training = try trained(in: folder)
      let script = """
        import sys
        from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
        events = EventAccumulator(sys.argv[1], size_guidance={"scalars": 0})
        events.Reload()
        for tag in events.Tags()["scalars"]:
          found = events.Scalars(tag)
          print(tag, len(found), found[-1].step, found[-1].value)
        """
      let result = try Python.run(script, training.output.path)
      let rows = try String(contentsOf: training.files.log, encoding: .utf8)
        .split(separator: "\n").map { $0.split(separator: ",").map(String.init) }
      let last = try #require(rows.last)
      let expected = zip(rows[0], last).dropFirst().map { tag, field in
        let count = tag.hasPrefix("validation") ? 3 : 230
        return "\(tag) \(count) 230 \(Double(Float(field) ?? .nan))"
      }
      #expect(result.output.split(separator: "\n").suffix(6).map(String.init) == expected)
    }
  }

  /// A training with numbers in some rows only.
  private func trained(in folder: URL) throws -> SmallTraining {
    var training = SmallTraining(in: folder)
    training.validationTask = TaskID(1)
    try training.perform()
    return training
  }
}

/// What is wrong with a file.
private struct Damage: Error {
  let place: Int
}

/// The records of a TFRecord file.
private func records(of bytes: [UInt8]) throws -> [[UInt8]] {
  var records: [[UInt8]] = []
  var place = 0
  while place < bytes.count {
    let length = Array(bytes[place..<place + 8])
    let end = place + 12 + Int(number(length))
    let data = Array(bytes[place + 12..<end])
    guard number(bytes[place + 8..<place + 12]) == masked(length),
      number(bytes[end..<end + 4]) == masked(data)
    else { throw Damage(place: place) }
    records.append(data)
    place = end + 4
  }
  return records
}

private func number(_ bytes: some Collection<UInt8>) -> UInt64 {
  bytes.reversed().reduce(0) { $0 << 8 | UInt64($1) }
}

/// CRC-32C bit by bit, masked.
private func masked(_ bytes: [UInt8]) -> UInt64 {
  var sum = UInt32.max
  for byte in bytes {
    sum ^= UInt32(byte)
    for _ in 0..<8 { sum = sum >> 1 ^ (sum & 1 == 1 ? 0x82f6_3b78 : 0) }
  }
  sum = ~sum
  return UInt64((sum >> 15 | sum << 17) &+ 0xa282_ead8)
}

/// An event's fields.
private struct Event {
  var time = 0.0
  var step: UInt64 = 0
  var version: String?
  var scalars: [(tag: String, value: Float)] = []

  init(_ record: [UInt8]) throws {
    for (field, bytes) in try fields(of: record) {
      switch field {
      case 1: time = Double(bitPattern: number(bytes))
      case 2: step = number(bytes)
      case 3: version = String(decoding: bytes, as: UTF8.self)
      case 5:
        scalars = try fields(of: bytes).map { _, value in
          let parts = try fields(of: value)
          return (
            String(decoding: parts[0].bytes, as: UTF8.self),
            Float(bitPattern: UInt32(number(parts[1].bytes)))
          )
        }
      default: throw Damage(place: field)
      }
    }
  }
}

/// The fields of a message with their bytes, of numbers the lowest first.
private func fields(of message: [UInt8]) throws -> [(number: Int, bytes: [UInt8])] {
  var rest = message[...]
  func variable() -> UInt64 {
    var (value, shift): (UInt64, UInt64) = (0, 0)
    while let byte = rest.popFirst() {
      value |= UInt64(byte & 127) << shift
      shift += 7
      if byte < 128 { break }
    }
    return value
  }
  var fields: [(number: Int, bytes: [UInt8])] = []
  while !rest.isEmpty {
    let key = variable()
    switch key & 7 {
    case 0:
      let value = variable()
      fields.append((Int(key >> 3), (0..<8).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }))
    case let wire where [1, 2, 5].contains(wire):
      let count = wire == 2 ? Int(variable()) : wire == 1 ? 8 : 4
      fields.append((Int(key >> 3), Array(rest.prefix(count))))
      rest = rest.dropFirst(count)
    default: throw Damage(place: Int(key))
    }
  }
  return fields
}
