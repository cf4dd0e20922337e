/// `cluster.forget`.
package struct ForgetMemberParams: Sendable {
    /// The 16 bytes that name the member, big-endian; nil for all that are waited for.
    package let member: (high: UInt64, low: UInt64)?

    package init(_ request: Request, in bytes: Span<UInt8>) throws(Refusal) {
        var members = try ObjectReader(request, bytes)
        var (name, isAll): ((UInt64, UInt64)?, Bool) = (nil, false)
        while let key = try members.next(bytes) {
            if try members.matches(key, "member", 0, bytes) {
                name = Self.name(try members.reader.text(bytes), bytes)
                guard name != nil else { throw .invalidParams }
            } else if try members.matches(key, "all", 1, bytes) {
                isAll = try members.reader.bool(bytes)
                guard isAll else { throw .invalidParams }
            }
        }
        guard (name == nil) == isAll else { throw .invalidParams }
        member = name
    }

    /// 32 hexadecimal digits.
    private static func name(_ text: JSONText, _ bytes: Span<UInt8>) -> (UInt64, UInt64)? {
        let digits = text.copy(from: bytes)
        let isNumber = digits.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "f"): true
            default: false
            }
        }
        guard isNumber, digits.count == 32, let high = number(digits[..<16]), let low = number(digits[16...]) else {
            return nil
        }
        return (high, low)
    }

    private static func number(_ digits: ArraySlice<UInt8>) -> UInt64? {
        UInt64(String(decoding: digits, as: UTF8.self), radix: 16)
    }
}

extension FrameBuffer {
    /// `cluster.forget`; `member` is as `cluster.status` names it, nil stands for all that are waited for.
    package mutating func writeForgetMember(id: Int64, member: String?) -> Ending {
        beginRequest(.forgetMember, id: id)
        if let member { self.member("member", member) } else { memberAll(nil) }
        return endRequest()
    }
}
