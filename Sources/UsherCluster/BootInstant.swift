/// An instant of a host's CLOCK_BOOTTIME. Instants of different hosts are not compared.
package struct BootInstant: Comparable, Hashable, Sendable {
    /// Nanoseconds since the host's boot.
    package let nanoseconds: UInt64

    /// The boot: as the end of a lease, no lease.
    package static let boot = BootInstant(nanoseconds: 0)
    /// Later than every instant that a clock shows.
    package static let never = BootInstant(nanoseconds: .max)

    /// The instant that is `nanoseconds` after the boot.
    package init(nanoseconds: UInt64) { self.nanoseconds = nanoseconds }

    package static func < (one: Self, other: Self) -> Bool { one.nanoseconds < other.nanoseconds }

    /// `span` later; at most `never`.
    package static func + (instant: Self, span: BootSpan) -> Self {
        let (sum, overflow) = instant.nanoseconds.addingReportingOverflow(span.nanoseconds)
        return overflow ? .never : Self(nanoseconds: sum)
    }

    /// `span` earlier; at least the boot.
    package static func - (instant: Self, span: BootSpan) -> Self {
        Self(nanoseconds: instant.nanoseconds - min(span.nanoseconds, instant.nanoseconds))
    }

    /// How much later this instant is than `other`; nothing where it is not later.
    package func since(_ other: Self) -> BootSpan {
        BootSpan(nanoseconds: self > other ? nanoseconds - other.nanoseconds : 0)
    }
}

/// A duration of CLOCK_BOOTTIME. One word, where `Duration` has two: the simulation adds and compares a billion.
package struct BootSpan: Comparable, Hashable, Sendable {
    /// The length.
    package let nanoseconds: UInt64

    /// A span of so many nanoseconds.
    package init(nanoseconds: UInt64) { self.nanoseconds = nanoseconds }

    /// A span of so many milliseconds.
    package static func milliseconds(_ count: UInt64) -> Self {
        let (product, overflow) = count.multipliedReportingOverflow(by: 1_000_000)
        return Self(nanoseconds: overflow ? .max : product)
    }

    package static func < (one: Self, other: Self) -> Bool { one.nanoseconds < other.nanoseconds }

    /// Both, one after the other.
    package static func + (one: Self, other: Self) -> Self {
        Self(nanoseconds: one.nanoseconds.addingReportingOverflow(other.nanoseconds).partialValue)
    }

    /// `percent` hundredths of the span.
    package func scaled(percent: UInt64) -> Self { Self(nanoseconds: nanoseconds / 100 * percent) }

    /// Whole seconds.
    package var seconds: UInt64 { nanoseconds / 1_000_000_000 }
}
