import Testing

@testable import UsherClient

@Suite("Circuit breaker")
struct CircuitBreakerTests {
    private static let start = MonotonicInstant(nanoseconds: 1_000_000_000)
    private static func after(_ milliseconds: Int) -> MonotonicInstant { start + .milliseconds(milliseconds) }

    @Test("is closed until tries have failed for a second, then open")
    func opens() {
        var breaker = CircuitBreaker()
        breaker.called(at: Self.start)
        #expect(!breaker.isOpen && breaker.nextInstant == .never)
        _ = breaker.failed(at: Self.start)
        breaker.timePassed(at: Self.after(999))
        #expect(!breaker.isOpen && breaker.nextInstant == Self.after(1000))
        breaker.timePassed(at: Self.after(1000))
        #expect(breaker.isOpen && breaker.nextInstant == .never)
    }

    @Test("opens by a try or by a call as well as by time", arguments: [true, false])
    func opensWithoutTimer(byCall: Bool) {
        var breaker = CircuitBreaker()
        _ = breaker.failed(at: Self.start)
        if byCall { breaker.called(at: Self.after(1000)) } else { _ = breaker.failed(at: Self.after(1000)) }
        #expect(breaker.isOpen)
    }

    @Test("closes at once by a try that succeeds, and forgets how long it was open")
    func closes() {
        var breaker = CircuitBreaker()
        for tenth in 0...20 { _ = breaker.failed(at: Self.after(tenth * 100)) }
        #expect(breaker.isOpen)
        breaker.ended()
        #expect(!breaker.isOpen && !breaker.goesOn(at: Self.after(2000)) && breaker.mayTry(at: Self.after(2000)))
        let next = breaker.failed(at: Self.after(2100))
        #expect(!breaker.isOpen && next == Self.after(2110) && breaker.nextInstant == Self.after(3100))
    }

    @Test("opens with the first failed try where there is no patience")
    func impatient() {
        var limits = CircuitBreaker.Limits()
        limits.patience = .zero
        var breaker = CircuitBreaker(limits: limits)
        _ = breaker.failed(at: Self.start)
        #expect(breaker.isOpen)
    }

    @Test("doubles the pause between tries, up to the longest")
    func pauses() {
        var breaker = CircuitBreaker()
        var (now, pauses): (MonotonicInstant, [Int32]) = (Self.start, [])
        for _ in 0..<8 {
            let next = breaker.failed(at: now)
            pauses.append(now.milliseconds(until: next))
            now = next
        }
        #expect(pauses == [10, 20, 40, 80, 160, 320, 500, 500])
    }

    @Test("lets a call try ten milliseconds after the last try, however long the pause is")
    func callsTry() {
        var breaker = CircuitBreaker()
        for tenth in 0...20 { _ = breaker.failed(at: Self.after(tenth * 100)) }
        #expect(!breaker.mayTry(at: Self.after(2009)) && breaker.mayTry(at: Self.after(2010)))
    }

    @Test("goes on for a minute after the last call, and has then forgotten the outage")
    func memory() {
        var breaker = CircuitBreaker()
        breaker.called(at: Self.start)
        _ = breaker.failed(at: Self.start)
        breaker.called(at: Self.after(2_000))
        for second in 3..<62 { _ = breaker.failed(at: Self.after(second * 1000)) }
        #expect(breaker.isOpen && breaker.goesOn(at: Self.after(61_999)) && !breaker.goesOn(at: Self.after(62_000)))
        breaker.called(at: Self.after(62_000))
        #expect(!breaker.isOpen)
    }
}
