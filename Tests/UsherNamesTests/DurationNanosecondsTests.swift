import Testing
import UsherNames

@Suite("Whole nanoseconds")
struct DurationNanosecondsTests {
    @Test("parts are dropped, and what Int64 cannot say is its first or last number")
    func bounds() {
        let (last, first) = (Duration.nanoseconds(Int64.max), Duration.nanoseconds(Int64.min))
        #expect((Duration.nanoseconds(7) + .init(secondsComponent: 0, attosecondsComponent: 9)).wholeNanoseconds == 7)
        #expect(last.wholeNanoseconds == .max && first.wholeNanoseconds == .min)
        for more in [Duration.nanoseconds(1), .milliseconds(200), .seconds(1), .seconds(Int64.max / 2)] {
            #expect((last + more).wholeNanoseconds == .max)
            #expect((first - more).wholeNanoseconds == .min)
        }
    }
}
