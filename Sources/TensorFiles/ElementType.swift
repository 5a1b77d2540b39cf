// What a tensor's elements are: the types of the safetensors format that the package reads and
// writes, and the Swift types they are. Half precision is refused: nothing here makes any.

/// The type of a tensor's elements, by its name in the file.
public enum ElementType: String, CaseIterable, Sendable, Codable {
  /// One byte, 0 or 1.
  case bool = "BOOL"
  /// One byte, 0 to 255.
  case uint8 = "U8"
  /// One byte, −128 to 127.
  case int8 = "I8"
  /// Two bytes, unsigned.
  case uint16 = "U16"
  /// Two bytes, signed.
  case int16 = "I16"
  /// Four bytes, unsigned.
  case uint32 = "U32"
  /// Four bytes, signed.
  case int32 = "I32"
  /// Eight bytes, signed.
  case int64 = "I64"
  /// Four bytes, IEEE 754.
  case float32 = "F32"
  /// Eight bytes, IEEE 754.
  case float64 = "F64"

  /// The bytes of one element.
  public var byteCount: Int {
    switch self {
    case .bool, .uint8, .int8: 1
    case .uint16, .int16: 2
    case .uint32, .int32, .float32: 4
    case .int64, .float64: 8
    }
  }
}

/// A Swift type that tensors can hold.
public protocol TensorElement: BitwiseCopyable, Sendable {
  /// The bits in the file, for which every pattern is a value.
  associatedtype Stored: BitwiseCopyable = Self

  /// The type's name in the file.
  static var elementType: ElementType { get }

  /// The element with these bits.
  static func element(storedAs stored: Stored) -> Self
}

extension TensorElement where Stored == Self {
  /// The bits themselves.
  @inlinable
  public static func element(storedAs stored: Self) -> Self { stored }
}

extension Bool: TensorElement {
  public static var elementType: ElementType { .bool }

  /// True for every byte but 0.
  @inlinable
  public static func element(storedAs stored: UInt8) -> Bool { stored != 0 }
}

extension UInt8: TensorElement {
  public static var elementType: ElementType { .uint8 }
}

extension Int8: TensorElement {
  public static var elementType: ElementType { .int8 }
}

extension UInt16: TensorElement {
  public static var elementType: ElementType { .uint16 }
}

extension Int16: TensorElement {
  public static var elementType: ElementType { .int16 }
}

extension UInt32: TensorElement {
  public static var elementType: ElementType { .uint32 }
}

extension Int32: TensorElement {
  public static var elementType: ElementType { .int32 }
}

extension Int64: TensorElement {
  public static var elementType: ElementType { .int64 }
}

extension Float: TensorElement {
  public static var elementType: ElementType { .float32 }
}

extension Double: TensorElement {
  public static var elementType: ElementType { .float64 }
}
