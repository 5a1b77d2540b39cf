// The process itself and its socket: it is started, told what to make, and sent numbers of slots. It ends when the socket
// is closed, and itself when this program is gone.

internal import Foundation
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

  private let process = Process()
  private let socket: Int32
  private let settings: WorkerSettings
  private let sending = Mutex(())

  private static let version = 1

  /// Starts Python, the interpreter that PYTHON names.
  init(_ settings: WorkerSettings) throws(GymnasiumError) {
    self.settings = settings
    func failure(_ reason: String) -> GymnasiumError {
      .cannotStart(environment: settings.environment, reason: reason)
    }
    var pair: [Int32] = [0, 0]
    guard unsafe socketpair(AF_UNIX, Self.stream, 0, &pair) == 0 else {
      throw failure("there is no socket for its process: \(SystemFailure("socketpair").reason)")
    }
    socket = pair[0]
    _ = fcntl(socket, F_SETFD, FD_CLOEXEC)
    let interpreter = ProcessInfo.processInfo.environment["PYTHON"] ?? "python3"
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = [
      interpreter, "-c", String(decoding: PackageResources.worker_py, as: UTF8.self),
    ]
    process.standardInput = FileHandle(fileDescriptor: pair[1], closeOnDealloc: false)
    // What environments print must not be taken for results.
    process.standardOutput = FileHandle.standardError
    let started = Result { try process.run() }
    close(pair[1])
    if case .failure(let error) = started {
      throw failure("\(interpreter) cannot be run: \(error.localizedDescription)")
    }
  }

  deinit { close(socket) }

  private static var stream: Int32 {
    #if canImport(Glibc)
      Int32(SOCK_STREAM.rawValue)
    #else
      SOCK_STREAM
    #endif
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
    sending.withLock { _ in unsafe slots.withUnsafeBytes { _ = unsafe sendAll($0) } }
  }

  /// Waits for the numbers of slots that are done.
  func receive() throws(Silence) -> [UInt16] {
    var bytes = try receiveBytes(within: settings.secondsPerStep)
    // The other half of a number is on its way.
    while bytes.count % 2 == 1 { bytes += try receiveBytes(within: settings.secondsPerStep) }
    return stride(from: 0, to: bytes.count, by: 2).map {
      UInt16(bytes[$0]) | UInt16(bytes[$0 + 1]) << 8
    }
  }

  private func write(_ message: some Encodable) throws(GymnasiumError) {
    guard var data = try? JSONEncoder().encode(message) else {
      preconditionFailure("a message cannot be written: \(message)")
    }
    data.append(UInt8(ascii: "\n"))
    // What ended a process before it was told anything is found when it is read.
    unsafe data.withUnsafeBytes { _ = unsafe sendAll($0) }
  }

  private func sendAll(_ bytes: UnsafeRawBufferPointer) -> Bool {
    var done = 0
    while done < bytes.count {
      let rest = unsafe UnsafeRawBufferPointer(rebasing: bytes[done...])
      // A worker that is gone must not end this program.
      let count = unsafe Foundation.send(socket, rest.baseAddress, rest.count, Self.noSignal)
      if count < 0 && errno != EINTR { return false }
      done += max(0, count)
    }
    return true
  }

  private static var noSignal: Int32 {
    #if canImport(Glibc)
      Int32(MSG_NOSIGNAL)
    #else
      0
    #endif
  }

  /// A line of what the worker says before slots go to and fro.
  private func readLine() throws(GymnasiumError) -> Data {
    func failure(_ reason: String) -> GymnasiumError {
      .cannotStart(environment: settings.environment, reason: reason)
    }
    var line = Data()
    do throws(Silence) {
      while line.last != UInt8(ascii: "\n") {
        line.append(contentsOf: try receiveBytes(within: secondsToStart))
      }
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

  private func receiveBytes(within seconds: Double) throws(Silence) -> [UInt8] {
    let limit = Int32(max(1, seconds * 1000))
    var buffer = [UInt8](repeating: 0, count: 4096)
    // To be woken takes longer than most steps: quick environments answer while this thread is awake.
    let start = ContinuousClock.now
    while start.duration(to: .now) < .milliseconds(1) {
      let count = unsafe buffer.withUnsafeMutableBytes {
        unsafe recv(socket, $0.baseAddress, $0.count, Int32(MSG_DONTWAIT))
      }
      if count > 0 { return Array(buffer.prefix(count)) }
      if count == 0 { break }
      sched_yield()
    }
    while true {
      var poll = pollfd(fd: socket, events: Int16(POLLIN), revents: 0)
      let ready = unsafe Foundation.poll(&poll, 1, limit)
      if ready == 0 {
        kill(process.processIdentifier, SIGKILL)
        throw .hung
      }
      if ready < 0 && errno == EINTR { continue }
      let count = unsafe buffer.withUnsafeMutableBytes {
        unsafe recv(socket, $0.baseAddress, $0.count, 0)
      }
      if count > 0 { return Array(buffer.prefix(count)) }
      if count < 0 && errno == EINTR { continue }
      throw .ended(how: howItEnded())
    }
  }

  private func howItEnded() -> String {
    // The socket is closed a moment before the process is gone.
    for _ in 0..<200 where process.isRunning { usleep(10_000) }
    if process.isRunning { return "it closed its socket" }
    return process.terminationReason == .uncaughtSignal
      ? "signal \(process.terminationStatus)" : "status \(process.terminationStatus)"
  }
}
