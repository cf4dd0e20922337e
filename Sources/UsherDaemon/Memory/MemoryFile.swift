internal import CLinux
package import UsherPOSIX

/// Memory with a descriptor: a memfd (memfd_create(2)), mapped whole, of fixed size, outside core dumps.
///
/// No page is resident until it is written, so that the size may be the largest table's. The seals on the size save
/// every process that maps the memory from SIGBUS. Rejected: F_SEAL_FUTURE_WRITE, with which no successor could map it
/// for writing.
@safe package final class MemoryFile {
    private static let seals = F_SEAL_SHRINK | F_SEAL_GROW

    private let file: FileDescriptor
    /// The mapping.
    package let bytes: UnsafeMutableRawBufferPointer

    /// A new one of `size` bytes, all zero, of mode 0600; `name` is what /proc shows.
    package convenience init(name: String, size: Int) throws(SystemError) {
        let file = try FileDescriptor(unsafe usher_memfd(name), "memfd_create")
        _ = try SystemError.check(fchmod(file.number, 0o600), "fchmod")
        _ = try SystemError.check(ftruncate(file.number, size), "ftruncate")
        _ = try SystemError.check(usher_add_seals(file.number, Self.seals), "fcntl")
        try self.init(mapping: file, size: size)
    }

    /// One that an earlier process made. Throws EINVAL where it is no memfd that was sealed like ours.
    package convenience init(adopting file: consuming FileDescriptor) throws(SystemError) {
        let seals = usher_get_seals(file.number)
        guard seals >= 0, seals & Self.seals == Self.seals else { throw SystemError("fcntl", code: EINVAL) }
        var status = stat()
        _ = try SystemError.check(unsafe fstat(file.number, &status), "fstat")
        guard status.st_size > 0 else { throw SystemError("fstat", code: EINVAL) }
        try self.init(mapping: file, size: Int(status.st_size))
    }

    private init(mapping file: consuming FileDescriptor, size: Int) throws(SystemError) {
        guard let base = unsafe usher_map(file.number, size, 1) else { throw .last("mmap") }
        unsafe bytes = UnsafeMutableRawBufferPointer(start: base, count: size)
        self.file = file
        _ = try SystemError.check(unsafe madvise(base, size, MADV_DONTDUMP), "madvise")
    }

    deinit { unsafe munmap(bytes.baseAddress, bytes.count) }

    /// The descriptor, for as long as this object lives.
    package var descriptor: CInt { file.number }

    /// Keeps the pages of `range` in RAM from their first use on (mlock2(2)). Throws ENOMEM or EPERM where
    /// RLIMIT_MEMLOCK does not allow it, EINVAL beyond the end.
    package func lock(_ range: Range<Int>) throws(SystemError) {
        guard unsafe range.upperBound <= bytes.count, let base = unsafe bytes.baseAddress else {
            throw SystemError("mlock2", code: EINVAL)
        }
        _ = try unsafe SystemError.check(mlock2(base + range.lowerBound, range.count, UInt32(MLOCK_ONFAULT)), "mlock2")
    }

    /// A descriptor of the same memory through which nobody can write: opened anew, since a descriptor's rights cannot
    /// be lowered. A reader of another uid cannot open it for writing again, because of the mode.
    package func readOnlyDescriptor() throws(SystemError) -> FileDescriptor {
        try FileDescriptor(unsafe usher_open("/proc/self/fd/\(file.number)", O_RDONLY, 0), "open")
    }
}
