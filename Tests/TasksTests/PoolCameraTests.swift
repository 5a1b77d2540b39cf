// The camera, against a slow ray caster in double precision that finds every pixel by itself, and against
// projections by hand.

import Foundation
import Randomness
import Tasks
import TestSupport
import Testing

/// The scene by its definition in space: a cylinder of wall, and one of platform if it is to be seen. Knows no
/// column, table or texel of the camera's.
private struct ReferenceCamera {
  enum Part { case wall, background, platform }

  let rows: Int
  let columns: Int
  var platforms: [PoolPoint] = []

  /// What a pixel shows, and its colour. Nil where it shows wall or background by a hair.
  func pixel(_ row: Int, _ column: Int, _ view: PoolView) -> (part: Part?, colour: [UInt8]) {
    let focal = Double(columns) / 2
    let side = (Double(column) + 0.5 - focal) / focal
    let slope = (Double(rows) / 2 - Double(row) - 0.5) / focal
    let angle = 2 * Double.pi * Double(view.heading) / 12
    let ahead = (x: sin(angle), y: -cos(angle))
    let ray = (x: ahead.x - side * ahead.y, y: ahead.y + side * ahead.x)
    let eye = (x: Double(view.position.x), y: Double(view.position.y))

    if let platform = view.platform,
      let colour = self.colour(of: platforms[platform.index], from: eye, ray, slope)
    {
      return (.platform, colour)
    }
    let length = lengths(from: eye, ray, to: PoolPoint(x: 0, y: 0), radius: 120)?.1 ?? 0
    let height = 12 + slope * length
    let isWall = height >= 0 && height < 60
    let isClear = min(abs(height), abs(height - 60)) > 1e-3
    let colour =
      isWall
      ? wallColour(x: eye.x + length * ray.x, y: eye.y + length * ray.y, height: height)
      : background(slope)
    return (isClear ? (isWall ? .wall : .background) : nil, colour)
  }

  /// The side of the platform where the ray enters it, or its top where the ray comes down on it.
  private func colour(
    of platform: PoolPoint, from eye: (x: Double, y: Double), _ ray: (x: Double, y: Double),
    _ slope: Double
  ) -> [UInt8]? {
    guard let (near, far) = lengths(from: eye, ray, to: platform, radius: 13) else { return nil }
    if near > 0, case let height = 12 + slope * near, height >= 0, height < 8 {
      return bytes(0.6, 0.55, 0.5)
    }
    guard slope < 0, case let down = (8 - 12) / slope, down >= near, down <= far else {
      return nil
    }
    return bytes(0.95, 0.95, 0.9)
  }

  private func lengths(
    from eye: (x: Double, y: Double), _ ray: (x: Double, y: Double), to centre: PoolPoint,
    radius: Double
  ) -> (Double, Double)? {
    let from = (x: eye.x - Double(centre.x), y: eye.y - Double(centre.y))
    let square = ray.x * ray.x + ray.y * ray.y
    let closest = -(from.x * ray.x + from.y * ray.y) / square
    let off = (x: from.x + closest * ray.x, y: from.y + closest * ray.y)
    let rest = (radius * radius - off.x * off.x - off.y * off.y) / square
    return rest < 0 ? nil : (closest - rest.squareRoot(), closest + rest.squareRoot())
  }

  private func background(_ slope: Double) -> [UInt8] {
    let share = min(abs(slope), 1)
    return slope > 0
      ? bytes(0.75 - 0.3 * share, 0.85 - 0.2 * share, 0.95)
      : bytes(0.1, 0.35 + 0.2 * share, 0.4 + 0.25 * share)
  }

  /// The pattern at the middle of one of 1,024 × 32 tiles.
  private func wallColour(x: Double, y: Double, height: Double) -> [UInt8] {
    let sum = abs(x) + abs(y)
    let turn =
      switch (x >= 0, y < 0) {
      case (true, true): abs(x) / sum
      case (true, false): 1 + abs(y) / sum
      case (false, false): 2 + abs(x) / sum
      case (false, true): 3 + abs(y) / sum
      }
    let around = (min((256 * turn).rounded(.down), 1023) + 0.5) / 1024
    let up = ((height * 32 / 60).rounded(.down) + 0.5) / 32
    func wave(_ turns: Double) -> Double { sin(2 * Double.pi * turns) }
    let patterns = [
      wave(32 * around), wave(2 * up), wave(32 * around) * wave(2 * up),
      wave(32 * around + 2 * up),
    ]
    let light = 0.75 + 0.25 * patterns[Int(8 * around) % 4]
    let parts = (0..<3).map { light * (0.5 + 0.5 * wave(around + Double($0) / 3)) }
    return bytes(parts[0], parts[1], parts[2])
  }

  private func bytes(_ red: Double, _ green: Double, _ blue: Double) -> [UInt8] {
    [red, green, blue].map { UInt8((255 * min(max($0, 0), 1)).rounded()) }
  }
}

