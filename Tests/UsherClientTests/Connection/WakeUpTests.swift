import CLinux
import Testing

@testable import UsherClient

@Suite("Wake-up")
struct WakeUpTests {
    private func isReadable(_ wake: WakeUp) -> Bool {
        var waiting = pollfd(fd: wake.descriptor, events: Int16(POLLIN), revents: 0)
        return unsafe poll(&waiting, 1, 0) == 1
    }

    @Test("signals are taken together, and the next one is seen")
    func clearsSignals() {
        let wake = WakeUp()
        for _ in 0..<2 {
            wake.clearIfSignalled()
            #expect(!isReadable(wake))
            wake.signal()
            wake.signal()
            #expect(isReadable(wake))
            wake.clearIfSignalled()
            #expect(!isReadable(wake))
        }
    }

    @Test("a signal that comes while others are taken is not lost")
    func losesNone() {
        let wake = WakeUp()
        wake.signal()
        wake.clear()
        wake.signal()
        #expect(isReadable(wake))
        wake.clearIfSignalled()
        #expect(!isReadable(wake))
    }
}
