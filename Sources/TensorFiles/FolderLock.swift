// Locks on folders, by which processes that work in one run keep out of each other's way. The system gives a lock back
// with the process that held it, however it ended; nothing of it lies in the folder.

public import Foundation

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Darwin)
  internal import Darwin
#endif

/// A hold on a folder, for as long as it lives. Where a file system has no locks, everyone holds it.
public final class FolderLock: Sendable {
  private let descriptor: CInt

  /// Waits until nobody else holds a folder: for what takes milliseconds.
  public init(waitingFor folder: URL) throws(TensorFileError) {
    descriptor = try Self.descriptor(of: folder)
    while flock(descriptor, LOCK_EX) != 0 && errno == EINTR {}
  }

  /// Holds a folder that nobody else holds: for what takes long.
  /// - Throws: `TensorFileError.inUse` if another process holds it.
  public init(taking folder: URL) throws(TensorFileError) {
    descriptor = try Self.descriptor(of: folder)
    guard flock(descriptor, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK else { return }
    throw .inUse(path: folder.relativePath)
  }

  deinit { _ = close(descriptor) }

  private static func descriptor(of folder: URL) throws(TensorFileError) -> CInt {
    let descriptor = unsafe open(folder.path, O_RDONLY | O_CLOEXEC | O_DIRECTORY)
    guard descriptor >= 0 else { throw writingFailure(errno, folder.relativePath) }
    return descriptor
  }
}
