// Ranks of Open MPI; there is nothing here without the trait `MPI`.

#if MPI
  internal import COpenMPI
  public import LinearAlgebra
  internal import Synchronization

  /// The ranks that `mpirun` has started.
  public final class MPIRanks: Ranks {
    public let index: Int
    public let count: Int
    private let broadcasts = Mutex<[Request]>([])

    /// A message that is on its way.
    @safe private struct Request: @unchecked Sendable {
      let request: MPI_Request
    }

    /// The most bytes that `exchange` hands on in one message.
    private static let shortBytes = 248

    /// Joins the job; once in the life of a process.
    public init() throws(RanksError) {
      var (index, count): (Int32, Int32) = (0, 0)
      guard unsafe ranks_join(&index, &count) != 0 else { throw .noThreads }
      (self.index, self.count) = (Int(index), Int(count))
    }

    public func send(_ floats: Matrix, to rank: Int) {
      unsafe floats.row(0).withUnsafeBufferPointer { floats in
        unsafe ranks_send(floats.baseAddress, Int32(floats.count), Int32(rank))
      }
    }

    public func receive(_ floats: Matrix, from rank: Int) {
      var row = floats.mutableRow(0)
      unsafe row.withUnsafeMutableBufferPointer { floats in
        unsafe ranks_receive(floats.baseAddress, Int32(floats.count), Int32(rank))
      }
    }

    public func beginBroadcast(_ floats: Matrix, from rank: Int) {
      var row = floats.mutableRow(0)
      let request = unsafe row.withUnsafeMutableBufferPointer { floats in
        unsafe Request(
          request: ranks_begin_broadcast(floats.baseAddress, Int32(floats.count), Int32(rank)))
      }
      broadcasts.withLock { $0.append(request) }
    }

    public func finishBroadcasts() {
      broadcasts.withLock { begun in
        var requests = unsafe begun.map { unsafe $0.request as MPI_Request? }
        unsafe ranks_wait(&requests, Int32(requests.count))
        begun.removeAll(keepingCapacity: true)
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
