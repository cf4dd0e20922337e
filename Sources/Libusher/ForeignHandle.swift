/// A class whose objects C holds by a pointer that counts as one reference.
protocol ForeignHandle: AnyObject {}

extension ForeignHandle {
    /// A pointer for C, which gives it back to ``taken(_:)``.
    func given() -> OpaquePointer { unsafe OpaquePointer(Unmanaged.passRetained(self).toOpaque()) }

    /// The object behind a pointer, which stays C's.
    static func borrowed(_ pointer: OpaquePointer?) -> Self? {
        guard let pointer = unsafe pointer else { return nil }
        return unsafe Unmanaged<Self>.fromOpaque(UnsafeRawPointer(pointer)).takeUnretainedValue()
    }

    /// The object behind a pointer, which C does not hold any more.
    static func taken(_ pointer: OpaquePointer?) -> Self? {
        guard let pointer = unsafe pointer else { return nil }
        return unsafe Unmanaged<Self>.fromOpaque(UnsafeRawPointer(pointer)).takeRetainedValue()
    }
}
