// A file seen as memory. Never changes while it is mapped: files are replaced by renaming, which
// leaves the mapped one alone. Refuses what cannot be opened.

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
  let count: Int

  init(_ url: URL) throws(TensorFileError) {
    let name = url.relativePath
    let descriptor = unsafe open(url.path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else {
      throw errno == ENOENT
        ? .missing(path: name) : .unreadable(path: name, reason: systemMessage(errno))
    }
    defer { _ = close(descriptor) }
    var status = stat()
    guard unsafe fstat(descriptor, &status) == 0 else {
      throw .unreadable(path: name, reason: systemMessage(errno))
    }
    guard status.st_mode & S_IFMT == S_IFREG else {
      throw .unreadable(path: name, reason: "it is no file")
    }
    count = Int(status.st_size)
    guard count > 0 else {
      unsafe base = nil
      return
    }
    let address = unsafe mmap(nil, count, PROT_READ, MAP_SHARED, descriptor, 0)
    guard let address = unsafe address, unsafe address != MAP_FAILED else {
      throw .unreadable(path: name, reason: systemMessage(errno))
    }
    unsafe base = UnsafeRawPointer(address)
  }

  deinit {
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

  /// A copy of some bytes.
  func copy(_ range: Range<Int>) -> [UInt8] {
    unsafe Array(UnsafeRawBufferPointer(rebasing: bytes[range]))
  }
}
