// The job that this process belongs to, where several train one model: joining it, leaving it, ending it when one of its
// processes fails. Without the package trait `MPI` every process is alone.

internal import Foundation
public import Ranks
internal import Synchronization

/// Why a job cannot be joined.
public enum JobError: CommandError {
  /// Several processes were started, and this program knows nothing of them.
  case withoutMPI

  /// What to do.
  public var description: String {
    "this program was started as one of several ranks, but it was built without Open MPI, so that all of them would train the same model. Build it with 'swift build -c release --traits MPI --product distill', or start it alone."
  }

  public var exitStatus: ExitStatus { .usage }
}

/// The processes that were started together.
public enum Job {
  #if MPI
    private static let joined = Mutex<MPIRanks?>(nil)
  #endif

  /// Seconds that a rank waits with the reason of its failure for the first one's: they mostly fail together, and for the
  /// same reason.
  private static let secondsForTheFirst = 2.0

  /// Joins the job if this process was started as one of several, and leaves speaking to the first.
  /// - Returns: The ranks; this process alone if there are no others.
  public static func join() throws -> any Ranks {
    #if MPI
      guard isStartedAsRank else { return OneRank() }
      let ranks = try MPIRanks()
      joined.withLock { $0 = ranks }
      Interruption.isOneOfSeveral(speaks: ranks.leads)
      return ranks
    #else
      if isOneOfSeveral { throw JobError.withoutMPI }
      return OneRank()
    #endif
  }

  /// Whether this process speaks: it is alone, or the first rank.
  public static var speaks: Bool {
    #if MPI
      joined.withLock { $0?.leads ?? true }
    #else
      true
    #endif
  }

  /// Whether this process is one of several.
  public static var hasOthers: Bool {
    #if MPI
      joined.withLock { $0 != nil }
    #else
      false
    #endif
  }

  /// Waits for all ranks, at the end of what they do together.
  public static func leave() {
    #if MPI
      joined.withLock { $0?.leave() }
    #endif
  }

  /// Says why this process fails, and ends all ranks with it.
  public static func fail(_ reason: String, status: Int32) -> Never {
    #if MPI
      if let ranks = joined.withLock(\.self) {
        if !ranks.leads { Thread.sleep(forTimeInterval: secondsForTheFirst) }
        writeToStandardError(
          "Rank \(ranks.index): \(reason)All \(ranks.count) ranks end. What is saved is kept, and any number of ranks can go on from it.\n"
        )
        ranks.end(status)
        endProgram(status)
      }
    #endif
    writeToStandardError(reason)
    endProgram(status)
  }

  #if !MPI
    /// Whether something has started this process beside others that would all do the same.
    private static var isOneOfSeveral: Bool {
      func number(_ name: String) -> Int {
        ProcessInfo.processInfo.environment[name].flatMap { Int($0) } ?? 0
      }
      return number("OMPI_COMM_WORLD_SIZE") > 1 || number("PMIX_RANK") > 0
    }
  #endif

  #if MPI
    /// Whether Open MPI's `mpirun`, or another that speaks PMIx as Slurm's `srun --mpi=pmix`, has started this process.
    private static var isStartedAsRank: Bool {
      let environment = ProcessInfo.processInfo.environment
      return environment["OMPI_COMM_WORLD_SIZE"] != nil || environment["PMIX_RANK"] != nil
    }
  #endif
}
