// The memory that this program and a worker share: for each slot what is asked, and what came of it. Its layout is part
// of the protocol; see the page of the documentation. The only file of this module that may say `unsafe`.

internal import Foundation
internal import Interprocess

/// Memory of a number of slots.
@safe
final class SharedMemory: @unchecked Sendable {
  let slots: Int
  private let base: UnsafeMutableRawPointer
  private let byteCount: Int
  private let stride: Int
  private let path: String

  private static let headerBytes = 64
  private static let textBytes = 512
  private static let bytesOfSlotBesideObservation = 8 + 8 + 4 * 4 + 3 + textBytes

  /// The place of each array: after the header, in the order of the protocol.
  private var seeds: Int { Self.headerBytes }
  private var rewards: Int { seeds + 8 * slots }
  private var tasks: Int { rewards + 8 * slots }
  private var actions: Int { tasks + 4 * slots }
  private var episodes: Int { actions + 4 * slots }
  private var steps: Int { episodes + 4 * slots }
  private var kinds: Int { steps + 4 * slots }
  private var allEnds: Int { kinds + slots }
  private var failures: Int { allEnds + slots }
  private var texts: Int { failures + slots }
  private var observations: Int { texts + Self.textBytes * slots }

  /// Memory behind a file, which `forgetFile` removes once both sides have it.
  /// - Throws: The system's word for why there is none.
  init(bytesOfObservation: Int) throws(SystemFailure) {
    stride = (bytesOfObservation + 7) / 8 * 8
    let bytesOfSlot = Self.bytesOfSlotBesideObservation + stride
    // Pages are only taken when slots are used. Multiples of 64 keep every array aligned.
    slots = min(8192, max(64, (1 << 29) / bytesOfSlot / 64 * 64))
    byteCount = Self.headerBytes + slots * bytesOfSlot
    path = Self.folder(with: byteCount) + "/distill-\(UUID().uuidString)"
    let descriptor = unsafe open(path, O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw SystemFailure(path) }
    defer { close(descriptor) }
    guard ftruncate(descriptor, off_t(byteCount)) == 0 else {
      let failure = SystemFailure(path)
      unsafe unlink(path)
      throw failure
    }
    let address = unsafe mmap(
      nil, byteCount, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0)
    guard let address = unsafe address, unsafe address != MAP_FAILED else {
      let failure = SystemFailure(path)
      unsafe unlink(path)
      throw failure
    }
    unsafe base = address
  }

  deinit {
    forgetFile()
    unsafe munmap(base, byteCount)
  }

  var file: String { path }

  /// Removes the file's name: the memory goes when both sides are gone, however they end.
  func forgetFile() { unsafe unlink(path) }

  /// Memory without a disk, where there is enough of it.
  private static func folder(with bytes: Int) -> String {
    var status = statvfs()
    let isThere = unsafe statvfs("/dev/shm", &status) == 0 && access("/dev/shm", W_OK) == 0
    let hasRoom = isThere && UInt64(status.f_bavail) * UInt64(status.f_frsize) > UInt64(bytes)
    let temporary = NSTemporaryDirectory()
    return hasRoom
      ? "/dev/shm" : temporary.hasSuffix("/") ? String(temporary.dropLast()) : temporary
  }

  func ask(
    _ slot: Int, kind: UInt8, seed: UInt64, task: Int, action: Int, episode: Int, step: Int
  ) {
    unsafe base.storeBytes(of: seed, toByteOffset: seeds + 8 * slot, as: UInt64.self)
    unsafe base.storeBytes(
      of: UInt32(task), toByteOffset: tasks + 4 * slot, as: UInt32.self)
    unsafe base.storeBytes(
      of: UInt32(action), toByteOffset: actions + 4 * slot, as: UInt32.self)
    unsafe base.storeBytes(
      of: UInt32(truncatingIfNeeded: episode), toByteOffset: episodes + 4 * slot, as: UInt32.self)
    unsafe base.storeBytes(
      of: UInt32(truncatingIfNeeded: step), toByteOffset: steps + 4 * slot, as: UInt32.self)
    unsafe base.storeBytes(of: kind, toByteOffset: kinds + slot, as: UInt8.self)
  }

  func reward(_ slot: Int) -> Double {
    unsafe base.load(fromByteOffset: rewards + 8 * slot, as: Double.self)
  }

  func ends(_ slot: Int) -> UInt8 {
    unsafe base.load(fromByteOffset: allEnds + slot, as: UInt8.self)
  }

  func hasFailed(_ slot: Int) -> Bool {
    unsafe base.load(fromByteOffset: failures + slot, as: UInt8.self) != 0
  }

  /// The numbers of the episode and the step that were last asked for.
  func place(_ slot: Int) -> (episode: Int, step: Int) {
    (
      Int(unsafe base.load(fromByteOffset: episodes + 4 * slot, as: UInt32.self)),
      Int(unsafe base.load(fromByteOffset: steps + 4 * slot, as: UInt32.self))
    )
  }

  /// What a slot that has failed says.
  func text(_ slot: Int) -> String {
    let bytes = unsafe UnsafeRawBufferPointer(
      start: base + texts + Self.textBytes * slot, count: Self.textBytes)
    return unsafe String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
  }

  /// The slot that the worker is at; nil if it is at none.
  var current: Int? {
    let number = Int(unsafe base.load(as: UInt32.self))
    return number == 0 ? nil : number - 1
  }

  func digits(_ slot: Int) -> UInt32 {
    unsafe base.load(fromByteOffset: observations + stride * slot, as: UInt32.self)
  }

  func floats(_ slot: Int, _ count: Int) -> [Float] {
    let start = unsafe base + observations + stride * slot
    return unsafe Array(
      UnsafeBufferPointer(start: start.assumingMemoryBound(to: Float.self), count: count))
  }

  func bytes(_ slot: Int, _ count: Int) -> [UInt8] {
    let start = unsafe base + observations + stride * slot
    return unsafe Array(UnsafeRawBufferPointer(start: start, count: count))
  }
}
