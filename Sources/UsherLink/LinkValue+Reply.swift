internal import CHiredis
internal import UsherLinkWire

/// What the store said.
enum StoreAnswer: Equatable {
    /// A value.
    case value(LinkValue)
    /// An error.
    case error([UInt8])

    /// The error's text for people; nil for a value.
    var complaint: String? {
        if case .error(let text) = self { String(decoding: text, as: UTF8.self) } else { nil }
    }

    /// The edition of the function library, as `usher_edition` answers it; 0 where there is no such function.
    var edition: Int64 { if case .value(let value) = self { value.number ?? 0 } else { 0 } }

    @unsafe init(_ reply: UnsafePointer<redisReply>) {
        if unsafe reply.pointee.type == REDIS_REPLY_ERROR {
            self = unsafe .error(LinkValue.bytes(of: reply))
        } else {
            self = unsafe .value(LinkValue(reply))
        }
    }
}

extension LinkValue {
    /// A copy. hiredis reads no more than seven lists within each other.
    @unsafe fileprivate init(_ reply: UnsafePointer<redisReply>) {
        switch unsafe reply.pointee.type {
        case REDIS_REPLY_INTEGER: self = unsafe .number(reply.pointee.integer)
        case REDIS_REPLY_STRING, REDIS_REPLY_STATUS, REDIS_REPLY_ERROR: self = unsafe .bytes(Self.bytes(of: reply))
        case REDIS_REPLY_ARRAY:
            var values: [LinkValue] = []
            for index in unsafe 0..<Int(reply.pointee.elements) {
                guard let element = unsafe reply.pointee.element?[index] else { continue }
                values.append(unsafe LinkValue(element))
            }
            self = .list(values)
        default: self = .none
        }
    }

    @unsafe fileprivate static func bytes(of reply: UnsafePointer<redisReply>) -> [UInt8] {
        let text = unsafe UnsafeRawBufferPointer(start: reply.pointee.str, count: Int(reply.pointee.len))
        return unsafe Array(text)
    }
}

extension LinkValue {
    /// The integer, where it is one.
    var number: Int64? { if case .number(let number) = self { number } else { nil } }

    /// The bytes, where they are some.
    var bytes: [UInt8]? { if case .bytes(let bytes) = self { bytes } else { nil } }

    /// The values, where it is a list.
    var list: [LinkValue]? { if case .list(let values) = self { values } else { nil } }
}