extension Renderer {
  /// A picture by itself.
  fileprivate func picture(_ view: PoolView, byteCount: Int) -> [UInt8] {
    var bytes = [UInt8](repeating: 7, count: byteCount)
    var span = bytes.mutableSpan
    draw(view.observation, into: &span)
    return bytes
  }
}

extension PoolCamera {
  fileprivate func picture(_ view: PoolView) -> [UInt8] {
    picture(view, byteCount: rows * columns * 3)
  }
}

/// Views from all over the pool, half of them with a platform to be seen.
private func views(_ count: Int, platforms: Int, seed: UInt64 = 1) -> [PoolView] {
  var random = Random(seed: seed)
  return (0..<count).map { number in
    var position = PoolPoint(x: 120, y: 120)
    while position.squaredDistance(to: PoolPoint(x: 0, y: 0)) > 114 * 114 {
      position = PoolPoint(x: random.below(229) - 114, y: random.below(229) - 114)
    }
    let platform = number % 2 == 0 ? nil : TaskID(random.below(platforms))
    return PoolView(
      position: position, heading: random.below(Pool.headings), platform: platform)
  }
}

private let family = WatermazeFamily()
private let platforms = family.allTasks.map { family.task($0).platform }

@Suite struct `The pool's camera` {
  @Test(arguments: [(18, 24, 400), (72, 96, 60), (10, 8, 800)])
  func `draws the pixels of the slow reference`(rows: Int, columns: Int, count: Int) {
    let camera = PoolCamera(rows: rows, columns: columns, platforms: platforms)
    let reference = ReferenceCamera(rows: rows, columns: columns, platforms: platforms)
    var (different, shown) = (0, [ReferenceCamera.Part: Int]())
    for view in views(count, platforms: platforms.count) {
      let picture = camera.picture(view)
      for row in 0..<rows {
        for column in 0..<columns {
          let expected = reference.pixel(row, column, view)
          if let part = expected.part { shown[part, default: 0] += 1 }
          let place = 3 * (row * columns + column)
          if Array(picture[place..<place + 3]) != expected.colour { different += 1 }
        }
      }
    }
    let share = Double(different) / Double(rows * columns * count)
    #expect(share <= Tolerance.pixelsOfRounding)
    #expect(shown.values.allSatisfy { $0 > 100 } && shown.count == 3)
  }

  @Test func `colours sky and water by the row alone, wherever it is`() {
    let (rows, columns) = (18, 24)
    let camera = PoolCamera(rows: rows, columns: columns, platforms: [])
    let reference = ReferenceCamera(rows: rows, columns: columns)
    var colours = [Set<[UInt8]>](repeating: [], count: rows)
    for var view in views(600, platforms: 1) {
      view.platform = nil
      let picture = camera.picture(view)
      for row in 0..<rows {
        for column in 0..<columns
        where reference.pixel(row, column, view).part == .background {
          let place = 3 * (row * columns + column)
          colours[row].insert(Array(picture[place..<place + 3]))
        }
      }
    }
    #expect(colours.allSatisfy { $0.count <= 1 })
    #expect(colours.filter { $0.count == 1 }.count >= 12)
  }

  @Test func `has the same bytes on every machine`() {
    var checksum: UInt64 = 0xCBF2_9CE4_8422_2325
    for (rows, columns) in [(18, 24), (72, 96)] {
      let camera = PoolCamera(rows: rows, columns: columns, platforms: platforms)
      for view in views(100, platforms: platforms.count, seed: 2) {
        for byte in camera.picture(view) { checksum = (checksum ^ UInt64(byte)) &* 0x100_0000_01B3 }
      }
    }
    #expect(checksum == 2_357_534_741_504_997_191)
  }

  @Test func `draws the same bytes from several threads at once`() async {
    let camera = PoolCamera(rows: 18, columns: 24, platforms: platforms)
    let views = views(500, platforms: platforms.count)
    let expected = views.map(camera.picture)
    let drawn = await withTaskGroup(of: [[UInt8]].self) { group in
      for _ in 0..<8 { group.addTask { views.map(camera.picture) } }
      return await group.reduce(into: []) { $0.append($1) }
    }
    #expect(drawn.count == 8 && drawn.allSatisfy { $0 == expected })
  }

  @Test func `draws the paper's 72 × 96 × 3, of which the family's picture is a smaller one`() {
    let paper = pools { ($0.frameRows, $0.frameColumns) = (72, 96) }
    #expect(paper.interface.sight == .image(rows: 72, columns: 96))
    #expect(paper.interface.sight.byteCount == 20_736)
    let view = PoolView(position: PoolPoint(x: 20, y: -50), heading: 4, platform: TaskID(3))
    let picture = paper.renderer?.picture(view, byteCount: 20_736) ?? []
    #expect(Set(picture).count > 50)
    #expect(family.interface.sight == .image(rows: 18, columns: 24))
  }

