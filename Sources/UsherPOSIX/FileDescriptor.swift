internal import CLinux

/// An open descriptor with one owner, closed when that owner goes.
package struct FileDescriptor: ~Copyable {
    /// The number, for system calls; valid for as long as this value lives.
    package let number: CInt

    /// Takes over `number`, which nobody else may close.
    package init(owning number: CInt) { self.number = number }

    /// Takes over the result of `call`, or throws the error that it left.
    package init(_ number: CInt, _ call: String) throws(SystemError) {
        self.number = try SystemError.check(number, call)
    }

    deinit { close(number) }

    /// Gives the descriptor away without closing it.
    package consuming func release() -> CInt {
        let number = number
        discard self
        return number
    }
}
