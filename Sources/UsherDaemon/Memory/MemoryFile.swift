internal import CLinux
package import UsherSystem

/// Memory with a descriptor: a memfd (memfd_create(2)), mapped whole, of fixed size, outside core dumps.
///
/// Nothing is resident until it is written, so that the size may be that of the largest table.
@safe package final class MemoryFile {
    private let file: FileDescriptor
    /// The mapping.
    package let bytes: UnsafeMutableRawBufferPointer

    /// A new one of `size` bytes, all zero; `name` is what /proc shows.
    package init(name: String, size: Int) throws(SystemError) {
        file = try FileDescriptor(unsafe usher_memfd(name), "memfd_create")
        _ = try SystemError.check(ftruncate(file.number, size), "ftruncate")
        _ = try SystemError.check(usher_add_seals(file.number, F_SEAL_SHRINK | F_SEAL_GROW), "fcntl")
        guard let base = unsafe usher_map(file.number, size, 1) else { throw .last("mmap") }
        unsafe bytes = UnsafeMutableRawBufferPointer(start: base, count: size)
        _ = try SystemError.check(unsafe madvise(base, size, MADV_DONTDUMP), "madvise")
    }

    deinit { unsafe munmap(bytes.baseAddress, bytes.count) }
}
