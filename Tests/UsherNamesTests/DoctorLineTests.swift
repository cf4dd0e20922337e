import Testing
import UsherNames

@Suite("Lines of the doctor")
struct DoctorLineTests {
    @Test(
        "are read as they were written",
        arguments: [
            .report(""), .report("Steps for ada:"), .question("Password: ", isVisible: false),
            .question("", isVisible: true), .verdict(true), .verdict(false),
        ] as [DoctorLine])
    func roundTrip(_ line: DoctorLine) {
        #expect(DoctorLine(line.text) == line)
    }

    @Test("that end too early are no good outcome")
    func cut() {
        #expect(DoctorLine("\u{4}") == .verdict(false) && DoctorLine("\u{5}") == .question("", isVisible: false))
    }
}
