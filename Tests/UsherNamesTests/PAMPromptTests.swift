import Testing
import UsherNames

@Suite("Messages of one step")
struct PAMPromptTests {
    private func long(_ first: String) -> PAMPrompt { PAMPrompt(.info, first + String(repeating: "é", count: 2047)) }

    @Test("stay as they are where there is room")
    func room() {
        let step = [long("1"), long("2"), PAMPrompt(.visible, "1 - phone\n2 - key\n")]
        #expect(step.fitted == step)
        let full = Array(repeating: PAMPrompt(.secret, String(repeating: "x", count: 512)), count: 32)
        #expect(full.fitted == full)
    }

    @Test("lose the beginning where their texts are too long together: questions stay, then what was said last")
    func texts() {
        let step = (0..<6).map { long("\($0)") } + [PAMPrompt(.secret, "Code: ")]
        let fitted = step.fitted
        #expect(fitted.map(\.isCut) == [true, true, true, false, false, false, false])
        #expect(fitted[0].text.isEmpty && Array(fitted[3...]) == Array(step[3...]))
        #expect(fitted[2].text == "2" + String(repeating: "é", count: 2046))
        #expect(fitted.reduce(0) { $0 + $1.text.utf8.count } <= PAMPrompt.maximumTotal)
        let asking = Array(repeating: PAMPrompt(.visible, String(repeating: "x", count: 4096)), count: 5).fitted
        #expect(asking.map(\.isCut) == [false, false, false, false, true] && asking[4].text.isEmpty)
    }

    @Test("lose their first texts where they are too many, and no question")
    func many() {
        let step = (0..<20).map { PAMPrompt(.info, "\($0)") } + (0..<20).map { PAMPrompt(.secret, "\($0)") }
        let fitted = step.fitted
        #expect(fitted == Array(step[8...]) && fitted.count == 32)
    }
}
