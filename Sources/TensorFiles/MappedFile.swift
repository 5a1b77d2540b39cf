// A file seen as memory. Never changes while it is mapped: files are replaced by renaming, which
// leaves the mapped one alone. Refuses what cannot be opened. Where another program cuts the file short all the same, the
// process ends with a sentence (see CMapping).

internal import CMapping
internal import Foundation

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Darwin)
  internal import Darwin
#endif

/// The bytes of a file, mapped to read. Unmapped with the last reference.
@safe @usableFromInline
final class MappedFile: @unchecked Sendable {
  /// The first byte; `nil` for an empty file.
  private let base: UnsafeRawPointer?
  /// What turns a fault, should the file be cut short meanwhile, into a sentence.
  private let registration: UnsafeMutableRawPointer?
  let count: Int

  init(_ url: URL) throws(TensorFileError) {
    let name = url.relativePath
    let file = try OpenFile(url)
    count = file.size
    guard count > 0 else {
      unsafe (base, registration) = (nil, nil)
      return
    }
    let address = unsafe mmap(nil, count, PROT_READ, MAP_SHARED, file.descriptor, 0)
    guard let address = unsafe address, unsafe address != MAP_FAILED else {
      throw .unreadable(path: name, reason: systemMessage(errno))
    }
    unsafe base = UnsafeRawPointer(address)
    unsafe registration = distill_mapping_add(address, count, name)
  }

  deinit {
    unsafe distill_mapping_remove(registration)
    if let base = unsafe base { unsafe munmap(UnsafeMutableRawPointer(mutating: base), count) }
  }

  /// All bytes; valid while the mapping is referred to.
  var bytes: UnsafeRawBufferPointer {
    unsafe UnsafeRawBufferPointer(start: base, count: count)
  }

  /// Where some bytes begin; valid while the mapping is referred to.
  func address(of range: Range<Int>) -> UnsafeRawPointer {
    guard let base = unsafe base, range.upperBound <= count else {
      preconditionFailure("no bytes \(range) among \(count)")
    }
    return unsafe base + range.lowerBound
  }

  /// Tells the system that bytes will be read here and there, so that it need not read on behind them.
  func expectRandomReads() {
    guard let base = unsafe base else { return }
    // Only advice: whether it is taken changes no byte.
    _ = unsafe madvise(UnsafeMutableRawPointer(mutating: base), count, MADV_RANDOM)
  }

  /// Has the system begin to read what is not in memory of some bytes, without waiting for it.
  func willRead(_ range: Range<Int>) {
    guard let base = unsafe base, !range.isEmpty else { return }
    precondition(range.upperBound <= count, "no bytes \(range) among \(count)")
    let first = range.lowerBound / Self.pageSize * Self.pageSize
    _ = unsafe madvise(
      UnsafeMutableRawPointer(mutating: base + first), range.upperBound - first, MADV_WILLNEED)
  }

  private static let pageSize = Int(sysconf(Int32(_SC_PAGESIZE)))

  /// A copy of some bytes.
  func copy(_ range: Range<Int>) -> [UInt8] {
    unsafe Array(UnsafeRawBufferPointer(rebasing: bytes[range]))
  }
}
