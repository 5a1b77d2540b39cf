// Starting of threads, where the system may have none left: a container limits them, as `ulimit -u` does. Foundation and
// Dispatch then wait without end for a thread that never comes; here the caller is told, and does the work itself.

internal import Foundation

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Darwin)
  internal import Darwin
#endif

/// A thread that was started. Call `join` or `detach`, once.
@safe
public struct StartedThread: @unchecked Sendable {
  private let thread: pthread_t

  /// Starts a thread that runs a piece of work and ends with it; nil if the system has none left, and nothing has run.
  public init?(_ body: @escaping @Sendable () -> Void) {
    let work = unsafe Unmanaged.passRetained(ThreadBody(body))
    #if canImport(Darwin)
      var thread: pthread_t?
    #else
      var thread = pthread_t()
    #endif
    guard unsafe pthread_create(&thread, nil, run, work.toOpaque()) == 0 else {
      unsafe work.release()
      return nil
    }
    #if canImport(Darwin)
      guard let thread = unsafe thread else { return nil }
    #endif
    unsafe self.thread = thread
  }

  /// How often the calling thread has waited for a page from a disk; 0 where the system does not tell.
  public static var majorFaults: Int {
    #if os(Linux)
      var usage = rusage()
      // RUSAGE_THREAD, which the headers have for GNU's sources alone.
      guard unsafe getrusage(__rusage_who_t(1), &usage) == 0 else { return 0 }
      return usage.ru_majflt
    #else
      return 0
    #endif
  }

  /// Waits until it has ended and holds nothing any more.
  public func join() { _ = unsafe pthread_join(thread, nil) }

  /// Lets it end by itself.
  public func detach() { _ = unsafe pthread_detach(thread) }
}

private final class ThreadBody {
  let body: @Sendable () -> Void

  init(_ body: @escaping @Sendable () -> Void) { self.body = body }
}

private func run(_ context: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
  if let context = unsafe context {
    unsafe Unmanaged<ThreadBody>.fromOpaque(context).takeRetainedValue().body()
  }
  return nil
}
