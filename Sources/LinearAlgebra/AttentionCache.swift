// The keys and values of the tokens that streams have seen, in the order in which a new query reads
// them. What attending gives has the same bits as attention over the whole window.

internal import CKernels

/// Keys and values of one layer for several streams, and attention over them.
public struct AttentionCache {
  /// The greatest number of tokens of a stream.
  public let tokens: Int
  public let heads: Int
  /// The width of a head.
  public let width: Int
  /// A row for each stream.
  private let keys: Matrix
  private let values: Matrix
  private let scratch: Matrix

  /// Room for some streams.
  public init(streams: Int, tokens: Int, heads: Int, width: Int) {
    precondition(
      streams >= 1 && tokens >= 1 && heads >= 1 && width >= 1,
      "\(streams) streams × \(tokens) tokens × \(heads) heads × \(width) hold nothing")
    self.tokens = tokens
    self.heads = heads
    self.width = width
    keys = Matrix(rows: streams, columns: ck_cache_keys(tokens, heads, width))
    values = Matrix(rows: streams, columns: ck_cache_values(tokens, heads, width))
    scratch = Matrix(rows: 1, columns: ck_cache_scratch(tokens, heads, width))
  }

  /// Stores the keys and values of successive tokens of a stream.
  /// - Parameters:
  ///   - rows: A row for each token: queries, keys and values of all heads.
  ///   - first: The place of the first of them among the stream's tokens.
  public func store(_ rows: Matrix, stream: Int, at first: Int) {
    check(rows, stream, first)
    var cache = unsafe cache(of: stream)
    for row in 0..<rows.rows {
      let key = unsafe rows.base + row * rows.stride + heads * width
      unsafe ck_cache_store(&cache, first + row, key, key + heads * width)
    }
  }

  /// mixed = softmax(q · kᵀ / √width) · v of successive tokens that are stored, each over those up to
  /// itself.
  /// - Parameters:
  ///   - rows: As for `store`.
  ///   - mixed: A row of heads × width for each; overwritten.
  public func attend(_ rows: Matrix, stream: Int, at first: Int, into mixed: Matrix) {
    check(rows, stream, first)
    precondition(
      mixed.rows == rows.rows && mixed.columns == heads * width,
      "\(mixed.rows) × \(mixed.columns) does not take \(rows.rows) tokens of \(heads) × \(width)")
    var cache = unsafe cache(of: stream)
    for row in 0..<rows.rows {
      unsafe ck_cache_attend(
        &cache, first + row + 1, rows.base + row * rows.stride, scratch.base,
        mixed.base + row * mixed.stride)
    }
  }

  private func cache(of stream: Int) -> ck_cache {
    unsafe ck_cache(
      tokens: tokens, heads: heads, width: width, scale: 1 / Float(width).squareRoot(),
      keys: keys.base + stream * keys.stride, values: values.base + stream * values.stride)
  }

  private func check(_ rows: Matrix, _ stream: Int, _ first: Int) {
    precondition(
      rows.columns == 3 * heads * width,
      "rows of \(rows.columns) hold no queries, keys and values of \(heads) × \(width)")
    precondition(
      (0..<keys.rows).contains(stream) && first >= 0 && first + rows.rows <= tokens,
      "\(rows.rows) tokens from \(first) of stream \(stream) leave \(keys.rows) streams of \(tokens)"
    )
  }
}
