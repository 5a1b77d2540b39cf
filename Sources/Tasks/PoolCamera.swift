// What the agent sees of the pool: a perspective picture by casting one ray for each column of pixels. In
// order: the scene's measures, the camera, one column of a picture, the wall's patterns; then the compass
// that stands in the camera's place where positions are shown.
//
// Exact: sums, products, quotients and square roots of IEEE floats in a fixed order, none of them fused,
// and tables made of the same. Only the wall depends on the place: water and sky have the same colour at
// the same height of every picture, so that where the agent is can only be told from the wall's patterns.

/// A picture of what lies ahead of the agent.
///
/// The field of view is 90° wide, pixels are squares. A ray of column c has the direction
/// u = forward + k_c · right, with k_c = (c + ½ − columns / 2) / (columns / 2), and meets a circle of
/// radius ρ about the point q where |p + t·u − q| = ρ. There the camera sees in row r the height
/// z = eye + m_r · t, with the slope m_r = (rows / 2 − r − ½) / (columns / 2).
public struct PoolCamera: Renderer {
  /// Rows of a picture.
  public let rows: Int
  /// Columns of a picture.
  public let columns: Int

  /// The heights in centimetres: of the eye, a swimmer's, so low that who stands on the platform sees it; of the
  /// wall; of the platform once it has risen.
  private static let eye: Float = 12
  private static let wallHeight: Float = 60
  private static let platformHeight: Float = 8
  /// Texels around the wall, and from its foot to its top.
  private static let texelsAround = 1024
  private static let texelsUp = 32
  private static let platformTop = colour(0.95, 0.95, 0.9)
  private static let platformSide = colour(0.6, 0.55, 0.5)

  private let platforms: [PoolPoint]
  /// The slope of each row's rays.
  private let slopes: [Float]
  /// How far to the right each column's rays lead.
  private let sideways: [Float]
  /// The colours of sky and water in each row.
  private let background: [UInt32]
  /// The wall's colours, around × up.
  private let wall: [UInt32]

  /// A camera that knows where the platforms are.
  public init(rows: Int, columns: Int, platforms: [PoolPoint]) {
    precondition(rows >= 2 && columns >= 2, "\(rows) × \(columns) pixels show nothing")
    self.rows = rows
    self.columns = columns
    self.platforms = platforms
    let focal = Float(columns) / 2
    slopes = (0..<rows).map { (Float(rows) / 2 - Float($0) - 0.5) / focal }
    sideways = (0..<columns).map { (Float($0) + 0.5 - focal) / focal }
    background = slopes.map { slope in
      let share = Double(min(abs(slope), 1))
      return slope > 0
        ? Self.colour(0.75 - 0.3 * share, 0.85 - 0.2 * share, 0.95)
        : Self.colour(0.1, 0.35 + 0.2 * share, 0.4 + 0.25 * share)
    }
    wall = (0..<Self.texelsAround).flatMap { around in
      (0..<Self.texelsUp).map { up in
        Self.wallColour(
          around: (Double(around) + 0.5) / Double(Self.texelsAround),
          up: (Double(up) + 0.5) / Double(Self.texelsUp))
      }
    }
  }

  /// Whether the agent is in the pool, looks one of its ways, and the platform is one of these.
  public func canDraw(_ observation: Observation) -> Bool {
    PoolView(observation).isPossible(among: platforms.count)
  }

  /// Draws the picture: rows × columns × red, green and blue.
  public func draw(_ observation: Observation, into bytes: inout MutableSpan<UInt8>) {
    precondition(
      bytes.count == rows * columns * 3,
      "\(bytes.count) bytes are no picture of \(rows) × \(columns)")
    let view = PoolView(observation)
    let platform = view.platform.map { platforms[$0.index] }
    let forward = (x: Float(Pool.sine(view.heading)), y: -Float(Pool.cosine(view.heading)))
    let position = (x: Float(view.position.x), y: Float(view.position.y))
    for column in 0..<columns {
      let side = sideways[column]
      // Right of (x, y) is (−y, x).
      let ray = Ray(
        x: forward.x - side * forward.y, y: forward.y + side * forward.x, origin: position)
      drawWall(along: ray, column: column, into: &bytes)
      if let platform { draw(platform, along: ray, column: column, into: &bytes) }
    }
  }

  /// A ray over the ground.
  private struct Ray {
    let x: Float
    let y: Float
    let origin: (x: Float, y: Float)

    /// The lengths at which the ray enters and leaves a circle, if it meets it.
    @inline(__always)
    func lengths(through centre: (x: Float, y: Float), radius: Float) -> (Float, Float)? {
      let (fromX, fromY) = (origin.x - centre.x, origin.y - centre.y)
      let a = x * x + y * y
      let b = fromX * x + fromY * y
      let c = fromX * fromX + fromY * fromY - radius * radius
      let discriminant = b * b - a * c
      guard discriminant >= 0 else { return nil }
      let root = discriminant.squareRoot()
      return ((-b - root) / a, (-b + root) / a)
    }
  }

