import Testing

@testable import UsherClient

@Suite("Locked value")
struct LockedTests {
    @Test("gives up where it stays taken, instead of waiting")
    func busy() {
        let value = Locked(1)
        let (inner, outer) = value.withLock { value2 in
            value2 = 2
            return (value.withLockUnlessBusy { $0 }, value2)
        }
        #expect(inner == nil && outer == 2)
        #expect(value.withLockUnlessBusy { $0 } == 2)
        #expect(value.withLock { $0 } == 2)
    }
}
