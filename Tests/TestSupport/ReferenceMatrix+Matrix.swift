// Between the numbers of the slow reference and those of the fast code.

public import LinearAlgebra

extension Matrix {
  /// The elements of a reference matrix as floats.
  public init(_ reference: ReferenceMatrix) {
    self.init(rows: reference.rows, columns: reference.columns)
    assign(reference.floats)
  }

  /// The elements as doubles.
  public var reference: ReferenceMatrix {
    ReferenceMatrix(rows: rows, columns: columns, values: values.map { Double($0) })
  }
}
