// How far a stage has come, on the standard error: redrawn on a terminal, plain lines elsewhere,
// nothing at all for work under two seconds.

internal import Foundation
internal import Synchronization

/// The progress of one stage; any number of workers may report to it.
public final class ProgressLine: Sendable {
  /// Where progress is shown.
  public struct Display: Sendable {
    /// Whether a line can be redrawn.
    let isTerminal: Bool
    /// Seconds from some fixed moment.
    let now: @Sendable () -> Double
    /// Shows text.
    let write: @Sendable (String) -> Void

    /// A display.
    /// - Parameters:
    ///   - isTerminal: Whether a line can be redrawn.
    ///   - now: Seconds from some fixed moment.
    ///   - write: Shows text.
    public init(
      isTerminal: Bool, now: @escaping @Sendable () -> Double,
      write: @escaping @Sendable (String) -> Void
    ) {
      self.isTerminal = isTerminal
      self.now = now
      self.write = write
    }

    /// The standard error.
    public static let standardError = Display(
      isTerminal: standardErrorIsTerminal, now: { ProcessInfo.processInfo.systemUptime },
      write: writeToStandardError)

    /// Nowhere.
    public static let none = Display(isTerminal: false, now: { 0 }, write: { _ in })
  }

  private struct State {
    var done: Int
    var doneBefore: Int
    var hasBegun = false
    var note = ""
    var nextDrawing: Double
    var isDrawn = false
  }

  private let title: String
  private let unit: String
  private let total: Int
  private let display: Display
  private let start: Double
  private let state: Mutex<State>

  /// Seconds before anything is shown.
  private static let silence = 2.0
  /// Seconds between two lines where no terminal is.
  private static let betweenLines = 10.0
  /// Seconds between two drawings on a terminal.
  private static let betweenDrawings = 0.1

  /// Starts the clock.
  /// - Parameters:
  ///   - title: What is being done, such as `collecting`.
  ///   - total: How much there is to do.
  ///   - alreadyDone: How much of it was there before; no part of the rate.
  ///   - unit: What is counted, in the plural.
  ///   - display: Where to show it.
  public init(
    _ title: String, total: Int, alreadyDone: Int = 0, unit: String, on display: Display
  ) {
    self.title = title
    self.total = total
    self.unit = unit
    self.display = display
    start = display.now()
    state = Mutex(
      State(done: alreadyDone, doneBefore: alreadyDone, nextDrawing: start + Self.silence))
  }

  /// Counts what was done.
  /// - Parameters:
  ///   - count: How much more is done.
  ///   - note: Something to show beside it, such as a loss; the last one stays.
  public func advance(by count: Int = 1, note: String? = nil) {
    state.withLock { state in
      state.done += count
      state.hasBegun = true
      if let note { state.note = note }
      let now = display.now()
      guard now >= state.nextDrawing else { return }
      state.nextDrawing = now + (display.isTerminal ? Self.betweenDrawings : Self.betweenLines)
      draw(&state, at: now)
    }
  }

  /// Counts up to a number. What was done before the first call is no part of the rate.
  public func advance(to done: Int) {
    let more = state.withLock { state in
      if !state.hasBegun { state.doneBefore = max(state.doneBefore, done - 1) }
      return done - state.done
    }
    advance(by: more)
  }

  /// Shows the end, if anything was shown before.
  public func finish() {
    state.withLock { state in
      guard state.isDrawn else { return }
      draw(&state, at: display.now())
      if display.isTerminal { display.write("\n") }
      state.isDrawn = false
    }
  }

  private func draw(_ state: inout State, at now: Double) {
    state.isDrawn = true
    let line = line(state, seconds: now - start)
    display.write(
      display.isTerminal ? "\r" + line.prefix(terminalColumns - 1) + "\u{1B}[K" : line + "\n")
  }

  private func line(_ state: State, seconds: Double) -> String {
    let rate = Double(state.done - state.doneBefore) / max(seconds, 1e-9)
    var parts = ["\(title) \(state.done) of \(total) \(unit)", "\(threeDigits(rate)) a second"]
    if state.done >= total {
      parts.append("\(duration(seconds)) in all")
    } else if rate > 0 {
      parts.append("\(duration(Double(total - state.done) / rate)) left")
    }
    if !state.note.isEmpty { parts.append(state.note) }
    return parts.joined(separator: " · ")
  }
}

/// Seconds as people say them: `8 s`, `2 min 05 s`, `1 h 10 min`.
public func duration(_ seconds: Double) -> String {
  let whole = Int(min(max(seconds, 0), 1e15).rounded(.up))
  func padded(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
  return switch whole {
  case ..<60: "\(whole) s"
  case ..<3600: "\(whole / 60) min \(padded(whole % 60)) s"
  default: "\(whole / 3600) h \(padded(whole / 60 % 60)) min"
  }
}

/// A rate to three digits: `0.123`, `4.56`, `78.9`, `1230`.
func threeDigits(_ number: Double) -> String {
  guard number > 0 else { return "0" }
  let decimals = max(0, 2 - Int(log10(number).rounded(.down)))
  guard decimals == 0 else { return String(format: "%.\(min(decimals, 6))f", number) }
  let unit = pow(10, (log10(number).rounded(.down) - 2))
  return String(format: "%.0f", (number / unit).rounded() * unit)
}
