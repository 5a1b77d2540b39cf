// The elements of a mapped tensor: checked against the tensor's end at every access, at the price of
// a comparison; no copy, no allocation.

/// A tensor's elements in mapped memory, the last dimension running fastest.
///
/// May be read from many threads at once. Keeps its file mapped.
@safe public struct TensorView<Element: TensorElement>: @unchecked Sendable {
  /// The lengths of the dimensions.
  public let shape: [Int]
  public let count: Int
  @usableFromInline let base: UnsafeRawPointer
  @usableFromInline let file: MappedFile
  /// In the file.
  private let firstByte: Int

  init(_ file: MappedFile, range: Range<Int>, shape: [Int]) {
    self.file = file
    firstByte = range.lowerBound
    self.shape = shape
    count = range.count / MemoryLayout<Element.Stored>.size
    unsafe base = file.address(of: range)
  }

  /// Tells the system that this tensor, and all others of its file, will be read here and there: it then
  /// reads single pages from the disk instead of what lies around them.
  public func expectRandomReads() { file.expectRandomReads() }

  /// Has the system begin to read some elements from the disk, where they are not in memory, without waiting for them.
  public func willRead(_ range: Range<Int>) {
    precondition(
      range.lowerBound >= 0 && range.upperBound <= count, "no elements \(range) among \(count)")
    let size = MemoryLayout<Element.Stored>.size
    file.willRead(firstByte + range.lowerBound * size..<firstByte + range.upperBound * size)
  }

  /// An element, by its place among all.
  @inlinable
  public subscript(index: Int) -> Element {
    precondition(index >= 0 && index < count, "no element \(index) among \(count)")
    let stored = unsafe base.loadUnaligned(
      fromByteOffset: index &* MemoryLayout<Element.Stored>.size, as: Element.Stored.self)
    return Element.element(storedAs: stored)
  }

  /// A copy of some elements.
  @inlinable
  public func elements(in range: Range<Int>) -> [Element] {
    precondition(
      range.lowerBound >= 0 && range.upperBound <= count, "no elements \(range) among \(count)")
    return range.map { self[$0] }
  }

  /// A copy of some elements, of a type that is in memory what it is in the file.
  @inlinable
  public func elements(in range: Range<Int>) -> [Element] where Element.Stored == Element {
    precondition(
      range.lowerBound >= 0 && range.upperBound <= count, "no elements \(range) among \(count)")
    let size = MemoryLayout<Element>.size
    return unsafe Array(unsafeUninitializedCapacity: range.count) { buffer, filled in
      unsafe UnsafeMutableRawBufferPointer(buffer).copyMemory(
        from: UnsafeRawBufferPointer(
          start: base + range.lowerBound &* size, count: range.count &* size))
      filled = range.count
    }
  }

  /// A copy of all elements.
  @inlinable
  public func elements() -> [Element] { elements(in: 0..<count) }
}
