/// Hexadecimal text.
enum Hex {
  /// Lower-case digits, filled with zeros to a width.
  static func digits(_ value: UInt64, width: Int = 0) -> String {
    let text = String(value, radix: 16)
    return String(repeating: "0", count: max(0, width - text.count)) + text
  }

  /// `0x3a0`.
  static func word(_ value: UInt64) -> String { "0x" + digits(value) }
}

/// Times as people read them; the input is always nanoseconds.
enum Duration {
  /// Milliseconds with a number of decimals, rounded half up: `0.41`.
  static func milliseconds(_ nanoseconds: Int64, decimals: Int) -> String {
    fixed(nanoseconds, unit: 1_000_000, decimals: decimals)
  }

  /// Whole microseconds, rounded half up.
  static func microseconds(_ nanoseconds: Int64) -> String {
    fixed(nanoseconds, unit: 1000, decimals: 0)
  }

  private static func fixed(_ value: Int64, unit: UInt64, decimals: Int) -> String {
    let scale = (0..<decimals).reduce(UInt64(1)) { product, _ in product * 10 }
    // The unit is a power of ten that is at least the scale, so the division is exact.
    let step = unit / scale
    let magnitude = value.magnitude
    let rounded = magnitude / step + (magnitude % step * 2 >= step && step > 1 ? 1 : 0)
    let sign = value < 0 && rounded > 0 ? "-" : ""
    let whole = "\(rounded / scale)"
    guard decimals > 0 else { return sign + whole }
    let fraction = "\(rounded % scale)"
    return sign + whole + "." + String(repeating: "0", count: decimals - fraction.count) + fraction
  }
}

/// A date of the calendar, in UTC.
enum CalendarTime {
  /// `2026-03-01 12:00:00Z`, from nanoseconds since 1970.
  static func text(realtime nanoseconds: Int64) -> String {
    var seconds = nanoseconds / 1_000_000_000
    if nanoseconds % 1_000_000_000 < 0 { seconds -= 1 }
    var days = seconds / 86400
    if seconds % 86400 < 0 { days -= 1 }
    let second = seconds - days * 86400
    // Days are counted from 0000-03-01, so that the leap day comes last in its year.
    let shifted = days + 719_468
    let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
    let dayOfEra = shifted - era * 146_097
    let yearOfEra =
      (dayOfEra - dayOfEra / 1460 + dayOfEra / 36524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let monthFromMarch = (5 * dayOfYear + 2) / 153
    let day = dayOfYear - (153 * monthFromMarch + 2) / 5 + 1
    let month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
    let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
    return "\(year)-\(two(month))-\(two(day)) "
      + "\(two(second / 3600)):\(two(second / 60 % 60)):\(two(second % 60))Z"
  }

  private static func two(_ number: Int64) -> String { number < 10 ? "0\(number)" : "\(number)" }
}