  /// A column as it is without a platform.
  @inline(__always)
  private func drawWall(along ray: Ray, column: Int, into bytes: inout MutableSpan<UInt8>) {
    guard let (_, length) = ray.lengths(through: (0, 0), radius: Float(Pool.radius)) else {
      preconditionFailure("the camera stands outside the pool, at \(ray.origin)")
    }
    let hit = (x: ray.origin.x + length * ray.x, y: ray.origin.y + length * ray.y)
    let texels = Self.texel(around: hit) * Self.texelsUp
    let scale = Float(Self.texelsUp) / Self.wallHeight
    var place = 3 * column
    for row in 0..<rows {
      let up = (Self.eye + slopes[row] * length) * scale
      let colour =
        up >= 0 && up < Float(Self.texelsUp) ? wall[texels + Int(up)] : background[row]
      Self.put(colour, at: place, into: &bytes)
      place += 3 * columns
    }
  }

  /// The platform over a column: its top where a ray comes down to its height inside it, its side where the
  /// ray enters it.
  private func draw(
    _ platform: PoolPoint, along ray: Ray, column: Int, into bytes: inout MutableSpan<UInt8>
  ) {
    let centre = (x: Float(platform.x), y: Float(platform.y))
    guard let (near, far) = ray.lengths(through: centre, radius: Float(Pool.platformRadius)),
      far > 0
    else { return }
    for row in 0..<rows where slopes[row] < 0 {
      let down = (Self.eye - Self.platformHeight) / -slopes[row]
      let entry = Self.eye + slopes[row] * near
      var colour: UInt32?
      if down >= near && down <= far { colour = Self.platformTop }
      if near > 0 && entry >= 0 && entry < Self.platformHeight { colour = Self.platformSide }
      if let colour { Self.put(colour, at: 3 * (row * columns + column), into: &bytes) }
    }
  }

  @inline(__always)
  private static func put(_ colour: UInt32, at place: Int, into bytes: inout MutableSpan<UInt8>) {
    bytes[place] = UInt8(truncatingIfNeeded: colour)
    bytes[place + 1] = UInt8(truncatingIfNeeded: colour >> 8)
    bytes[place + 2] = UInt8(truncatingIfNeeded: colour >> 16)
  }

  /// The texel of a direction, clockwise from north: along the sides of a square that stands on its corner,
  /// which takes one division where an angle would take a series.
  @inline(__always)
  private static func texel(around point: (x: Float, y: Float)) -> Int {
    // −1 at west, 0 at north and south, 1 at east; then −1 ... 3.
    let along = point.x / (abs(point.x) + abs(point.y))
    let turn = point.y < 0 ? along : 2 - along
    let texel = Int((turn < 0 ? turn + 4 : turn) * Float(texelsAround / 4))
    return min(texel, texelsAround - 1)
  }

  /// The wall's patterns: a hue that is nowhere the same twice, and over it stripes and checks that change
  /// eight times around.
  private static func wallColour(around: Double, up: Double) -> UInt32 {
    let along = sine(ofTurns: 32 * around)
    let across = sine(ofTurns: 2 * up)
    let pattern =
      switch Int(8 * around) % 4 {
      case 0: along
      case 1: across
      case 2: along * across
      default: sine(ofTurns: 32 * around + 2 * up)
      }
    let light = 0.75 + 0.25 * pattern
    func part(_ shift: Double) -> Double { light * (0.5 + 0.5 * sine(ofTurns: around + shift)) }
    return colour(part(0), part(1.0 / 3), part(2.0 / 3))
  }

  /// Red, green and blue in 0 ... 1, the lowest byte red.
  private static func colour(_ red: Double, _ green: Double, _ blue: Double) -> UInt32 {
    func byte(_ part: Double) -> UInt32 { UInt32((255 * min(max(part, 0), 1)).rounded()) }
    return byte(red) | byte(green) << 8 | byte(blue) << 16
  }
}

/// What stands in the camera's place where positions are shown: x, y, sine and cosine of the heading,
/// whether the platform is to be seen, and its x and y; all of the last three are −1 if it is not.
public struct PoolCompass: Renderer {
  /// Seven numbers.
  public static let byteCount = 7

  private let platforms: [PoolPoint]

  /// A compass that knows where the platforms are.
  public init(platforms: [PoolPoint]) { self.platforms = platforms }

  /// Whether the agent is in the pool, looks one of its ways, and the platform is one of these.
  public func canDraw(_ observation: Observation) -> Bool {
    PoolView(observation).isPossible(among: platforms.count)
  }

  /// Writes the numbers, −1 as 0 and 1 as 255.
  public func draw(_ observation: Observation, into bytes: inout MutableSpan<UInt8>) {
    let view = PoolView(observation)
    func byte(_ part: Double) -> UInt8 { UInt8((127.5 + 127.5 * part).rounded()) }
    func byte(centimetres: Int) -> UInt8 { byte(Double(centimetres) / 128) }
    bytes[0] = byte(centimetres: view.position.x)
    bytes[1] = byte(centimetres: view.position.y)
    bytes[2] = byte(Pool.sine(view.heading))
    bytes[3] = byte(Pool.cosine(view.heading))
    let platform = view.platform.map { platforms[$0.index] }
    bytes[4] = platform == nil ? 0 : 255
    bytes[5] = platform.map { byte(centimetres: $0.x) } ?? 0
    bytes[6] = platform.map { byte(centimetres: $0.y) } ?? 0
  }
}
