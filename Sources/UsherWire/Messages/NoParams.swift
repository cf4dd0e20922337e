/// `board.attach`: its `params` are an object, and every member is ignored.
package struct NoParams: Sendable {
    package init(_ request: Request, in bytes: Span<UInt8>) throws(Refusal) {
        _ = try ObjectReader(request, bytes)
    }
}

extension FrameBuffer {
    /// A request without parameters: `server.ping`, `board.attach`.
    package mutating func writeRequest(_ method: Method, id: Int64) -> Ending {
        beginRequest(method, id: id)
        return endRequest()
    }
}
