// libFuzzer target for all that a peer may send: frames, JSON, requests with their params, answers and events.
//
//     USHER_FUZZ=1 swift build -c release --scratch-path .build-fuzz --sanitize fuzzer \
//         -Xswiftc -sanitize=fuzzer,address --product FuzzWire
//     .build-fuzz/release/FuzzWire -max_total_time=60 /tmp/found Tests/Fuzz/Corpus/wire
//
// Beside crashes it looks for texts that do not survive our own encoding: what was accepted and stored as compact JSON
// must read back to the same bytes.

import UsherSecrets
import UsherWire

/// What libFuzzer calls with each input.
@c(LLVMFuzzerTestOneInput)
public func fuzz(_ start: UnsafePointer<UInt8>?, _ count: Int) -> Int32 {
    let bytes = unsafe [UInt8](UnsafeBufferPointer(start: start, count: count))
    readFrames(bytes)
    if !bytes.isEmpty { readBody(bytes, 0..<bytes.count) }
    return 0
}

/// The bytes as a stream of frames.
private func readFrames(_ bytes: [UInt8]) {
    var at = 0
    while case .whole(let body) = Frame.inspect(bytes.span, at: at) {
        readBody(bytes, body)
        at = body.upperBound
    }
}

private func readBody(_ bytes: [UInt8], _ body: Range<Int>) {
    let request = Request(bytes.span, body: body)
    compareWays(request, Request(general: bytes.span, body: body), bytes.span)
    readParams(request, bytes.span)
    checkAnswer(request, bytes.span)
    readResponse(bytes.span, body)
}

/// The usual form is a shorter way to the same reading.
private func compareWays(_ quick: Request, _ general: Request, _ bytes: Span<UInt8>) {
    precondition(quick.id == general.id && quick.method == general.method && quick.params == general.params)
    precondition(quick.fault == general.fault && quick.isNotification == general.isNotification)
    guard quick.fault == nil, quick.method == .validate else { return }
    precondition(validation(quick, bytes) == validation(general, bytes))
}

/// The token that is asked about, a byte for touching behind it; nil where the params are refused.
private func validation(_ request: Request, _ bytes: Span<UInt8>) -> [UInt8]? {
    guard let params = try? ValidateParams(request, in: bytes) else { return nil }
    return params.token.withBytes { token in token.indices.map { token[$0] } } + [params.touches ? 1 : 0]
}

/// Reads the params as those of each method, whatever the request says.
private func readParams(_ request: Request, _ bytes: Span<UInt8>) {
    guard request.fault == nil else { return }
    _ = try? ValidateParams(request, in: bytes)
    _ = try? RotateParams(request, in: bytes)
    _ = try? HelloParams(request, in: bytes)
    _ = try? NoParams(request, in: bytes)
    _ = try? AuthCancelParams(request, in: bytes)
    _ = try? AuthRespondParams(request, in: bytes)
    _ = try? ListParams(request, in: bytes)
    _ = try? RevokeParams(request, in: bytes)
    _ = try? RevokeAllParams(request, in: bytes)
    _ = try? SubscribeParams(request, in: bytes)
    _ = try? LimiterParams(request, in: bytes)
    if let params = try? TouchParams(request, in: bytes) {
        params.forEachToken(in: bytes) { _ = $0.withBytes { $0[31] } }
    }
    if let context = try? CreateParams(request, in: bytes).context { checkContext(context) }
    if let context = try? AuthStartParams(request, in: bytes).context { checkContext(context) }
    if let params = try? UpdateParams(request, in: bytes) { checkPatch(params.data, bytes) }
}

private func checkContext(_ context: SessionContext) {
    precondition(context.json.count <= WireLimit.contextEncoded)
    precondition(isCompact(context.json))
}

/// A patch that sets the same again changes nothing.
private func checkPatch(_ patch: DataPatch, _ bytes: Span<UInt8>) {
    let nothing: [UInt8] = []
    guard let first = try? patch.applied(to: nothing.span, in: bytes) else { return }
    precondition(first.count <= WireLimit.dataEncoded)
    precondition(isCompact(first))
    guard let second = try? patch.applied(to: first.span, in: bytes) else { preconditionFailure("not twice") }
    precondition(first == second)
}

/// Whether the bytes are one value without white space around it.
private func isCompact(_ json: [UInt8]) -> Bool {
    var reader = JSONReader(0..<json.count)
    guard (try? reader.skip(json.span)) != nil else { return false }
    return reader.position == json.count
}

/// An answer with the request's id is always a valid frame with that id.
private func checkAnswer(_ request: Request, _ bytes: Span<UInt8>) {
    var out = FrameBuffer(capacity: 1024)
    out.beginAnswer(to: request, in: bytes)
    out.emptyObject()
    precondition(out.endAnswer() == .written)
    let first = out.copy()
    out.removeAll()
    out.beginAnswer(to: request.storedID(in: bytes))
    out.emptyObject()
    precondition(out.endAnswer() == .written)
    precondition(isCompact(Array(first[4...])) && isCompact(Array(out.copy()[4...])))
}

private func readResponse(_ bytes: Span<UInt8>, _ body: Range<Int>) {
    switch try? Response(bytes, body: body) {
    case .result(_, let result): readResult(bytes, result)
    case .event(let params): _ = try? Event(params, in: bytes)
    default: break
    }
}

/// Reads the result as that of each method.
private func readResult(_ bytes: Span<UInt8>, _ result: Range<Int>) {
    _ = try? Hello(result, in: bytes)
    _ = try? Stats(result, in: bytes)
    _ = try? RevokedAll(result, in: bytes)
    _ = try? Validation(result, in: bytes)
    _ = try? TokenResult(result, in: bytes)
    _ = try? SessionPage(result, in: bytes)
    _ = try? LoginStep(result, in: bytes)
    _ = try? BoardDescription(result, in: bytes)
    _ = try? CountResult.revoked(result, in: bytes)
    _ = try? CountResult.version(result, in: bytes)
    _ = EmptyResult.isObject(result, in: bytes)
}