  @Test func `tells every heading at a place from every other`() {
    let camera = PoolCamera(rows: 18, columns: 24, platforms: [])
    let pictures = (0..<Pool.headings).map {
      camera.picture(PoolView(position: PoolPoint(x: 0, y: 0), heading: $0, platform: nil))
    }
    #expect(Set(pictures).count == Pool.headings)
  }
}

@Suite struct `A platform in the picture` {
  private let rows = 72
  private let columns = 96

  /// The mean row and column of the pixels that a platform changes, from the middle looking some way.
  private func place(of platform: PoolPoint, heading: Int) -> (row: Double, column: Double)? {
    let camera = PoolCamera(rows: rows, columns: columns, platforms: [platform])
    func picture(_ shown: TaskID?) -> [UInt8] {
      camera.picture(
        PoolView(position: PoolPoint(x: 0, y: 0), heading: heading, platform: shown))
    }
    let (bare, shown) = (picture(nil), picture(TaskID(0)))
    let changed = (0..<rows * columns).filter {
      bare[3 * $0..<3 * $0 + 3] != shown[3 * $0..<3 * $0 + 3]
    }
    guard !changed.isEmpty else { return nil }
    let count = Double(changed.count)
    return (
      Double(changed.reduce(0) { $0 + $1 / columns }) / count,
      Double(changed.reduce(0) { $0 + $1 % columns }) / count
    )
  }

  // A metre ahead of an eye 12 cm high, the middle of the platform's body, 4 cm high, is 0.08 below the
  // horizon; the focal length is 48 pixels, the middle of the picture at row and column 35.5 and 47.5.
  @Test(arguments: [
    (PoolPoint(x: 0, y: -100), 0, 0.0), (PoolPoint(x: 50, y: -100), 0, 0.5),
    (PoolPoint(x: -50, y: -100), 0, -0.5), (PoolPoint(x: 100, y: 0), 3, 0.0),
    (PoolPoint(x: 100, y: 50), 3, 0.5), (PoolPoint(x: 0, y: 100), 6, 0.0),
    (PoolPoint(x: -100, y: -25), 9, 0.25),
  ])
  func `stands where it is projected by hand`(platform: PoolPoint, heading: Int, side: Double)
    throws
  {
    let found = try #require(place(of: platform, heading: heading))
    #expect(abs(found.column - (47.5 + 48 * side)) <= Tolerance.platformPixels)
    #expect(abs(found.row - (35.5 + 48 * 0.08)) <= Tolerance.platformPixels)
  }

  @Test func `is to be seen by who stands on it`() {
    #expect(place(of: PoolPoint(x: 0, y: 0), heading: 0) != nil)
    #expect(place(of: PoolPoint(x: 5, y: -8), heading: 1) != nil)
  }

  @Test func `is not to be seen behind the back`() {
    #expect(place(of: PoolPoint(x: 0, y: 100), heading: 0) == nil)
    #expect(place(of: PoolPoint(x: 0, y: 100), heading: 6) != nil)
  }
}

@Suite struct `What cannot be drawn` {
  @Test(arguments: [
    (PoolView(position: PoolPoint(x: 0, y: 0), heading: 0, platform: nil), true),
    (PoolView(position: PoolPoint(x: 119, y: 0), heading: 11, platform: TaskID(3)), true),
    (PoolView(position: PoolPoint(x: -120, y: 0), heading: 0, platform: nil), false),
    (PoolView(position: PoolPoint(x: 100, y: 100), heading: 0, platform: nil), false),
    (PoolView(position: PoolPoint(x: 0, y: 0), heading: 12, platform: nil), false),
    (PoolView(position: PoolPoint(x: 0, y: 0), heading: 0, platform: TaskID(4)), false),
  ])
  func `is told apart by camera and compass`(view: PoolView, canBeDrawn: Bool) {
    let platforms = [PoolPoint](repeating: PoolPoint(x: 60, y: 0), count: 4)
    let camera = PoolCamera(rows: 18, columns: 24, platforms: platforms)
    #expect(camera.canDraw(view.observation) == canBeDrawn)
    #expect(PoolCompass(platforms: platforms).canDraw(view.observation) == canBeDrawn)
  }
}

@Suite struct `The compass` {
  private let pools = allPools

  @Test func `tells place, heading and platform in seven bytes`() throws {
    let compass = try #require(pools.renderer)
    #expect(pools.interface.sight == .vector(count: 7))
    let east = PoolView(position: PoolPoint(x: 64, y: -128), heading: 3, platform: nil)
    #expect(compass.picture(east, byteCount: 7) == [191, 0, 255, 128, 0, 0, 0])
    let platform = pools.task(TaskID(2)).platform
    let shown = compass.picture(
      PoolView(position: PoolPoint(x: 0, y: 0), heading: 6, platform: TaskID(2)), byteCount: 7)
    func byte(_ centimetres: Int) -> UInt8 {
      UInt8((127.5 + 127.5 * Double(centimetres) / 128).rounded())
    }
    #expect(shown == [128, 128, 128, 0, 255, byte(platform.x), byte(platform.y)])
  }
}
