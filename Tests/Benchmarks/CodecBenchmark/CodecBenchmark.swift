// What the codec costs: ns per operation, best and median of several rounds.
//
//     USHER_BENCHMARKS=1 swift run -c release CodecBenchmark [operations per round]
//
// No allocation on the hot path: run it under valgrind with two different numbers of operations and compare the
// "allocs" of the two heap summaries; they are the same.

import UsherNames
import UsherSecrets
import UsherWire

@main
struct CodecBenchmark {
    let operations: Int
    let rounds = 15

    static func main() {
        let operations = CommandLine.arguments.dropFirst().first.flatMap { Int($0) } ?? 200_000
        let benchmark = CodecBenchmark(operations: operations)
        let token = SessionToken()
        var requests = FrameBuffer(capacity: 4096)
        _ = requests.writeValidate(id: 7, token: token)
        let request = requests.copy()
        benchmark.decode(request)
        benchmark.encodeAnswer(request)
        benchmark.measure("encode validate request", into: &requests) { $0.writeValidate(id: 7, token: token) }
    }

    /// Times `body` and prints a line. `body` returns something that depends on its work.
    func measure(_ name: String, bytes: Int, _ body: () -> Int) {
        var times: [Double] = []
        times.reserveCapacity(rounds)
        var sum = 0
        for _ in 0..<rounds {
            let clock = ContinuousClock()
            let start = clock.now
            for _ in 0..<operations { sum &+= body() }
            let (seconds, attoseconds) = (clock.now - start).components
            times.append((Double(seconds) * 1e9 + Double(attoseconds) / 1e9) / Double(operations))
        }
        times.sort()
        let best = Double(Int(times[0] * 10)) / 10
        let median = Double(Int(times[rounds / 2] * 10)) / 10
        print("\(name): best \(best) ns, median \(median) ns, \(bytes) bytes (\(sum & 1))")
    }

    /// Times a writer of one frame.
    func measure(
        _ name: String, into buffer: inout FrameBuffer, _ body: (inout FrameBuffer) -> FrameBuffer.Ending
    ) {
        buffer.removeAll()
        _ = body(&buffer)
        measure(name, bytes: buffer.count) {
            buffer.removeAll()
            return body(&buffer) == .written ? buffer.count : 0
        }
    }

    func decode(_ request: [UInt8]) {
        measure("decode validate", bytes: request.count) { Self.decodeValidate(request.span) }
        measure("decode validate, head only", bytes: request.count) {
            Request(request.span, body: 4..<request.count).params?.lowerBound ?? 0
        }
        let text = Array(request[request.count - 46..<request.count - 3])
        measure("decode token alone", bytes: text.count) {
            guard let token = SessionToken(text: text.span) else { return 0 }
            return token.withBytes { Int($0[0]) }
        }
    }

    @inline(never)
    static func decodeValidate(_ bytes: Span<UInt8>) -> Int {
        guard case .whole(let body) = Frame.inspect(bytes) else { return 0 }
        let request = Request(bytes, body: body)
        guard request.fault == nil, request.method == .validate else { return 0 }
        do throws(Refusal) {
            let params = try ValidateParams(request, in: bytes)
            return params.touches ? params.token.withBytes { Int($0[0]) } : 0
        } catch {
            return 0
        }
    }

    func encodeAnswer(_ request: [UInt8]) {
        let figures = SessionFigures(
            handle: SessionHandle(prefix: 77, tag: 0x1234_5678_9ABC_DEF0), uid: 1000, created: 1_790_000_000,
            authenticated: 1_790_000_000, lastSeen: 1_790_000_100, idleExpires: 1_790_001_900,
            expires: 1_790_043_200, version: 1)
        let realm = Array("default".utf8)
        let user = Array("ada.lovelace".utf8)
        let methods = Array(#"["pwd"]"#.utf8)
        let context = Array(#"{"remote_ip":"192.0.2.17","tty":"pts/3","host":"build-17"}"#.utf8)
        let data: [UInt8] = []
        let head = Request(request.span, body: 4..<request.count)
        var answers = FrameBuffer(capacity: 4096)
        measure("encode validate answer", into: &answers) { answers in
            answers.beginAnswer(to: head, in: request.span)
            answers.beginValidResult()
            answers.session(
                figures, realm: realm.span, service: realm.span, user: user.span, methods: methods.span,
                context: context.span, data: data.span)
            answers.endValidResult(cache: BoardPlace(slot: 77, stamp: 12345))
            return answers.endAnswer()
        }
    }
}
