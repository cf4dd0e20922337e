package import UsherSecrets

// One type a method. Strings are references into the frame; tokens, handles and secrets are values of their own. All
// are read by `init(_ request:in:)`, which throws what is to be answered.

/// `session.validate`.
@frozen package struct ValidateParams: ~Copyable {
    /// The token asked about.
    package let token: SessionToken
    /// Whether asking moves the idle deadline.
    package let touches: Bool

    @inline(__always)
    package init(_ request: Request, in bytes: Span<UInt8>) throws(Refusal) {
        if let place = request.token {
            guard let token = SessionToken(text: bytes.extracting(place)) else { throw .invalidParams }
            self.token = token
            touches = true
            return
        }
        var members = try ObjectReader(request, bytes)
        var token: SessionToken?
        var touches = true
        while let key = try members.next(bytes) {
            if try members.matches(key, "token", 0, bytes) {
                token = try members.reader.token(bytes)
            } else if try members.matches(key, "touch", 1, bytes) {
                touches = try members.reader.bool(bytes)
            }
        }
        guard let token else { throw .invalidParams }
        self.token = token
        self.touches = touches
    }
}

/// `session.rotate`.
@frozen package struct RotateParams: ~Copyable {
    /// The token to be replaced.
    package let token: SessionToken

    package init(_ request: Request, in bytes: Span<UInt8>) throws(Refusal) {
        var members = try ObjectReader(request, bytes)
        var token: SessionToken?
        while let key = try members.next(bytes) {
            if try members.matches(key, "token", 0, bytes) {
                token = try members.reader.token(bytes)
            }
        }
        guard let token else { throw .invalidParams }
        self.token = token
    }
}

/// `session.touch`: up to 1,000 tokens, all of them checked.
package struct TouchParams: Sendable {
    private var array: Range<Int> = 0..<0
    /// How many tokens there are.
    package private(set) var count = 0

    package init(_ request: Request, in bytes: Span<UInt8>) throws(Refusal) {
        var members = try ObjectReader(request, bytes)
        while let key = try members.next(bytes) {
            if try members.matches(key, "tokens", 0, bytes) {
                try readTokens(&members.reader, bytes)
            }
        }
        guard members.has(0) else { throw .invalidParams }
    }

    private mutating func readTokens(_ reader: inout JSONReader, _ bytes: Span<UInt8>) throws(Refusal) {
        _ = try reader.peek(bytes)
        let start = reader.position
        try reader.enterArray(bytes)
        while try reader.nextElement(bytes) {
            _ = try reader.token(bytes)
            count += 1
            guard count <= WireLimit.tokens else { throw .tooLarge }
        }
        array = start..<reader.position
    }

    /// Lends each token in order. `bytes` are the request's.
    package func forEachToken(in bytes: Span<UInt8>, _ body: (borrowing SessionToken) -> Void) {
        var reader = JSONReader(array, depth: 2)
        do throws(Refusal) {
            try reader.enterArray(bytes)
            while try reader.nextElement(bytes) { body(try reader.token(bytes)) }
        } catch {
            preconditionFailure("these are not the bytes that were checked")
        }
    }
}

/// `session.update`.
@frozen package struct UpdateParams: ~Copyable {
    /// The session.
    package let token: SessionToken
    /// What is set and removed.
    package let data: DataPatch
    /// The version that the session must have, from 1.
    package let ifVersion: Int64?

    package init(_ request: Request, in bytes: Span<UInt8>) throws(Refusal) {
        var members = try ObjectReader(request, bytes)
        var token: SessionToken?
        var data: DataPatch?
        var ifVersion: Int64?
        while let key = try members.next(bytes) {
            if try members.matches(key, "token", 0, bytes) {
                token = try members.reader.token(bytes)
            } else if try members.matches(key, "data", 1, bytes) {
                data = try DataPatch(&members.reader, bytes)
            } else if try members.matches(key, "if_version", 2, bytes) {
                ifVersion = try members.reader.integer(bytes, in: 1...WireLimit.integer)
            }
        }
        guard let token, let data else { throw .invalidParams }
        self.token = token
        self.data = data
        self.ifVersion = ifVersion
    }
}

/// `session.create`.
package struct CreateParams: Sendable {
    /// For whom.
    package let user: JSONText
    /// Nil: the first that the peer may use.
    package let service: JSONText?
    /// How the user was authenticated.
    package let methods: [String]
    /// Nil: none.
    package let context: SessionContext?

    package init(_ request: Request, in bytes: Span<UInt8>) throws(Refusal) {
        var members = try ObjectReader(request, bytes)
        var user: JSONText?
        var service: JSONText?
        var methods: [String]?
        var context: SessionContext?
        while let key = try members.next(bytes) {
            if try members.matches(key, "user", 0, bytes) {
                user = try members.reader.userName(bytes)
            } else if try members.matches(key, "service", 1, bytes) {
                service = try members.reader.name(bytes)
            } else if try members.matches(key, "methods", 2, bytes) {
                methods = try members.reader.methodNames(bytes)
            } else if try members.matches(key, "context", 3, bytes) {
                context = try SessionContext(&members.reader, bytes)
            }
        }
        guard let user, let methods else { throw .invalidParams }
        self.user = user
        self.service = service
        self.methods = methods
        self.context = context
    }
}
