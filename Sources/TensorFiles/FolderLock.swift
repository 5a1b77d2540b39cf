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

  /// Waits until nobody else holds a folder, and holds it.
  /// - Parameter waiting: Called once if somebody does.
  public init(of folder: URL, waiting: () -> Void = {}) throws(TensorFileError) {
    descriptor = unsafe open(folder.path, O_RDONLY | O_CLOEXEC | O_DIRECTORY)
    guard descriptor >= 0 else { throw writingFailure(errno, folder.relativePath) }
    guard flock(descriptor, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK else { return }
    waiting()
    while flock(descriptor, LOCK_EX) != 0 && errno == EINTR {}
  }

  deinit { _ = close(descriptor) }
}
