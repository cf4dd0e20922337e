import Testing
import UsherSecrets
import UsherSessions
import UsherTestKit
import UsherWire

@testable import UsherEngine

@Suite("Frame batch")
struct FrameBatchTests {
    private static func validation(_ id: Int64, _ token: borrowing SessionToken) -> [UInt8] {
        var out = FrameBuffer(capacity: 512)
        _ = out.writeValidate(id: id, token: token)
        return out.copy()
    }

    /// What is taken for each whole frame of `bytes`, in their order: the id that was read.
    private func taken(_ batch: inout FrameBatch, _ bytes: Span<UInt8>) -> [Int64?] {
        var (ids, offset): ([Int64?], Int) = ([], 0)
        while case .whole(let body) = Frame.inspect(bytes, at: offset) {
            _ = batch.due()
            let validation = batch.take(at: body.lowerBound)
            if case .integer(let id)? = validation?.request.id { ids.append(id) } else { ids.append(nil) }
            offset = body.upperBound
        }
        return ids
    }

    @Test("takes validations in their usual form by their bytes, with the digest of their token; nothing else")
    func usual() throws {
        let token = SessionToken()
        let digest = TokenDigest(of: token)
        let other = frame(#"{"jsonrpc":"2.0","id":2,"method":"server.ping"}"#)
        let wrong = frame(
            #"{"jsonrpc":"2.0","id":3,"method":"session.validate","params":{"token":"\#(String(repeating: "_", count: 43))"}}"#
        )
        let bytes = Self.validation(1, token) + other + wrong + Self.validation(4, token) + [0, 0, 0, 9, 1]
        var batch = FrameBatch()
        batch.add(0..<bytes.count, of: bytes.span)
        #expect(batch.digests == [digest, digest] && batch.due() == 0..<2 && batch.due() == nil)
        #expect(taken(&batch, bytes.span) == [1, nil, nil, 4])
        #expect(batch.take(at: 4) == nil)
    }

    @Test("frames that are left out, or stand elsewhere, do not lead it astray")
    func astray() {
        let token = SessionToken()
        let frames = (1...5).flatMap { Self.validation($0, token) }
        let (size, bytes) = (frames.count / 5, frames + frames)
        var batch = FrameBatch()
        batch.add(frames.count..<bytes.count, of: bytes.span)
        _ = batch.due()
        #expect(batch.take(at: 2 * size + 4) == nil)
        let third = batch.take(at: frames.count + 2 * size + 4)
        #expect(third?.request.id == .integer(3))
        #expect(batch.take(at: frames.count + 4) == nil)
        let fifth = batch.take(at: frames.count + 4 * size + 4)
        #expect(fifth?.request.id == .integer(5))
    }

    @Test("what was removed is not found again, though other bytes stand where it stood")
    func removed() {
        var bytes = Self.validation(1, SessionToken())
        let second = SessionToken()
        var batch = FrameBatch()
        batch.add(0..<bytes.count, of: bytes.span)
        _ = batch.due()
        batch.removeAll()
        for (index, byte) in Self.validation(2, second).enumerated() { bytes[index] = byte }
        #expect(batch.due() == nil && taken(&batch, bytes.span) == [nil])
        batch.add(0..<bytes.count, of: bytes.span)
        #expect(batch.digests == [TokenDigest(of: second)] && taken(&batch, bytes.span) == [2])
    }

    @Test("is bounded, and what comes beyond is not there")
    func bounded() {
        let token = SessionToken()
        let bytes = (0..<Int64(FrameBatch.limit + 3)).flatMap { Self.validation(1000 + $0, token) }
        var batch = FrameBatch()
        batch.add(0..<bytes.count, of: bytes.span)
        #expect(batch.digests.count == FrameBatch.limit)
        let ids = taken(&batch, bytes.span)
        #expect(ids == (0..<Int64(FrameBatch.limit)).map { 1000 + $0 } + [nil, nil, nil])
    }

    @Test("each digest is due once, a few at a time, before its request is taken")
    func due() {
        let token = SessionToken()
        let width = Ledger.lookAheadWidth
        let bytes = (0..<Int64(2 * width + 1)).flatMap { Self.validation(1000 + $0, token) }
        var (batch, blocks): (FrameBatch, [Range<Int>]) = (FrameBatch(), [])
        batch.add(0..<bytes.count, of: bytes.span)
        for number in 0..<2 * width + 1 {
            if let due = batch.due() { blocks.append(due) }
            #expect(batch.take(at: number * (bytes.count / (2 * width + 1)) + 4) != nil)
        }
        #expect(blocks == [0..<width, width..<2 * width, 2 * width..<2 * width + 1])
    }
}

/// That the engine looks ahead changes no answer.
@Suite("Engine: turns of many requests")
struct EngineTurnTests {
    @Test("requests take effect in their order, whatever was looked up before", arguments: [true, false])
    func order(_ isReadAhead: Bool) throws {
        let bench = try EngineBench()
        let client = bench.connect()
        let (first, second) = (try client.create("ada").token, try client.create("bob").token)
        func body(_ id: Int, _ method: String, _ token: String) -> [UInt8] {
            Array(
                #"{"jsonrpc":"2.0","id":\#(id),"method":"session.\#(method)","params":{"token":"\#(token)"}}"#.utf8)
        }
        let bodies = [
            body(101, "validate", first), body(102, "validate", second), body(103, "revoke", first),
            body(104, "validate", first), body(105, "validate", second), body(106, "rotate", second),
            body(107, "validate", second),
        ]
        let outcomes = bench.receive(bodies, from: client.id, isReadAhead: isReadAhead)
        #expect(outcomes.allSatisfy { $0 == .next })
        let valid = [101, 102, 104, 105, 107].map { client.answer(to: $0)?.result?["valid"] }
        #expect(valid == [true, true, false, true, false])
        #expect(client.answer(to: 103)?.result?["revoked"] == 1)
        let fresh = try #require(client.answer(to: 106)?.result?["token"]?.text)
        #expect(client.isValid(fresh) && !client.isValid(second))
    }

    @Test("what was read ahead is not read again", arguments: [true, false])
    func readOnce(_ isReadAhead: Bool) throws {
        let bench = try EngineBench()
        let client = bench.connect()
        let (first, second) = (try client.create("ada").token, try client.create("bob").token)
        let body = Array(
            #"{"jsonrpc":"2.0","id":7,"method":"session.validate","params":{"token":"\#(first)"}}"#.utf8)
        bench.receive([body], from: client.id, isReadAhead: isReadAhead) { bytes in
            for (at, byte) in second.utf8.enumerated() { bytes[bytes.count - 3 - second.utf8.count + at] = byte }
        }
        #expect(client.answer(to: 7)?.session?["user"] == .text(isReadAhead ? "ada" : "bob"))
    }

    @Test("a peer without the role, or of another realm, is refused as ever")
    func refused() throws {
        let bench = try EngineBench()
        let token = try bench.connect().create("ada").token
        let question = Array(
            #"{"jsonrpc":"2.0","id":7,"method":"session.validate","params":{"token":"\#(token)"}}"#.utf8)
        let stranger = bench.connect(Uid.stranger)
        bench.receive([question], from: stranger.id)
        #expect(stranger.answer(to: 7)?.reason == "forbidden")
        let vault = bench.connect(Uid.vault)
        bench.receive([question], from: vault.id)
        #expect(vault.answer(to: 7)?.result?["valid"] == false)
    }
}
