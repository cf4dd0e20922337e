import Testing
import UsherTestKit
import UsherWire

@testable import UsherClient

@Suite("Error codes")
struct ErrorCodeTests {
    /// Every code with its number. Programs store and compare them: none changes, and none is used again.
    private static let numbers: [(UsherError.Code, Int)] = [
        (.invalidRequest, -32_600), (.internalError, -32_603),
        (.denied, 1001), (.passwordChangeRequired, 1002), (.accountExpired, 1003), (.notPermitted, 1004),
        (.changeFailed, 1005), (.rateLimited, 1006), (.busy, 1007), (.unavailable, 1008), (.loginTimedOut, 1009),
        (.cancelled, 1010), (.forbidden, 1011), (.noSuchSession, 1012), (.noSuchTransaction, 1013),
        (.unknownService, 1014), (.quotaExceeded, 1015), (.conflict, 1016), (.tooLarge, 1017), (.unsupported, 1018),
        (.unreachable, 2001), (.queueTimedOut, 2002), (.answerTimedOut, 2003), (.connectionLost, 2004),
        (.untrustedServer, 2005), (.protocolViolation, 2006), (.closed, 2007), (.reauthenticationRequired, 2008),
        (.invalidArgument, 2009),
    ]

    @Test("have the numbers that they have always had")
    func stable() {
        for (code, number) in Self.numbers { #expect(code.number == number, "\(code.name)") }
    }

    @Test("are all in the table of this test, each with a number and a name of its own")
    func unique() {
        let source = File.text("Sources/UsherClient/Values/UsherError+Code.swift")
        let declared = source.split(separator: "\n").count { $0.contains("public static let ") }
        #expect(declared == Self.numbers.count)
        #expect(
            Set(Self.numbers.map(\.0.number)).count == declared && Set(Self.numbers.map(\.0.name)).count == declared)
    }

    @Test(
        "of the daemon have the protocol's numbers; what only a mended client avoids is one",
        arguments: ErrorCode.allCases)
    func daemon(_ code: ErrorCode) {
        let faults: [ErrorCode] = [.parse, .unknownMethod, .invalidParams]
        let expected = faults.contains(code) ? ErrorCode.invalidRequest : code
        #expect(UsherError.Code(code).number == Int(expected.rawValue))
    }

    @Test("of this side stand in the protocol's page, and no others do")
    func documented() {
        let page = File.text("protocol/PROTOCOL.md").split(separator: "\n")
        let rows = page.filter { $0.hasPrefix("| 2") }.map { $0.split(separator: "|").prefix(2).joined(separator: "|") }
        let codes = Self.numbers.filter { $0.1 > 2000 }.map { " \($0.1) | `\($0.0.name)` " }
        #expect(rows == codes)
    }
}
