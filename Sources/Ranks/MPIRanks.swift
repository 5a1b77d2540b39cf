// Ranks of Open MPI; there is nothing here without the trait `MPI`.

#if MPI
  internal import COpenMPI
  public import LinearAlgebra
  internal import Synchronization

  /// The ranks that `mpirun` has started.
  public final class MPIRanks: Ranks {
    public let index: Int
    public let count: Int
    private let begun = Mutex(Begun())

    /// The messages that are on their way, and those that must wait for them.
    @safe private struct Begun: @unchecked Sendable {
      var sends: [MPI_Request?] = unsafe []
      var broadcasts: [MPI_Request?] = unsafe []
      /// Broadcasts into floats that are being sent, with the number of sends that come before each.
      var waiting: [(floats: Matrix, from: Int, sends: Int)] = []

      /// Begins the broadcasts that need not wait any more, in order.
      mutating func goOn() {
        var count = 0
        while count < waiting.count {
          let (floats, rank, before) = waiting[count]
          guard unsafe ranks_are_done(&sends, Int32(before)) != 0 else { break }
          var row = floats.mutableRow(0)
          let request = unsafe row.withUnsafeMutableBufferPointer { floats in
            unsafe ranks_begin_broadcast(floats.baseAddress, Int32(floats.count), Int32(rank))
          }
          unsafe broadcasts.append(request)
          count += 1
        }
        waiting.removeFirst(count)
      }
    }

    /// The most bytes that `exchange` hands on in one message.
    private static let shortBytes = 248

    /// Joins the job; once in the life of a process.
    public init() throws(RanksError) {
      var (index, count): (Int32, Int32) = (0, 0)
      guard unsafe ranks_join(&index, &count) != 0 else { throw .noThreads }
      (self.index, self.count) = (Int(index), Int(count))
    }

    public func beginSend(_ floats: Matrix, to rank: Int) {
      let request = unsafe floats.row(0).withUnsafeBufferPointer { floats in
        unsafe ranks_begin_send(floats.baseAddress, Int32(floats.count), Int32(rank))
      }
      nonisolated(unsafe) let sent = unsafe request
      begun.withLock { unsafe $0.sends.append(sent) }
    }

    public func receive(_ floats: Matrix, from rank: Int) {
      var row = floats.mutableRow(0)
      unsafe row.withUnsafeMutableBufferPointer { floats in
        unsafe ranks_receive(floats.baseAddress, Int32(floats.count), Int32(rank))
      }
    }

    public func beginBroadcast(_ floats: Matrix, from rank: Int) {
      nonisolated(unsafe) let floats = floats
      begun.withLock { begun in
        unsafe begun.waiting.append((floats, rank, begun.sends.count))
        begun.goOn()
      }
    }

    public func finish() {
      begun.withLock { begun in
        var tries: Int32 = 0
        while !begun.waiting.isEmpty {
          ranks_pause(tries)
          tries += 1
          begun.goOn()
        }
        unsafe ranks_wait(&begun.sends, Int32(begun.sends.count))
        unsafe ranks_wait(&begun.broadcasts, Int32(begun.broadcasts.count))
        unsafe begun.sends.removeAll(keepingCapacity: true)
        unsafe begun.broadcasts.removeAll(keepingCapacity: true)
      }
    }

    /// Short ones in one message; of longer ones the lengths alone, then all bytes.
    public func exchange(_ bytes: [UInt8]) -> [[UInt8]] {
      let head = 8
      var sent = (0..<head).map { UInt8(truncatingIfNeeded: UInt64(bytes.count) >> (8 * $0)) }
      if bytes.count <= Self.shortBytes { sent += bytes }
      sent += Array(repeating: 0, count: head + Self.shortBytes - sent.count)
      var all = Array(repeating: UInt8(0), count: count * sent.count)
      unsafe ranks_gather(sent, Int32(sent.count), &all)
      let counts = (0..<count).map { rank in
        (0..<head).reduce(0) { $0 | Int(all[rank * sent.count + $1]) << (8 * $1) }
      }
      if counts.allSatisfy({ $0 <= Self.shortBytes }) {
        return counts.enumerated().map { rank, count in
          Array(all[rank * sent.count + head..<rank * sent.count + head + count])
        }
      }
      precondition(
        counts.reduce(0, +) <= Int(Int32.max), "messages of \(counts) bytes are too long for MPI")
      var starts = [0]
      for count in counts.dropLast() { starts.append(starts[starts.count - 1] + count) }
      all = Array(repeating: 0, count: counts.reduce(0, +))
      unsafe ranks_gather_all(
        bytes, &all, counts.map(Int32.init), starts.map(Int32.init), Int32(index))
      return zip(starts, counts).map { Array(all[$0..<$0 + $1]) }
    }

    /// Waits for all ranks and leaves the job.
    public func leave() { ranks_leave() }

    /// Ends all ranks at once.
    public func end(_ status: Int32) { ranks_abort(status) }
  }
#endif
