import Testing
import UsherClient

@Suite("usherctl: cluster")
struct UsherctlClusterTests {
    @Test("prints a new key with its number each time", arguments: [([], "1"), (["--number", "255"], "255")])
    func key(options: [String], number: String) {
        let keys = (0..<2).map { _ in
            let program = Program(["cluster", "key"] + options)
            #expect(program.finish() == 0)
            return program.printed.split(whereSeparator: \.isWhitespace).map(String.init)
        }
        #expect(keys.allSatisfy { $0.count == 2 && $0[0] == number && Token($0[1]) != nil }, "\(keys)")
        #expect(keys[0][1] != keys[1][1])
    }

    @Test("a number that is none is wrong usage", arguments: ["256", "-1", "x"])
    func number(text: String) {
        #expect(Program(["cluster", "key", "--number", text]).finish() == 2)
    }
}
