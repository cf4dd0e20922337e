internal import CLinux

/// A system call that failed: which one, and its errno(3).
package struct SystemError: Error, Equatable, CustomStringConvertible {
    /// The C function that failed.
    package let call: String
    /// The errno(3) that it left.
    package let code: CInt

    /// A failure of `call` with `code`.
    package init(_ call: String, code: CInt) {
        self.call = call
        self.code = code
    }

    /// The failure that `call` has just left in errno(3).
    package static func last(_ call: String) -> SystemError { SystemError(call, code: usher_errno()) }

    /// `bind: Address already in use`.
    package var description: String { "\(call): \(reason)" }

    /// `Address already in use` (strerror(3)).
    package var reason: String { unsafe String(cString: strerror(code)) }

    /// `result`, or the error of `call` if it is -1.
    package static func check(_ result: CInt, _ call: String) throws(SystemError) -> CInt {
        guard result >= 0 else { throw .last(call) }
        return result
    }

    /// `result` of a libsystemd function, which returns errno(3) negated.
    @discardableResult
    package static func checkNegated(_ result: CInt, _ call: String) throws(SystemError) -> CInt {
        guard result >= 0 else { throw SystemError(call, code: -result) }
        return result
    }
}
