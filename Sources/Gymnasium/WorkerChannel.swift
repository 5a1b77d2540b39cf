// The process itself and its socket: it is started, told what to make, and sent numbers of slots. It ends when the socket
// is closed, and itself when this program is gone.

internal import Foundation
internal import Interprocess
internal import LearningHistories
internal import Synchronization
internal import Tasks

/// What a worker says of its environment.
struct WorkerDescription: Decodable {
  struct Interface: Decodable {
    let observation_sizes: [Int]
    let sight: Sight
    let action_factors: [Int]
    let episode_length: Int?
  }

  let version: Int
  let interface: Interface
  let observation_bytes: Int
  let left_out: [String]

  var observationBytes: Int { observation_bytes }

  /// The interface of tasks.
  func interface(
    _ settings: WorkerSettings, rewardScale: Float
  ) throws(GymnasiumError) -> TaskInterface {
    func refused(_ reason: String) -> GymnasiumError {
      .cannotStart(environment: settings.environment, reason: reason)
    }
    let length = settings.episodeLength > 0 ? settings.episodeLength : interface.episode_length
    guard let length else {
      throw refused("it does not say when it cuts an episode. Give task.episode_length.")
    }
    let problem = TaskInterface.problem(
      observationSizes: interface.observation_sizes, sight: interface.sight,
      actionFactors: interface.action_factors, episodeLength: length, rewards: nil,
      rewardScale: rewardScale)
    if let problem { throw refused("its spaces cannot be used: \(problem)") }
    return TaskInterface(
      observationSizes: interface.observation_sizes, sight: interface.sight,
      actionFactors: interface.action_factors, episodeLength: length, rewards: nil,
      rewardScale: rewardScale)
  }
}

/// A worker's process.
final class WorkerChannel: @unchecked Sendable {
  /// Why nothing comes any more.
  enum Silence: Error {
    case ended(how: String)
    case hung
  }

  private let process: Process
  private let channel: ByteChannel
  private let settings: WorkerSettings
  private let sending = Mutex(())

  private static let version = 1
  /// The longest line that a worker may write, in bytes.
  private static let greatestLine = 1 << 22

  /// Starts Python, the interpreter that PYTHON names.
  init(_ settings: WorkerSettings) throws(GymnasiumError) {
    self.settings = settings
    func failure(_ reason: String) -> GymnasiumError {
      .cannotStart(environment: settings.environment, reason: reason)
    }
    let otherEnd: Int32
    do throws(SystemFailure) {
      (channel, otherEnd) = try ByteChannel.pair()
    } catch {
      throw failure("there is no socket for its process: \(error.reason)")
    }
    process = PythonInterpreter.makeProcess([
      "-c", String(decoding: PackageResources.worker_py, as: UTF8.self),
    ])
    process.standardInput = FileHandle(fileDescriptor: otherEnd, closeOnDealloc: false)
    // What environments print must not be taken for results.
    process.standardOutput = FileHandle.standardError
    let started = Result { try process.run() }
    close(otherEnd)
    if case .failure(let error) = started {
      throw failure("\(PythonInterpreter.name) cannot be run: \(error.localizedDescription)")
    }
  }

  /// Says which environment and tasks there are, and hears of its spaces.
  func describe() throws(GymnasiumError) -> WorkerDescription {
    struct Hello: Encodable {
      struct Task: Encodable { let arguments: [String: JSONValue] }
      let version: Int
      let environment: String
      let episode_length: Int
      let tasks: [Task]
    }
    try write(
      Hello(
        version: Self.version, environment: settings.environment,
        episode_length: settings.episodeLength,
        tasks: settings.tasks.map { Hello.Task(arguments: $0.arguments) }))
    let line = try readLine()
    do {
      return try JSONDecoder().decode(WorkerDescription.self, from: line)
    } catch {
      throw .cannotStart(
        environment: settings.environment, reason: "its process does not describe it: \(error)")
    }
  }

  /// Shares memory.
  func share(_ memory: SharedMemory) throws(GymnasiumError) {
    struct Memory: Encodable {
      let path: String
      let slots: Int
    }
    try write(Memory(path: memory.file, slots: memory.slots))
    _ = try readLine()
    memory.forgetFile()
  }

  /// Sends the numbers of slots. What cannot be sent is found out by whoever waits for the answer.
  func send(_ slots: [UInt16]) {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(2 * slots.count)
    for slot in slots { bytes.append(number: slot) }
    sending.withLock { _ in try? channel.write(bytes) }
  }

  /// Waits for the numbers of slots that are done.
  func receive() throws(Silence) -> [UInt16] {
    var bytes = try receiveBytes()
    // The other half of a number is on its way.
    while bytes.count % 2 == 1 { bytes += try receiveBytes() }
    return bytes.numbers(at: 0, count: bytes.count / 2, as: UInt16.self)
  }

  private func receiveBytes() throws(Silence) -> [UInt8] {
    let bytes: [UInt8]
    do throws(ChannelFailure) {
      bytes = try channel.readSome(within: settings.secondsPerStep)
    } catch {
      throw silence(after: error)
    }
    if bytes.isEmpty { throw .ended(how: howItEnded()) }
    return bytes
  }

  /// What it means that nothing comes; a worker that hangs is ended.
  private func silence(after failure: ChannelFailure) -> Silence {
    switch failure {
    case .late:
      kill(process.processIdentifier, SIGKILL)
      return .hung
    case .system: return .ended(how: howItEnded())
    }
  }

  private func write(_ message: some Encodable) throws(GymnasiumError) {
    guard let data = try? JSONEncoder().encode(message) else {
      preconditionFailure("a message cannot be written: \(message)")
    }
    // What ended a process before it was told anything is found when it is read.
    try? channel.writeLine(data)
  }

  /// A line of what the worker says before slots go to and fro.
  private func readLine() throws(GymnasiumError) -> Data {
    func failure(_ reason: String) -> GymnasiumError {
      .cannotStart(environment: settings.environment, reason: reason)
    }
    let line: Data
    do throws(Silence) {
      line = try receiveLine()
    } catch {
      switch error {
      case .hung:
        throw failure(
          "its Python process has not described it within \(secondsToStart) seconds. For one that takes longer to make, "
            + "raise task.seconds_per_step.")
      case .ended(let how):
        throw failure(
          "its Python process ended (\(how)). It needs gymnasium and numpy: install them with "
            + "'pip install gymnasium', or name an interpreter that has them in PYTHON.")
      }
    }
    struct Refusal: Decodable { let error: String }
    if let refusal = try? JSONDecoder().decode(Refusal.self, from: line) {
      throw failure(refusal.error)
    }
    return line
  }

  /// Python is started and imports what it needs, however quick steps are.
  private var secondsToStart: Double { max(60, settings.secondsPerStep) }

  private func receiveLine() throws(Silence) -> Data {
    let line: ReadLine?
    do throws(ChannelFailure) {
      line = try channel.readLine(most: Self.greatestLine, within: secondsToStart)
    } catch {
      throw silence(after: error)
    }
    guard case .whole(let data) = line else { throw .ended(how: howItEnded()) }
    return data
  }

  private func howItEnded() -> String {
    // The socket is closed a moment before the process is gone.
    for _ in 0..<200 where process.isRunning { usleep(10_000) }
    if process.isRunning { return "it closed its socket" }
    return process.terminationReason == .uncaughtSignal
      ? "signal \(process.terminationStatus)" : "status \(process.terminationStatus)"
  }
}
