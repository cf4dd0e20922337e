import Testing
import UsherWire

@Suite("JSON reader")
struct JSONReaderTests {
    /// Names and integers of an object; every value but those of `wanted` is left unread.
    private func read(_ text: String, _ wanted: Set<String>) throws(Refusal) -> [String: Int64] {
        let bytes = Array(text.utf8)
        var reader = JSONReader(0..<bytes.count)
        var found: [String: Int64] = [:]
        try reader.enterObject(bytes.span)
        while let key = try reader.nextMember(bytes.span) {
            let name = key.string(in: bytes.span)
            if wanted.contains(name) { found[name] = try reader.integer(bytes.span) }
        }
        try reader.finish(bytes.span)
        return found
    }

    @Test(
        "steps over values that nobody reads, wherever they stand and whatever they are",
        arguments: [
            "7", " 7", "null", #""}""#, "[]", "{}", #"{"a":[{"b":{}}],"a":1}"#, "[[1,2],{}, 3]", "-1.5e3", "\t true ",
        ])
    func unread(_ value: String) throws {
        for text in [
            #"{"x":\#(value),"n":1}"#, #"{"n":1,"x":\#(value)}"#, #"{"x":\#(value),"y":\#(value),"n":1,"z":\#(value)}"#,
        ] {
            #expect(try read(text, ["n"]) == ["n": 1], "\(text)")
            #expect(try read(text, []) == [:], "\(text)")
        }
    }

    @Test("a value that nobody reads must be JSON all the same", arguments: ["", "}", "tru", "[1", "[}", "01", #""a"#])
    func malformed(_ value: String) {
        #expect(throws: Refusal.parse) { try read(#"{"x":\#(value),"n":1}"#, ["n"]) }
        #expect(throws: Refusal.parse) { try read(#"{"n":1,"x":\#(value)}"#, ["n"]) }
    }
}
