internal import CLinux
internal import UsherCluster
internal import UsherPOSIX

/// A snapshot of the cluster's state (``SnapshotWriter``) in a memfd of its own: eight words of a head, then the words
/// of the snapshot.
///
/// The head is written last, and a process marks it as used before it takes anything from it. Rejected: to map the
/// memory and write there, because a page that the kernel cannot give would end the process by SIGBUS.
enum SnapshotFile {
    /// "UsherSnp".
    private static let magic: UInt64 = 0x706e_5372_6568_7355
    /// The number of this layout; another one is not used.
    private static let layout: UInt64 = 1
    /// Words of the head: magic, layout, length, check value, whether it is used, and room.
    private static let head = 8
    private static let usedAt = 8 * 4

    /// A file with what `write` writes; nil where `write` returns false, for there is nothing to keep. Throws what
    /// memfd_create(2), pwrite(2) and fcntl(2) fail with.
    static func made(by write: (inout SnapshotWriter) -> Bool) throws(SystemError) -> FileDescriptor? {
        let file = try FileDescriptor(unsafe usher_memfd("usher-snapshot"), "memfd_create")
        _ = try SystemError.check(fchmod(file.number, 0o600), "fchmod")
        guard try fill(file.number, by: write) else { return nil }
        _ = try SystemError.check(usher_add_seals(file.number, F_SEAL_SHRINK | F_SEAL_GROW), "fcntl")
        return file
    }

    /// Writes the head and what `write` writes to an empty file. Returns false where `write` does.
    static func fill(_ file: CInt, by write: (inout SnapshotWriter) -> Bool) throws(SystemError) -> Bool {
        var end = 8 * head
        var fault: SystemError?
        var writer = SnapshotWriter { words in
            do throws(SystemError) {
                end += try put(words, at: end, in: file)
                return true
            } catch {
                fault = error
                return false
            }
        }
        guard write(&writer) else { return false }
        writer.flush()
        if let fault { throw fault }
        _ = try put([magic, layout, UInt64(writer.count), writer.check.value, 0, 0, 0, 0], at: 0, in: file)
        return true
    }

    /// Writes words at a place in bytes (pwrite(2)). Returns how many bytes they are.
    private static func put(_ words: [UInt64], at place: Int, in file: CInt) throws(SystemError) -> Int {
        let size = 8 * words.count
        var done = 0
        while done < size {
            let written = unsafe words.withUnsafeBytes {
                unsafe pwrite(file, $0.baseAddress?.advanced(by: done), size - done, place + done)
            }
            if written < 0, usher_errno() == EINTR { continue }
            guard written > 0 else { throw .last("pwrite") }
            done += written
        }
        return size
    }

    /// Marks the snapshot in `file` as used, and gives its words. Throws where it is not whole, or was used before.
    static func use(_ file: consuming FileDescriptor) throws(SnapshotFault) -> SnapshotReader {
        let memory: MemoryFile
        do throws(SystemError) { memory = try MemoryFile(adopting: file) } catch { throw .damaged }
        let words = unsafe memory.bytes.count / 8
        guard words >= head, word(0, memory) == magic else { throw .damaged }
        guard word(1, memory) == layout else { throw .otherLayout }
        guard word(4, memory) == 0 else { throw .used }
        unsafe memory.bytes.storeBytes(of: 1, toByteOffset: usedAt, as: UInt64.self)
        guard word(2, memory) == UInt64(words - head), word(3, memory) == check(memory, words - head) else {
            throw .damaged
        }
        return SnapshotReader(count: words - head) { range in copy(range, memory) }
    }

    private static func word(_ index: Int, _ memory: MemoryFile) -> UInt64 {
        unsafe memory.bytes.load(fromByteOffset: 8 * index, as: UInt64.self)
    }

    private static func copy(_ range: Range<Int>, _ memory: MemoryFile) -> [UInt64] {
        let bytes = unsafe memory.bytes[8 * (head + range.lowerBound)..<8 * (head + range.upperBound)]
        return unsafe Array(bytes.bindMemory(to: UInt64.self))
    }

    private static func check(_ memory: MemoryFile, _ count: Int) -> UInt64 {
        var check = SnapshotCheck()
        for index in 0..<count { check.add(word(head + index, memory)) }
        return check.value
    }
}
