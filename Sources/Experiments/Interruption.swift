// What happens on an interrupt (Ctrl-C) or a request to end (SIGTERM, as a cluster sends it): the unit at hand is finished
// and saved, if the stage has units, and the program says how to go on. A second one stops at once. Either way nothing is
// lost that was saved: files get their names only when they are whole.

internal import Foundation
internal import Synchronization

/// A request to end, and how far a stage goes with it.
public enum Interruption {
  /// The signal that was sent; 0 if none was.
  fileprivate static let received = Atomic<Int32>(0)
  /// Whether a stage is at work that finishes a unit before it ends.
  fileprivate static let finishesUnits = Atomic<Bool>(false)
  /// Whether this process is one of several ranks.
  fileprivate static let hasOthers = Atomic<Bool>(false)
  /// Whether it says what happens.
  fileprivate static let speaks = Atomic<Bool>(true)

  /// Whether a stage should begin nothing new.
  public static var isRequested: Bool { received.load(ordering: .relaxed) != 0 }

  /// Takes interrupts from now on, unless whoever started the program ignores them, as `nohup` and scripts do.
  public static func watch() {
    // Made now: the handler may run at any moment, and must make nothing.
    _ = (received.load(ordering: .relaxed), finishesUnits.load(ordering: .relaxed))
    _ = (hasOthers.load(ordering: .relaxed), speaks.load(ordering: .relaxed))
    for signal in [SIGINT, SIGTERM] { takeUnlessIgnored(signal, handle) }
  }

  /// From now on what is said of a request to end is said for all ranks.
  static func isOneOfSeveral(speaks: Bool) {
    hasOthers.store(true, ordering: .relaxed)
    Self.speaks.store(speaks, ordering: .relaxed)
  }

  /// Runs a stage that looks at `isRequested` between its units.
  /// - Parameter areShort: Whether its units are worth waiting for. If not, it is stopped at once.
  /// - Throws: What the stage throws, and `CancellationError` if it was interrupted.
  static func finishingUnits(areShort: Bool = true, _ stage: () throws -> Void) throws {
    let before = finishesUnits.exchange(areShort, ordering: .relaxed)
    defer { finishesUnits.store(before, ordering: .relaxed) }
    try stage()
    if isRequested { throw CancellationError() }
  }

  /// Says how to go on, and ends as shells expect of an interrupted program: with the status 130 or 143.
  public static func end() -> Never {
    let signal = received.load(ordering: .relaxed)
    if speaks.load(ordering: .relaxed) {
      writeToStandardError("Interrupted. The same command continues from what is saved.\n")
    }
    dieOf(signal == 0 ? SIGINT : signal)
  }
}

/// Called by the system, in the middle of anything: it may only do what is allowed there.
private func handle(_ signal: Int32) {
  let isFirst = Interruption.received.exchange(signal, ordering: .relaxed) == 0
  let speaks = Interruption.speaks.load(ordering: .relaxed)
  if isFirst && Interruption.finishesUnits.load(ordering: .relaxed) {
    if !speaks { return }
    if Interruption.hasOthers.load(ordering: .relaxed) {
      // `mpirun` sends the same signal to those that are left when one dies, and says which one that was.
      writeFromHandler(
        """

        The job ends, as it was told to or as a rank has died. If all ranks still answer, they save what is begun. The \
        same command continues from what is saved, with any number of ranks.

        """)
      return
    }
    writeFromHandler(
      "\nInterrupted: finishing and saving what is begun. A second time stops at once.\n")
    return
  }
  if speaks {
    writeFromHandler("\nInterrupted. The same command continues from what is saved.\n")
  }
  dieOf(signal)
}
